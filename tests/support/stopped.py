"""Clocks for tests; everything asks the one module that tells the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from portal.foundation import clock


class StoppedClock:
    """A clock that stands where a test puts it: `at` is what every page takes for the present."""

    def __init__(self, monkeypatch: Any, at: datetime) -> None:
        self.at = at
        stopped = self

        class Told(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return stopped.at.astimezone(tz)

        monkeypatch.setattr(clock, "datetime", Told)

    def later(self, **span: Any) -> datetime:
        """Let time pass; returns the new present."""
        self.at += timedelta(**span)
        return self.at


@contextmanager
def going_on_from(moment: datetime) -> Iterator[None]:
    """Let the present be `moment`, and go on from there as the machine's seconds do."""
    began = time.monotonic()

    class Told(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return (moment + timedelta(seconds=time.monotonic() - began)).astimezone(tz)

    before = clock.datetime
    clock.datetime = Told  # type: ignore[misc]
    try:
        yield
    finally:
        clock.datetime = before  # type: ignore[misc]
