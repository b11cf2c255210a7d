"""The time-limit policy: limits, working hours, pauses, windows."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from portal.presets.entries import Entry, by_code
from portal.presets.kinds import Extension, Limit, PauseRules, TimeLimitPolicy, TimeUnit
from portal.presets.parts.common import (
    Known,
    basis,
    clock_data,
    head,
    named_words,
    named_words_data,
    optional_text,
    without_empty,
    words_beside,
    words_data,
)

REQUIRED = "time_zone working_hours pause windows limits"
_LIMIT = "id zh en value unit basis"
_LIMIT_MORE = "source extension pausable starts stops before after scope most note"


def zone_of(entry: Entry) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(entry.text())
    except (KeyError, ValueError, OSError):
        raise entry.fault(f'there is no time zone "{entry.text()}"') from None


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> TimeLimitPolicy:
    """Build the policy."""
    spans = tuple(item.span() for item in fields["working_hours"].items(least=1))
    for (_, end), (start, _), item in zip(
        spans, spans[1:], fields["working_hours"].items()[1:], strict=False
    ):
        if start < end:
            raise item.fault("begins before the span above it ends")
    for (start, end), item in zip(spans, fields["working_hours"].items(), strict=True):
        if end < start:
            raise item.fault("ends before it begins")
    pause = fields["pause"].fields("reasons max_days")
    return TimeLimitPolicy(
        **head(fields, version, holds_from),
        zone=zone_of(fields["time_zone"]),
        working_hours=spans,
        limits=by_code(fields["limits"].items(least=1), _limit, key="id"),
        pause=PauseRules(
            reasons=named_words(pause["reasons"]), max_days=pause["max_days"].whole(1, 3650)
        ),
        windows=MappingProxyType(
            {name: entry.whole() for name, entry in fields["windows"].named().items()}
        ),
    )


def _limit(entry: Entry) -> Limit:
    fields = entry.fields(_LIMIT, _LIMIT_MORE)
    if not {"starts", "before", "after"} & set(fields):
        raise entry.fault(
            'is missing; a limit needs one of "starts", "before", "after"', field="starts"
        )
    unit = fields["unit"].one_of([member.value for member in TimeUnit], "there is no unit")
    extension = None
    if "extension" in fields:
        more = fields["extension"].fields("value", "times")
        extension = Extension(
            value=more["value"].whole(1, 3650),
            times=more["times"].whole(1, 12) if "times" in more else 1,
        )
    return Limit(
        id=fields["id"].code(),
        name=words_beside(entry, _LIMIT, _LIMIT_MORE),
        value=fields["value"].whole(0, 10_000),
        unit=TimeUnit(unit),
        basis=basis(fields["basis"]),
        extension=extension,
        pausable=fields["pausable"].flag() if "pausable" in fields else False,
        most=fields["most"].whole(1, 10_000) if "most" in fields else None,
        source=optional_text(fields, "source"),
        starts=optional_text(fields, "starts"),
        stops=optional_text(fields, "stops"),
        before=optional_text(fields, "before"),
        after=optional_text(fields, "after"),
        scope=optional_text(fields, "scope"),
        note=optional_text(fields, "note"),
    )


def write(policy: TimeLimitPolicy) -> dict[str, object]:
    """Return the policy as plain data."""
    return {
        "time_zone": policy.zone.key,
        "working_hours": [[clock_data(a), clock_data(b)] for a, b in policy.working_hours],
        "pause": {
            "reasons": named_words_data(policy.pause.reasons),
            "max_days": policy.pause.max_days,
        },
        "windows": dict(policy.windows),
        "limits": [_limit_data(limit) for limit in policy.limits.values()],
    }


def _limit_data(limit: Limit) -> dict[str, object]:
    more = limit.extension
    return without_empty(
        {
            "id": limit.id,
            **words_data(limit.name),
            "value": limit.value,
            "unit": limit.unit.value,
            "basis": limit.basis.value,
            "source": limit.source,
            "extension": {"value": more.value, "times": more.times} if more else None,
            "pausable": True if limit.pausable else None,
            "starts": limit.starts,
            "stops": limit.stops,
            "before": limit.before,
            "after": limit.after,
            "scope": limit.scope,
            "most": limit.most,
            "note": limit.note,
        }
    )
