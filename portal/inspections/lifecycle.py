"""What an inspection by checklist is, without a database: answers, what they lack, hazards."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.inspections.kinds import Result, Side, Signing
from portal.presets.checklist_kinds import Checklist, Item, Major
from portal.presets.contents import checklist_of

#: Answers that need something to show for themselves.
BAD = frozenset({Result.PARTIAL, Result.FAIL})
#: Answers of somebody who looked.
LOOKED = BAD | {Result.PASS}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of one item."""

    id: UUID
    item: str
    result: Result
    note: str = ""
    place: str = ""
    #: As the inspectors see it: counts only where failing may be major.
    major: bool = False
    on_spot: bool = False
    photos: int = 0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A copy of a checklist with its answers; an item without one was not checked."""

    copy: Mapping[str, Any]
    answers: tuple[Answered, ...]

    @property
    def checklist(self) -> Checklist:
        return checklist_of(self.copy)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A name typed under the record, perhaps with what was drawn; or why there is none."""

    side: Side
    signing: Signing = Signing.SIGNED
    name: str = ""
    post: str = ""
    #: Of the inspectors: who typed it.
    person: UUID | None = None
    reason: str = ""
    #: Strokes as `strokes_of` reads them; "" where nobody drew.
    drawn: str = ""


#: The field in which a signature is drawn, in its own points.
WIDE, HIGH = 600, 200
#: More points than a hand sets in a minute.
POINTS_MAX = 4000
Strokes = tuple[tuple[tuple[int, int], ...], ...]


def strokes_of(drawn: str) -> Strokes:
    """Read what was drawn, strokes of points: "12,34 15,40;80,20". Raises ValueError."""
    if len(drawn) > POINTS_MAX * 8:
        raise ValueError("too many points")
    found = tuple(
        tuple(_point(point) for point in stroke.split(" ")) for stroke in drawn.split(";")
    )
    if sum(map(len, found)) > POINTS_MAX:
        raise ValueError("too many points")
    return found


def _point(text: str) -> tuple[int, int]:
    across, comma, down = text.partition(",")
    if not (comma and across.isascii() and across.isdigit() and down.isascii() and down.isdigit()):
        raise ValueError("no point")
    if int(across) > WIDE or int(down) > HIGH:
        raise ValueError("beside the field")
    return int(across), int(down)


def drawing(drawn: str) -> str:
    """Return what was drawn as an SVG picture. Raises ValueError."""
    # A dot is a stroke that goes nowhere: drawn for its round ends.
    paths = " ".join(
        "M" + " L".join(f"{x} {y}" for x, y in (stroke if len(stroke) > 1 else stroke * 2))
        for stroke in strokes_of(drawn)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}"'
        f' viewBox="0 0 {WIDE} {HIGH}"><path d="{paths}" fill="none" stroke="#000"'
        ' stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def unsigned(
    signatures: Collection[Signature], inspectors: Collection[UUID]
) -> tuple[str, str] | None:
    """Return the code of what lacks under a record, and its field; None: it is signed for."""
    if {one.person for one in signatures if one.side is Side.INSPECTOR} != set(inspectors):
        return "inspector_signature_missing", "inspectors_sign"
    unit = [one for one in signatures if one.side is Side.UNIT]
    if not unit:
        return "unit_signature_missing", "sign_unit"
    for one in unit:
        if one.signing is Signing.SIGNED and not (one.name.strip() and one.post.strip()):
            return "signer_missing", "signer_name"
        if one.signing is not Signing.SIGNED and not one.reason.strip():
            return "refusal_missing", "refusal"
    return None


def lacks_of(item: Item, answer: Answered | None) -> str:
    """Return the code of what an answer lacks; "" if nothing."""
    if answer is None:
        return ""
    if item.major is Major.LISTED and answer.result is Result.PARTIAL:
        return "item_pass_or_fail"
    if answer.result in BAD and not answer.note.strip():
        return "item_note_missing"
    shown = answer.result in BAD or (
        answer.result is Result.PASS and (item.photo or item.major is Major.LISTED)
    )
    return "item_photo_missing" if shown and not answer.photos else ""


def lacking(checked: Checked) -> Iterator[tuple[str, str]]:
    """Yield each item that lacks something, with the code of what; strangers first."""
    items = checked.checklist.items
    answers = {answer.item: answer for answer in checked.answers}
    yield from ((item, "item_unknown") for item in answers if item not in items)
    if not any(answer.result in LOOKED for answer in checked.answers):
        yield "", "nothing_checked"
    for item in items.values():
        code = lacks_of(item, answers.get(item.id))
        if code:
            yield item.id, code


def failed(checked: Checked) -> Iterator[tuple[Item, Answered]]:
    """Yield the items that failed, in the order of the checklist: each is a hazard."""
    answers = {answer.item: answer for answer in checked.answers}
    for item in checked.checklist.items.values():
        answer = answers.get(item.id)
        if answer is not None and answer.result is Result.FAIL:
            yield item, answer


def hazard_words(item: Item, answer: Answered) -> str:
    """Return what a hazard says: where, what was seen, what must be so, by which law."""
    seen = "：".join(part for part in (answer.place.strip(), answer.note.strip()) if part)
    laws = "、".join(f"{one.law}{one.article}" for one in item.basis)
    return f"{seen}\n{item.id} {item.name.zh}\n{laws}"
