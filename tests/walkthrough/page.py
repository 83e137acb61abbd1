"""The page: text, and between it commands with what they printed."""

import re
import subprocess

COMMAND_LIMIT_S = 300


class Page:
    """Runs commands, checks how they end, and writes both down."""

    def __init__(self, project, prelude):
        self.project = project
        self.prelude = prelude
        self.parts = []
        self.checks = 0
        self.problems = []

    def say(self, text):
        self.parts.append(text.strip() + "\n")
        print("\n" + text.strip())

    def block(self, text):
        self.parts.append(f"```text\n{self._clean(text)}\n```\n")

    def run(self, command, code=0, has=(), lacks=()):
        """Runs a command of the shell; its exit code, and what its output has and has not, must be as given."""
        script = self.prelude + "\n" + command
        print(f"\n$ {command}", flush=True)
        done = subprocess.run(
            ["bash", "-c", script],
            check=False,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_LIMIT_S,
        )
        output = done.stdout.rstrip()
        print(output, f"\n[exit code {done.returncode}]", flush=True)
        shown = [f"$ {command}", *([output] if output else []), f"[exit code {done.returncode}]"]
        self.block("\n".join(shown))
        self.holds(done.returncode == code, f"{command}: exit code {done.returncode}, expected {code}")
        for words in has:
            self.holds(re.search(words, output), f"{command}: {words!r} is not in its output")
        for words in lacks:
            self.holds(not re.search(words, output), f"{command}: {words!r} is in its output")
        return output

    def quietly(self, command):
        """What a command prints that is not shown."""
        done = subprocess.run(
            ["bash", "-c", f"{self.prelude}\n{command}"], cwd=self.project, check=True, capture_output=True, text=True, timeout=COMMAND_LIMIT_S
        )
        return done.stdout

    def holds(self, is_so, otherwise):
        """Something that the page claims."""
        self.checks += 1
        if not is_so:
            print(f"NOT AS EXPECTED: {otherwise}", flush=True)
            self.problems.append(otherwise)

    def _clean(self, text):
        """Without what belongs to this machine alone."""
        return "\n".join(line.rstrip() for line in text.replace(str(self.project) + "/", "").splitlines())

    def text(self):
        """All of it; commands that follow each other stand in one block."""
        return "\n".join(self.parts).replace("\n```\n\n```text\n", "\n\n")
