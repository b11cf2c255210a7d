"""Calendar, limits and events for tests of clocks, read from the domain's own worked cases."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from portal.clocks.facts import Fact
from portal.presets.kinds import (
    Basis,
    Calendar,
    Extension,
    Limit,
    PauseRules,
    TimeLimitPolicy,
    TimeUnit,
    Words,
)

DOMAIN = Path(__file__).parent / "domain"
ZONE = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
HOLIDAY = Words(zh="节假日", en="Holiday")
#: Holidays of 2027 by the regulation alone; its notice is not loaded in these tests.
STANDING_2027 = (
    "2027-01-01 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-04-05 2027-05-01 2027-05-02 "
    "2027-06-09 2027-09-15 2027-10-01 2027-10-02 2027-10-03"
)


@cache
def domain(name: str) -> Any:
    """One of the domain's YAML files."""
    return yaml.safe_load((DOMAIN / name).read_text(encoding="utf-8"))


def make_calendar(
    rest: Iterable[date] | Mapping[date, Words] = (),
    working: Iterable[date] = (),
    noticed: Iterable[int] = range(1990, 2101),
    standing: Iterable[date] = (),
    version: int = 1,
) -> Calendar:
    named = rest if isinstance(rest, Mapping) else dict.fromkeys(rest, HOLIDAY)
    return Calendar(
        version=version,
        holds_from=LONG_AGO,
        rest=named,
        working=frozenset(working),
        noticed=frozenset(noticed),
        standing=dict.fromkeys(standing, HOLIDAY),
    )


@cache
def calendar_2026() -> Calendar:
    """The calendar of the worked cases: 2026 by its notice, 2027 by the regulation."""
    given = domain("time-limits.yaml")["calendar"]
    return make_calendar(
        rest=map(date.fromisoformat, given["rest_days_besides_weekends"]),
        working=map(date.fromisoformat, given["working_weekend_days"]),
        noticed=(2026,),
        standing=map(date.fromisoformat, STANDING_2027.split()),
    )


def make_limit(limit_id: str, value: int, unit: str, **more: Any) -> Limit:
    name = Words(zh=limit_id, en=limit_id)
    return Limit(
        id=limit_id, name=name, value=value, unit=TimeUnit(unit), basis=Basis.PRODUCT, **more
    )


def domain_limits() -> dict[str, Limit]:
    """The limits of the domain that are a number of units."""
    given = domain("time-limits.yaml")
    pausable = {"verification", "verification_major", "handling_total"}
    pausable |= {"rectify_immediate", "rectify_general", "rectify_major"}
    limits = {}
    for one in given["limits"]:
        if "value" not in one:
            continue
        extension = one.get("extension")
        limits[one["id"]] = make_limit(
            one["id"],
            one["value"],
            one["unit"],
            pausable=one["id"] in pausable,
            extension=Extension(extension["value"], extension["times"]) if extension else None,
        )
    return limits


def make_policy(
    limits: Mapping[str, Limit] | None = None,
    *,
    version: int = 1,
    holds_from: datetime = LONG_AGO,
    working_hours: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12)),
        (time(13, 30), time(17, 30)),
    ),
    max_days: int = 60,
) -> TimeLimitPolicy:
    return TimeLimitPolicy(
        version=version,
        holds_from=holds_from,
        zone=ZONE,
        working_hours=working_hours,
        limits=domain_limits() if limits is None else limits,
        pause=PauseRules(
            reasons={"testing_or_inspection": Words(zh="检测", en="Testing")}, max_days=max_days
        ),
    )


def at(text: str) -> datetime:
    """A local wall-clock time as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def facts(*events: tuple[str, str, dict[str, Any]] | tuple[str, str]) -> list[Fact]:
    """Events from `(local time, kind, payload)`, in order."""
    numbers = count(1)
    return [
        Fact(kind=event[1], at=at(event[0]), seq=next(numbers), payload=dict(*event[2:]))
        for event in events
    ]
