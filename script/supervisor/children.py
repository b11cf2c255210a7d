"""A part that the supervisor keeps running: started anew, with growing pauses, when it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.integrations.child import dies_with_parent

STEADY_AFTER = 60.0  # seconds: a part that ran this long begins anew without a pause
LONGEST_PAUSE = 30.0


class Child:
    """One process with those that it starts, in a session of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        inherit: Sequence[int] = (),
        ends_within: float = 30,
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.folder = folder
        self.inherit = inherit
        self.ends_within = ends_within
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.next_start = 0.0
        self.failures = 0

    def start(self) -> None:
        """Start the process; it ends with us, even when we are killed."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.inherit,
            # The terminal's Ctrl-C reaches the supervisor only, which ends all in order.
            start_new_session=True,
            preexec_fn=dies_with_parent(),
        )

    def is_alive(self) -> bool:
        """Return whether it runs; reaps it if it does not."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> None:
        """Start it anew if it ended, at once the first time, then with growing pauses."""
        if self.process is None:
            if time.monotonic() >= self.next_start:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.sweep()
        self.process = None
        steady = time.monotonic() - self.started_at > STEADY_AFTER
        self.failures = 0 if steady else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE) if self.failures > 1 else 0
        self.next_start = time.monotonic() + pause
        words = f"in {pause:.0f} s" if pause else "now"
        print(f"{self.name} ended (code {code}), starting again {words}", file=sys.stderr)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.is_alive() and self.process is not None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for the end until `deadline` (of the monotonic clock), then kill what is left."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not end in time and is killed", file=sys.stderr)
        self.sweep()
        self.process.wait()
        self.process = None

    def sweep(self) -> None:
        """Kill what a dead part left: granian's workers outlive their killed master otherwise."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return
