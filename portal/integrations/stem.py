"""A process with its tools loaded, from which a child is forked for each file: no file waits.

Its program calls `scrub_child.serve`. The bytes of a file go to the child alone, never through it.
"""

import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

#: What the stem says of a child's end: its exit code.
CODE = struct.Struct("!i")
#: A picture is a hundred megabytes of new memory. In pages of four kilobytes to be had and cleared
#: one by one they cost as much as half the work; in large ones, where the system has them, little.
#: A store of its own for each thread would be held against the limit of addresses.
TUNED = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"
#: Most bytes that are read at once.
PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: what it wrote, and its exit code (minus the signal that ended it).

    `answer` is None if it would be longer than allowed; `code` is None where nobody knows it.
    """

    answer: bytes | None
    code: int | None = None
    is_late: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether nobody said how the child ended."""
        return self.code is None and self.answer is not None and not self.is_late


class Stem:
    """The process: started when needed; it ends when nobody needs it for a while, or with us."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._guard = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving: list[subprocess.Popen[bytes]] = []

    def warm(self) -> None:
        """Have the tools loaded: a file will come soon. Returns at once."""
        with self._guard, suppress(OSError):  # then the file says so
            self._start()

    def run(self, job: bytes, data: bytes, *, most: int, seconds: float) -> Ended:
        """Have a child of its own work on a file: `job` is its first line, `data` the rest.

        Whatever happens, the child has ended or is being killed when this returns.
        """
        deadline = time.monotonic() + seconds
        ended = self._run(job, data, most, deadline)
        if ended.is_unknown:  # the stem had just ended, or was killed
            ended = self._run(job, data, most, deadline)
        if ended.code != 0:
            # All children have the stem's addresses in memory: who guessed them wrong and broke
            # one down shall learn nothing about the next one's.
            self.end()
        return ended

    def end(self) -> None:
        """Let go of the process: it ends with the last child that is at work."""
        with self._guard:
            self._end()

    def _run(self, job: bytes, data: bytes, most: int, deadline: float) -> Ended:
        with ExitStack() as held:
            own_input, give = (held.enter_context(end) for end in _pipe())
            take, own_output = (held.enter_context(end) for end in _pipe())
            leash, own_leash = (held.enter_context(end) for end in socket.socketpair())
            self._hand_over([own_input.fileno(), own_output.fileno(), own_leash.fileno()])
            for end in (own_input, own_output, own_leash):
                end.close()
            give.write(job + b"\n")  # short enough for an empty pipe
            os.set_blocking(give.fileno(), False)
            return _exchange(give, take, leash, memoryview(data), most, deadline)

    def _hand_over(self, handles: list[int]) -> None:
        with self._guard:
            for _attempt in range(2):
                try:
                    socket.send_fds(self._start(), [b"f"], handles)
                    return
                except (BrokenPipeError, ConnectionResetError):  # it ended while nobody came
                    self._end()
        raise OSError("no process is there to clean files")

    def _start(self) -> socket.socket:
        self._leaving = [process for process in self._leaving if process.poll() is None]
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                # `-I -P` keeps our folders off its import path.
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-P", str(self._program)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={"LC_ALL": "C.UTF-8", "GLIBC_TUNABLES": TUNED},
                    cwd="/",
                    start_new_session=True,
                )
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._leaving.append(self._process)
        self._control = self._process = None


def _pipe() -> tuple[FileIO, FileIO]:
    end, beginning = os.pipe()
    return FileIO(end, "r"), FileIO(beginning, "w")


def _exchange(
    give: FileIO, take: FileIO, leash: socket.socket, data: memoryview, most: int, deadline: float
) -> Ended:
    """Hand over the file and take the answer until the child has ended and said all."""
    answer, code = bytearray(), None
    poll = select.poll()
    poll.register(give, select.POLLOUT)
    for end in (take, leash):
        poll.register(end, select.POLLIN)
    left = {take.fileno(), leash.fileno()}
    while left:
        rest = deadline - time.monotonic()
        if rest <= 0:
            return Ended(bytes(answer), is_late=True)
        for handle, _event in poll.poll(rest * 1000):
            if handle == take.fileno():
                part = take.read(PART)
                answer += part
                if len(answer) > most:
                    return Ended(None)
                is_over = not part
            elif handle == leash.fileno():
                said = leash.recv(CODE.size)
                code = CODE.unpack(said)[0] if said else None
                is_over = True
            else:
                data = _given(give, data)
                is_over = not data
                if is_over:
                    give.close()
            if is_over:
                poll.unregister(handle)
                left.discard(handle)
    return Ended(bytes(answer), code)


def _given(give: FileIO, data: memoryview) -> memoryview:
    """Write what fits in just now and return the rest, none if nobody reads it any more."""
    try:
        return data[give.write(data) or 0 :]
    except BrokenPipeError:
        return data[:0]
