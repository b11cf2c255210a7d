"""The one place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC; services receive it as an argument."""
    return datetime.now(UTC)


def floored_to_hour(moment: datetime) -> datetime:
    """Return the start of the hour: what a reporter does is never stored finer."""
    return moment.replace(minute=0, second=0, microsecond=0)
