"""What an inspection by checklist is, without a database: answers, what they lack, hazards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.inspections.kinds import Result
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
