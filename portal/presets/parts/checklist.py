"""A checklist: items with law, weight and way to check; the scoring of its answers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from portal.presets.checklist_kinds import (
    PLACES,
    WEIGHTS,
    Checklist,
    Grade,
    Item,
    Major,
    Reference,
    Scoring,
    points,
    points_data,
)
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

REQUIRED = "id zh en sector scoring items"
OPTIONAL = "ended"
_ITEM = "id weight zh en major basis"
_ITEM_MORE = "criterion penalty how photo"


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> Checklist:
    """Build a checklist; its weights are 100 together."""
    items = by_code(fields["items"].items(least=1), _item, key="id")
    total = points(sum((item.weight for item in items.values()), Decimal(0)))
    if total != WEIGHTS:
        raise fields["items"].fault(f"the weights are {total} together, not {WEIGHTS}")
    name = Entry(
        fields["zh"].file,
        "",
        "zh",
        fields["zh"].line,
        {"zh": fields["zh"], "en": fields["en"]},
    ).words()
    sector = fields["sector"].code()
    if known.sectors is not None:
        fields["sector"].one_of(known.sectors, "there is no sector")
    return Checklist(
        **head(fields, version, holds_from),
        code=fields["id"].code(),
        name=name,
        sector=sector,
        items=items,
        scoring=_scoring(fields["scoring"]),
        ended=fields["ended"].flag() if "ended" in fields else False,
    )


def _scoring(entry: Entry) -> Scoring:
    fields = entry.fields("partial least grades")
    grades: list[Grade] = []
    for item in fields["grades"].items(least=1):
        grade = item.fields("grade from")
        start = grade["from"].number(0, 100)
        if grades and start >= grades[-1].start:
            raise grade["from"].fault("must be smaller than that of the grade above it")
        grades.append(Grade(grade["grade"].code(), start))
    if grades[-1].start != 0:
        raise fields["grades"].fault("the last grade must begin at 0, so that every score has one")
    return Scoring(
        partial=fields["partial"].number(0, 1),
        least=fields["least"].whole(1, WEIGHTS),
        grades=tuple(grades),
    )


def _item(entry: Entry) -> Item:
    fields = entry.fields(_ITEM, _ITEM_MORE)
    major = Major(fields["major"].one_of([one.value for one in Major], "there is no mark"))
    criterion = optional_text(fields, "criterion")
    if major is not Major.NONE and not criterion:
        raise entry.fault("is missing: by what is it judged major?", field="criterion")
    return Item(
        id=fields["id"].code(),
        weight=points(fields["weight"].decimal("0.01", str(WEIGHTS), PLACES)),
        name=words_beside(entry, _ITEM, _ITEM_MORE),
        major=major,
        basis=tuple(_reference(item) for item in fields["basis"].items(least=1)),
        penalty=tuple(
            _reference(item) for item in (fields["penalty"].items() if "penalty" in fields else ())
        ),
        criterion=criterion,
        how=fields["how"].words() if "how" in fields else None,
        photo=fields["photo"].flag() if "photo" in fields else False,
    )


def _reference(entry: Entry) -> Reference:
    fields = entry.fields("law article verified")
    return Reference(fields["law"].text(), fields["article"].text(), basis(fields["verified"]))


def write(checklist: Checklist) -> dict[str, object]:
    """Return a checklist as plain data."""
    scoring = checklist.scoring
    return without_empty(
        {
            "id": checklist.code,
            **words_data(checklist.name),
            "sector": checklist.sector,
            "scoring": {
                "partial": scoring.partial,
                "least": scoring.least,
                "grades": [{"grade": one.code, "from": one.start} for one in scoring.grades],
            },
            "items": [item_data(item) for item in checklist.items.values()],
            "ended": True if checklist.ended else None,
        }
    )


def item_data(item: Item) -> dict[str, object]:
    """Return an item as plain data."""
    return without_empty(
        {
            "id": item.id,
            "weight": points_data(item.weight),
            **words_data(item.name),
            "major": item.major.value,
            "criterion": item.criterion,
            "basis": [_reference_data(one) for one in item.basis],
            "penalty": [_reference_data(one) for one in item.penalty],
            "how": words_data(item.how) if item.how else None,
            "photo": True if item.photo else None,
        }
    )


def _reference_data(one: Reference) -> dict[str, object]:
    return {"law": one.law, "article": one.article, "verified": one.verified.value}
