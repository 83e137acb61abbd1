"""Sends generated requests to the shop by its own OpenAPI document, and holds every answer against it.

Run by `cargo verify --only api`, which makes the Python environment: python run.py PATH-OF-THE-SHOP FOLDER-FOR-REPORTS
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TIME_LIMIT_S = 900


def main(program, folder):
    folder.mkdir(parents=True, exist_ok=True)
    document = HERE / "../../functions/checkout/openapi.json"
    subprocess.run([sys.executable, "-m", "openapi_spec_validator", document], check=True)
    shop = subprocess.Popen([program, "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        line = shop.stdout.readline()
        if not line:
            sys.exit(f"{program} ended before it listened; see its message above")
        url = json.loads(line)["url"]
        code, output = fuzz(url, folder)
        alive = shop.poll() is None
    finally:
        shop.terminate()
        shop.wait(10)
    answers = json.loads((folder / "answers.json").read_text())
    missed = never_accepted(answers)
    show(answers)
    for name in missed:
        print(f"{name}: no request was accepted, so nothing of it was tested; mend hooks.py")
    if not alive:
        print("the shop ended before it was told to")
    failures = found(output) + len(missed) + (not alive)
    if code and not failures:
        failures = 1  # errors of the run itself
    summary = f"{sum(count for _, _, count in answers)} requests, {failures} failures"
    (folder / "summary.txt").write_text(summary + "\n")
    print(f"api: {summary}")
    return 1 if failures else 0


def fuzz(url, folder):
    """Runs schemathesis with its output shown; gives its exit code and what it printed."""
    command = [
        pathlib.Path(sys.executable).with_name("st"),
        "--config-file",
        HERE / "schemathesis.toml",
        "run",
        f"{url}/openapi.json",
    ]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "SHOP_URL": url,
        "ANSWERS": str(folder / "answers.json"),
        "NO_PROXY": "127.0.0.1",
    }
    run = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    lines = []
    try:
        for line in run.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        return run.wait(TIME_LIMIT_S), "".join(lines)
    finally:
        run.kill()


def found(output):
    match = re.search(r"found (\d+) unique failures", output)
    return int(match.group(1)) if match else 0


def never_accepted(answers):
    """The operations of which no answer was a good one."""
    document = json.loads((HERE / "../../functions/checkout/openapi.json").read_text())
    methods = [method for path in document["paths"].values() for method in path.values() if isinstance(method, dict)]
    wanted = {method["operationId"] for method in methods} - {"openapi"}  # that one is fetched to begin with
    return sorted(wanted - {name for name, status, _ in answers if status < 300})


def show(answers):
    by_name = collections.defaultdict(list)
    for name, status, count in answers:
        by_name[name].append(f"{status}: {count}")
    print("\nanswers by operation and status")
    for name, counts in by_name.items():
        print(f"  {name:<18} {', '.join(counts)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve()))
