"""What the rehearsal does to the emulated account: secrets, the stack, its outputs, its logs.

    cloud.py secrets | replace | stack | settings | outputs | logs | observed     one JSON object on stdin, one on stdout

The endpoint, region and credentials come from the environment, as for every AWS client.
"""

import io
import json
import pathlib
import re
import sys
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
from samtranslator.yaml_helper import yaml_parse

STACK_TIMEOUT_SECONDS = 120
BUCKET = "rehearsal-artifacts"
MESSAGE_LENGTH = 2000  # some quote what they were given
FUNCTION_OF_LOGS = re.compile(r"(Checkout|Notify|Capture|Sweep)Logs")
REPORT = re.compile(r"REPORT RequestId: (\S+)\s+Duration: ([0-9.]+) ms")
FAILED = re.compile(r"FAILED RequestId: (\S+)")  # the emulator as it is run here says so


def client(service):
    return boto3.client(service, config=Config(retries={"max_attempts": 3}, s3={"addressing_style": "path"}))


def secrets(request):
    """Creates the named secrets; answers with their ARNs."""
    manager = client("secretsmanager")
    return {name: manager.create_secret(Name=name, SecretString=text)["ARN"] for name, text in request.items()}


def replace(request):
    """Puts a new version of the named secrets; answers with the versions' ids."""
    manager = client("secretsmanager")
    return {name: manager.put_secret_value(SecretId=name, SecretString=text)["VersionId"] for name, text in request.items()}


def zipped(bootstrap):
    """The deployment package of one function: its `bootstrap`, executable."""
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap", date_time=(2020, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(entry, pathlib.Path(bootstrap).read_bytes())
    return buffer.getvalue()


def packaged(template):
    """Where the template was put, with the folder that each function's CodeUri names uploaded as its package."""
    storage = client("s3")
    storage.create_bucket(Bucket=BUCKET)
    document = yaml_parse(pathlib.Path(template).read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            name = resource["Metadata"]["BuildProperties"]["Binary"]
            key = f"{name}.zip"
            storage.put_object(Bucket=BUCKET, Key=key, Body=zipped(pathlib.Path(resource["Properties"]["CodeUri"]) / "bootstrap"))
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{key}"
    # Too long to be sent with the call, as on AWS.
    storage.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(document))
    return f"{storage.meta.endpoint_url}/{BUCKET}/template.json"


def stack(request):
    """Creates the stack, or updates it when it exists; answers with its outputs."""
    formation = client("cloudformation")
    arguments = {
        "StackName": request["stack"],
        "TemplateURL": packaged(request["template"]),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in request["parameters"].items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    exists = any(found["StackName"] == request["stack"] for found in formation.describe_stacks()["Stacks"])
    if exists:
        formation.update_stack(**arguments)
    else:
        formation.create_stack(**arguments)
    come_up(formation, request["stack"], "stack_update_complete" if exists else "stack_create_complete")
    return outputs(request)


def settings(request):
    """Updates the stack with other values of some parameters, and nothing else; answers with its outputs."""
    formation = client("cloudformation")
    name, changed = request["stack"], request["parameters"]
    present = formation.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
    values = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in present} | changed
    formation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    come_up(formation, name, "stack_update_complete")
    return outputs(request)


def come_up(formation, name, state):
    """Waits until the stack is there; otherwise says which resources failed."""
    waiter = formation.get_waiter(state)
    try:
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": STACK_TIMEOUT_SECONDS})
    except WaiterError as error:
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in formation.describe_stack_events(StackName=name)["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise SystemExit("the stack did not come up: " + ("; ".join(failed) or str(error))) from error


def outputs(request):
    """The outputs of the stack."""
    described = client("cloudformation").describe_stacks(StackName=request["stack"])["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def logs(request):
    """Writes every log group to a file of its own under the folder; answers with lines per group."""
    watcher = client("logs")
    folder = pathlib.Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    lines = {}
    for page in watcher.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            lines[name] = 0
            with open(folder / (name.strip("/").replace("/", "_") + ".log"), "w", encoding="utf-8") as file:
                for events in watcher.get_paginator("filter_log_events").paginate(logGroupName=name):
                    for event in events["events"]:
                        file.write(event["message"].rstrip("\n") + "\n")
                        lines[name] += 1
    return lines


def observed(_):
    """What CloudWatch would make metrics of: the functions' lines of metrics, and each invocation by Lambda's report."""
    watcher = client("logs")
    lines, invocations, failed = [], [], set()
    for page in watcher.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            function = FUNCTION_OF_LOGS.search(name)
            for events in watcher.get_paginator("filter_log_events").paginate(logGroupName=name):
                for event in events["events"]:
                    message = event["message"]
                    if '"_aws"' in message:
                        lines.append(message)
                    elif failure := FAILED.match(message):
                        failed.add(failure[1])
                    elif function and (report := REPORT.match(message)):
                        of = {"function": function[1] + "Function", "id": report[1]}
                        invocations.append(of | {"at_ms": event["timestamp"], "duration_ms": float(report[2])})
    for invocation in invocations:
        invocation["failed"] = invocation.pop("id") in failed
    return {"lines": lines, "invocations": invocations}


def main():
    commands = {
        "secrets": secrets,
        "replace": replace,
        "stack": stack,
        "settings": settings,
        "outputs": outputs,
        "logs": logs,
        "observed": observed,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    started = time.monotonic()
    try:
        answer = commands[sys.argv[1]](json.load(sys.stdin))
    except ClientError as error:
        message = str(error.response["Error"].get("Message", error))
        raise SystemExit(f"{error.operation_name}: {message[:MESSAGE_LENGTH]}") from error
    json.dump({"answer": answer, "seconds": round(time.monotonic() - started, 3)}, sys.stdout)


if __name__ == "__main__":
    main()
