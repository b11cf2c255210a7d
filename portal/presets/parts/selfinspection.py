"""What units look at by themselves: duties with their rhythm, and the monthly declaration."""

from collections.abc import Mapping
from datetime import datetime

from portal.presets.duties import DOERS, EVERY, SIZES, Duty, SelfInspection, Whom
from portal.presets.entries import Entry, by_code
from portal.presets.parts.common import (
    Known,
    basis,
    head,
    optional_text,
    without_empty,
    words_beside,
    words_data,
)

REQUIRED = "duties declaration"
OPTIONAL = "inside_reports"
_DUTY = "code zh en every doer basis"
_DUTY_MORE = "source by_checklist sectors sizes"
_DECLARATION = "due_day remind_days look_back_days"
_WHOM = "sectors sizes"
_INSIDE = "answer_days"


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> SelfInspection:
    """Build the duties; their codes stand in what units did, so they are never given anew."""
    declaration = fields["declaration"].fields(_DECLARATION, _WHOM)

    def duty(entry: Entry) -> Duty:
        return _duty(entry, known)

    return SelfInspection(
        **head(fields, version, holds_from),
        duties=by_code(fields["duties"].items(least=1), duty),
        declare=_whom(declaration, known),
        due_day=declaration["due_day"].whole(1, 28),
        remind_days=declaration["remind_days"].whole(0, 28),
        look_back_days=declaration["look_back_days"].whole(1, 3650),
        inside_days=_inside_days(fields),
    )


def _inside_days(fields: Mapping[str, Entry]) -> int | None:
    """Return the limit of an answer; versions from before there were inside reports have none."""
    if "inside_reports" not in fields:
        return None
    return fields["inside_reports"].fields(_INSIDE)["answer_days"].whole(1, 60)


def _duty(entry: Entry, known: Known) -> Duty:
    fields = entry.fields(_DUTY, _DUTY_MORE)
    return Duty(
        code=fields["code"].code(),
        name=words_beside(entry, _DUTY, _DUTY_MORE),
        every=fields["every"].one_of(EVERY, "there is no such rhythm"),
        doer=fields["doer"].one_of(DOERS, "there is no link of the chain at a unit"),
        basis=basis(fields["basis"]),
        source=optional_text(fields, "source"),
        by_checklist=fields["by_checklist"].flag() if "by_checklist" in fields else True,
        whom=_whom(fields, known),
    )


def _whom(fields: Mapping[str, Entry], known: Known) -> Whom:
    sectors: frozenset[str] = frozenset()
    if "sectors" in fields:
        entry = fields["sectors"]
        among = known.sectors
        if among is None:
            among = frozenset(one.text() for one in entry.items())
        sectors = entry.codes(among, "there is no sector")
    sizes = fields["sizes"].codes(SIZES, "there is no size") if "sizes" in fields else frozenset()
    return Whom(sectors=sectors, sizes=sizes)


def write(value: SelfInspection) -> dict[str, object]:
    """Return the duties as plain data."""
    return {
        "duties": [_duty_data(duty) for duty in value.duties.values()],
        "declaration": {
            "due_day": value.due_day,
            "remind_days": value.remind_days,
            "look_back_days": value.look_back_days,
            **_whom_data(value.declare),
        },
        **({"inside_reports": {"answer_days": value.inside_days}} if value.inside_days else {}),
    }


def _duty_data(duty: Duty) -> dict[str, object]:
    return without_empty(
        {
            "code": duty.code,
            **words_data(duty.name),
            "every": duty.every,
            "doer": duty.doer,
            "basis": duty.basis.value,
            "source": duty.source,
            "by_checklist": None if duty.by_checklist else False,
            **_whom_data(duty.whom),
        }
    )


def _whom_data(whom: Whom) -> dict[str, object]:
    return without_empty({"sectors": sorted(whom.sectors), "sizes": sorted(whom.sizes)})
