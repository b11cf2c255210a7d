"""What clocks are read from: the events of a case, as far as clocks look at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from portal.clocks.due import Span, merged
from portal.presets.kinds import TimeLimitPolicy


@dataclass(frozen=True, slots=True)
class Fact:
    """One event: its kind by the names of the table of moves, its moment, its place in the order.

    `at` of what a reporter did is rounded down to the hour, so the order is that of `seq`.
    """

    kind: str
    at: datetime
    seq: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    case_id: str | None = None

    def text(self, key: str) -> str | None:
        """Return a value of the payload as text, None if it is not there."""
        value = self.payload.get(key)
        return None if value is None else str(value)

    def day(self, key: str) -> date | None:
        """Return a day of the payload, given as `YYYY-MM-DD`."""
        value = self.payload.get(key)
        return date.fromisoformat(value) if isinstance(value, str) else value

    def moment(self, key: str) -> datetime | None:
        """Return a moment of the payload, given in ISO 8601 with offset."""
        value = self.payload.get(key)
        return datetime.fromisoformat(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Pause:
    """Clocks of the case stood still; `resumed_at` is None as long as they do."""

    paused_at: datetime
    resumed_at: datetime | None
    reason: str

    def counts(self, policy: TimeLimitPolicy) -> bool:
        """Tell whether the policy lists the reason."""
        return self.reason in policy.pause.reasons


@dataclass(frozen=True, slots=True)
class Grant:
    """An extension that was granted: units more, or for a task the new day."""

    at: datetime
    value: int
    new_due_on: date | None = None


def spans_of(
    pauses: list[Pause], policy: TimeLimitPolicy, since: datetime, until: datetime
) -> tuple[list[Span], bool]:
    """Return what counts of the pauses between two moments, and whether one still goes on.

    A pause counts for at most the policy's days, those that touch as one.
    """
    spans = [
        (pause.paused_at, until if pause.resumed_at is None else min(pause.resumed_at, until))
        for pause in pauses
        if pause.paused_at < until and pause.counts(policy)
    ]
    if not spans:
        return [], False
    longest = timedelta(days=policy.pause.max_days)
    joined = merged(spans)
    capped = [(begin, min(end, begin + longest)) for begin, end in joined]
    goes_on = capped[-1][1] == until and any(
        pause.resumed_at is None or pause.resumed_at > until
        for pause in pauses
        if pause.paused_at < until and pause.counts(policy)
    )
    return [(max(begin, since), end) for begin, end in capped if end > since], goes_on
