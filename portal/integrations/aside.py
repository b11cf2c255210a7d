"""Work done aside from the request that asked for it: few pieces at once on the whole machine.

What is to be done lives in this process's memory alone. Whoever needs it asks again: asked twice
it is done once, and after a crash by the next who asks.
"""

import fcntl
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

log = logging.getLogger("portal")


class Aside:
    """Threads that work through what is asked of them, and end when nothing is left.

    Every piece of work has one of `turns` by its id, and each turn is one file that is locked
    while it is at work: so two processes never do the same at once, nor more than `turns` in all,
    and the system gives a dead one's lock back.
    """

    def __init__(self, folder: Path, *, turns: int, waiting: int, patience_seconds: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made now: the time of a file that is made later would tell of the first one who came.
        self._locks = [folder / f"{number}" for number in range(turns)]
        for path in self._locks:
            path.touch(mode=0o600, exist_ok=True)
        self._queues: list[deque[tuple[UUID, Callable[[], None]]]] = [deque() for _ in range(turns)]
        self._working = [False] * turns
        self._ends: dict[UUID, threading.Event] = {}
        self._guard = threading.Lock()
        self._waiting = threading.BoundedSemaphore(waiting)
        self.patience_seconds = patience_seconds

    def ask(self, work_id: UUID, work: Callable[[], None]) -> None:
        """Have something done, unless it is already asked for. Returns at once."""
        turn = work_id.int % len(self._locks)
        with self._guard:
            if work_id in self._ends:
                return
            self._ends[work_id] = threading.Event()
            self._queues[turn].append((work_id, work))
            if not self._working[turn]:
                self._working[turn] = True
                threading.Thread(target=self._work, args=(turn,), daemon=True).start()

    def wait(self, work_ids: Sequence[UUID]) -> None:
        """Wait a moment for what was asked for; not at all where enough others do already.

        Those who wait hold a thread of the web server each, which pages need.
        """
        with self._guard:
            ends = [self._ends[work_id] for work_id in work_ids if work_id in self._ends]
        if not ends or not self._waiting.acquire(blocking=False):
            return
        try:
            for end in ends:
                if not end.wait(self.patience_seconds / len(ends)):
                    return
        finally:
            self._waiting.release()

    def _work(self, turn: int) -> None:
        while True:
            with self._guard:
                if not self._queues[turn]:
                    self._working[turn] = False
                    return
                work_id, work = self._queues[turn].popleft()
            try:
                with _locked(self._locks[turn]):
                    work()
            except Exception as error:  # whoever asks next tries again
                log.error("work aside failed: %s", type(error).__name__)
            finally:
                with self._guard:
                    self._ends.pop(work_id).set()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
