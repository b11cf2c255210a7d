"""A clock that stands where a test puts it; pages ask the one module that tells the time."""

from datetime import datetime, timedelta
from typing import Any

from portal.foundation import clock


class StoppedClock:
    """`at` is what every page takes for the present."""

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
