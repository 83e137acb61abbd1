"""Runs the emulator, mended in three places.

It looks at its schedules each second: on a clock that is turned, their times come quickly. It takes a mapping's concurrency
from a parameter of the template, which reaches it as text, as AWS does. And it says in a function's log which invocation
failed, which on AWS is a metric.
"""

import ministack.services.lambda_svc as functions
import ministack.services.scheduler as scheduler
from ministack.app import main

if not isinstance(scheduler._SCHEDULE_TICK_INTERVAL, int):
    raise SystemExit("this version of ministack has no interval of its schedules: look for it in services/scheduler.py")
scheduler._SCHEDULE_TICK_INTERVAL = 1

concurrency_of_mapping = functions._sqs_esm_concurrency


def concurrency_as_number(mapping, *others):
    scaling = mapping.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        mapping = {**mapping, "ScalingConfig": {"MaximumConcurrency": int(scaling["MaximumConcurrency"])}}
    return concurrency_of_mapping(mapping, *others)


write_log = functions._emit_lambda_logs


def write_log_of_failure(function, request_id, text, error, *others, **more):
    if error:
        text = f"{text or ''}\nFAILED RequestId: {request_id}".lstrip("\n")
    write_log(function, request_id, text, error, *others, **more)


functions._sqs_esm_concurrency = concurrency_as_number
functions._emit_lambda_logs = write_log_of_failure
main()
