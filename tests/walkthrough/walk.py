"""The walkthrough: a deployment, good payments, four faults and their repairs, against the rehearsal.

    python3 tests/walkthrough/walk.py [--write-docs] [--port 8480] [--emulator-port 4566]

Runs the commands that an engineer would run and holds each against what it must print and how it must end. With --write-docs the
commands and their outputs become docs/walkthrough.md. Needs what `cargo rehearse` needs, and openssl and curl. About ten minutes.

Exit codes: 0 everything as it should be, 1 something was not, 2 it could not be run.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

import chapters
from page import Page
from stack import BUILD_LIMIT_S, Failed, Rehearsal

PROJECT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "walkthrough.md"
INTRODUCTION = """
# Walkthrough

What a merchant's engineer lives through: a deployment, good payments, and four faults, each with the payments meanwhile, the alarm that fires, what `popctl` shows, and the repair.

This page was written by a script that runs the commands below against the rehearsal (the real template and function binaries, an emulated AWS account, a simulated POP), and that fails if an exit code, an alarm, a
status or POP's books are not as they must be. Nothing was edited. Times and ids are those of the run. Again, in about {minutes} minutes:

```sh
python3 tests/walkthrough/walk.py --write-docs
```

- [1. Deployed, and all is well](#1-deployed-and-all-is-well)
- [2. POP is down](#2-pop-is-down)
- [3. POP signs with a key that we do not have](#3-pop-signs-with-a-key-that-we-do-not-have)
- [4. A poisoned message](#4-a-poisoned-message)
- [5. Notifications go astray](#5-notifications-go-astray)
- [6. Everything is settled](#6-everything-is-settled)

The stack has a clock of its own (`--clock`), which is turned forward: hours below are the stack's. Alarms are the template's, worked out from what the functions and the emulator measured. In one terminal:
"""
OTHER_TERMINAL = """
In another one:
"""
# What the commands of the page use.
PRELUDE = """
set -a; . .cache/rehearsal/local.env; set +a    # addresses and the emulator's credentials, as the rehearsal wrote them
export API=$CHECKOUT_URL POP=$POP_BASE_URL KEY=$(cat events/keys/api-key.txt)
export POPCTL_STACK=pop-payments AWS_DEFAULT_REGION=$AWS_REGION
on_clock() {{ {clock} "$@"; }}
popctl() {{ on_clock {popctl} "$@"; }}
python() {{ on_clock .cache/rehearsal/venv-emulator/bin/python "$@"; }}    # has boto3
# So many minutes pass; each time the stack gets two seconds for what is due in one.
minutes() {{ for _ in $(seq "$1"); do truncate -s +61 .cache/rehearsal/run/clock; sleep 2.2; done; }}
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--write-docs", action="store_true", help="write docs/walkthrough.md")
    arguments.add_argument("--port", type=int, default=8480, help="of the public URL")
    arguments.add_argument("--emulator-port", type=int, default=4566, help="of the AWS emulator")
    given = arguments.parse_args()
    popctl = build()
    (PROJECT / ".cache" / "walkthrough").mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with Rehearsal(PROJECT, given.port, given.emulator_port) as rehearsal:
        page = walk(rehearsal, popctl)
    if page.problems:
        raise Failed("\n  ".join(["", *page.problems]))
    minutes = round((time.monotonic() - started) / 60)
    print(f"\n{page.checks} checks held in {minutes} minutes")
    if given.write_docs:
        DOCUMENT.write_text(INTRODUCTION.lstrip().format(minutes=minutes) + "\n" + page.text())
        print(f"written: {DOCUMENT.relative_to(PROJECT)}")


def build():
    """popctl's program."""
    command = ["cargo", "build", "--workspace", "--all-features", "--locked", "--bin", "popctl", "--bin", "rehearsal"]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=BUILD_LIMIT_S)
    return "target/debug/popctl"


def walk(rehearsal, popctl):
    up = rehearsal.until("before a command, for the stack's time", BUILD_LIMIT_S)
    prelude = PRELUDE.strip().format(popctl=popctl, clock=found(up[-1], r"(LD_PRELOAD=\S+ SHIFTED_CLOCK=\S+)"))
    page = Page(PROJECT, prelude)
    page.block("\n".join([f"$ {rehearsal.command}", *up[:-1]]))
    page.say(OTHER_TERMINAL)
    page.block(prelude)
    rehearsal.until("Order events as they come", 60)
    one = chapters.Walk(page, rehearsal, found("\n".join(up), r"provider \(POP\) +(\S+)"))
    for chapter in chapters.CHAPTERS:
        chapter(one)
    return page


def found(text, pattern):
    match = re.search(pattern, text)
    if not match:
        raise Failed(f"the rehearsal's output has no {pattern!r}")
    return match[1]


if __name__ == "__main__":
    try:
        main()
    except Failed as problem:
        print(f"not as expected: {problem}", file=sys.stderr)
        sys.exit(1)
    except (OSError, subprocess.SubprocessError) as problem:
        print(f"could not be run: {problem}", file=sys.stderr)
        sys.exit(2)
