"""The ladder: rungs in their order, who may propose and order each, its grounds, what follows."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from portal.presets.entries import Entry, by_code
from portal.presets.ladders import (
    DISCIPLINARY_STEPS,
    GROUNDS,
    LINKS,
    ORDERING_ROLES,
    PROPOSING_ROLES,
    Ladder,
    Rung,
)
from portal.presets.parts.common import Known, head, without_empty, words_beside, words_data

REQUIRED = "rungs repeated_days link_days"
_RUNG = "code zh en may_propose may_order toward grounds answer_days"
_RUNG_MORE = "next two_people"


def read(fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime) -> Ladder:
    """Build the ladder; each rung stands behind those that it may follow."""
    items = fields["rungs"].items(least=1)
    rungs = by_code(items, _rung)
    order = list(rungs)
    for item, rung in zip(items, rungs.values(), strict=True):
        for code in sorted(rung.next):
            if code not in order or order.index(code) <= order.index(rung.code):
                raise item.named()["next"].fault(f'"{code}" is no later rung')
    return Ladder(
        **head(fields, version, holds_from),
        rungs=tuple(rungs.values()),
        repeated_days=fields["repeated_days"].whole(1, 3650),
        link_days=fields["link_days"].whole(0, 3650),
    )


def _rung(entry: Entry) -> Rung:
    fields = entry.fields(_RUNG, _RUNG_MORE)
    grounds = {}
    for name, least in fields["grounds"].named().items():
        if name not in GROUNDS:
            raise least.fault(f'there is no ground "{name}"')
        grounds[name] = least.whole(1, 1000)
    may_order = fields["may_order"].codes(ORDERING_ROLES, "this role orders nothing:")
    if not may_order:
        raise fields["may_order"].fault("somebody must be able to order it")
    return Rung(
        code=fields["code"].one_of(DISCIPLINARY_STEPS, "there is no disciplinary step"),
        name=words_beside(entry, _RUNG, _RUNG_MORE),
        may_propose=fields["may_propose"].codes(PROPOSING_ROLES, "this role proposes nothing:"),
        may_order=may_order,
        toward=fields["toward"].codes(LINKS, "there is no link of the chain"),
        grounds=MappingProxyType(grounds),
        answer_days=fields["answer_days"].whole(1, 365),
        next=fields["next"].codes(DISCIPLINARY_STEPS, "there is no disciplinary step")
        if "next" in fields
        else frozenset(),
        two_people=fields["two_people"].flag() if "two_people" in fields else False,
    )


def write(ladder: Ladder) -> dict[str, object]:
    """Return the ladder as plain data."""
    return {
        "rungs": [
            {
                "code": rung.code,
                **words_data(rung.name),
                "may_propose": sorted(rung.may_propose),
                "may_order": sorted(rung.may_order),
                "toward": sorted(rung.toward),
                "grounds": dict(rung.grounds),
                "answer_days": rung.answer_days,
                **without_empty({"next": sorted(rung.next)}),
                **({"two_people": True} if rung.two_people else {}),
            }
            for rung in ladder.rungs
        ],
        "repeated_days": ladder.repeated_days,
        "link_days": ladder.link_days,
    }
