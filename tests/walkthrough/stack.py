"""The rehearsal, running beside the walkthrough: its output, its alarms, its clock."""

import queue
import re
import subprocess
import threading
import time

BUILD_LIMIT_S = 1800
END_LIMIT_S = 30


class Failed(Exception):
    """Something is not as the page says it is."""


class Rehearsal:
    """`cargo rehearse --clock`; ended, with all that it started, when the block is left."""

    def __init__(self, project, port, emulator_port):
        # What `cargo rehearse --clock` runs, already built.
        self.words = ["target/debug/rehearsal", "--clock", "--port", str(port), "--emulator-port", str(emulator_port)]
        self.project = project
        self.said = queue.Queue()
        self.alarms = []
        self.firing = set()
        self.lines = []

    @property
    def command(self):
        return " ".join(self.words)

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _read(self):
        for line in self.process.stdout:
            self.said.put(line.rstrip("\n"))
        self.said.put(None)

    def until(self, pattern, seconds):
        """Every line up to the first that the pattern is found in."""
        lines, end = [], time.monotonic() + seconds
        while not (lines and re.search(pattern, lines[-1])):
            try:
                line = self.said.get(timeout=max(0.1, end - time.monotonic()))
            except queue.Empty:
                raise Failed(f"the rehearsal did not say {pattern!r} within {seconds} s; it said last:\n" + "\n".join(lines[-8:])) from None
            if line is None:
                raise Failed("the rehearsal ended:\n" + "\n".join(lines[-15:]))
            lines.append(line)
            self._note(line)
        return lines

    def hear(self):
        """Takes notice of what was said so far."""
        while not self.said.empty():
            self._note(self.said.get() or "")

    def _note(self, line):
        if told := re.match(r"  \d\d:\d\d:\d\d (ALARM|over ) (\w+Alarm)", line):
            self.alarms.append((told[1].strip(), told[2]))
            self.lines.append(line)
            (self.firing.add if told[1] == "ALARM" else self.firing.discard)(told[2])
