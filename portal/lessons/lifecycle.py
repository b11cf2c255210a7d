"""What a lesson may be, what looks alike, and which words may name somebody; no database."""

import json
import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from portal.foundation.errors import Incomplete
from portal.lessons.kinds import FIELDS, LessonKind, LessonState, Like, Naming
from portal.personal.find import find

TITLE_MOST, WORDS_MOST, REASON_MOST = 120, 4000, 500
#: In which of its states which act is open; a wording can change until it is published.
OPEN_IN: Mapping[str, frozenset[LessonState]] = {
    "edit": frozenset({LessonState.DRAFT, LessonState.HANDED_IN, LessonState.READ}),
    "hand_in": frozenset({LessonState.DRAFT}),
    "send_back": frozenset({LessonState.HANDED_IN, LessonState.READ}),
    "read": frozenset({LessonState.HANDED_IN}),
    "publish": frozenset({LessonState.READ}),
    "withdraw": frozenset({LessonState.PUBLISHED}),
    "judge": frozenset({LessonState.PUBLISHED}),
    "sweep": frozenset({LessonState.PUBLISHED}),
}
#: How much each thing that is shared with a case counts when lessons are suggested there.
COUNTS = {Like.ITEM: 4, Like.CATEGORY: 2, Like.SECTOR: 1}
#: What is looked for in units, in the order in which it is told.
OF_UNITS = (Like.ITEM, Like.SECTOR, Like.SIZE, Like.PLACE)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a lesson says; `kept` are words of which its author says that they may stay."""

    title: str
    said: Mapping[str, str]
    kept: tuple[str, ...] = ()

    def as_body(self) -> str:
        """Return it as the words that are kept."""
        held = {"title": self.title, "said": dict(self.said), "kept": list(self.kept)}
        return json.dumps(held, ensure_ascii=False, sort_keys=True)

    @property
    def parts(self) -> dict[str, str]:
        """Everything that is read, by field."""
        return {"title": self.title, **self.said}


def wording_of(body: str | None) -> Wording:
    """Return what was kept; nothing of words that were lawfully erased."""
    held = json.loads(body) if body else {}
    return Wording(
        title=held.get("title", ""),
        said=dict(held.get("said", {})),
        kept=tuple(held.get("kept", ())),
    )


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What others have to share. An item is named by its checklist: `CHEM-STORE/C02`."""

    sectors: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    #: Districts and townships.
    places: frozenset[str] = frozenset()

    def as_data(self) -> dict[str, list[str]]:
        """Return them as data, in a fixed order."""
        return {name: sorted(getattr(self, name)) for name in NAMES}

    def of(self, like: Like) -> frozenset[str]:
        """Return the values of one kind of condition."""
        return {
            Like.ITEM: self.items,
            Like.SECTOR: self.sectors,
            Like.SIZE: self.sizes,
            Like.PLACE: self.places,
        }[like]

    def within(self, other: "Conditions") -> bool:
        """Say whether all of them are among the other's."""
        return all(getattr(self, name) <= getattr(other, name) for name in NAMES)


NAMES = ("sectors", "items", "sizes", "places")


def conditions_of(data: Mapping[str, Any]) -> Conditions:
    """Return conditions from data."""
    return Conditions(**{name: frozenset(data.get(name, ())) for name in NAMES})


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody wants a lesson to be."""

    kind: str
    wording: Wording
    conditions: Conditions
    language: str
    category: str | None = None
    sector: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lists:
    """What a draft is checked against: codes that exist, and what its cases show."""

    sectors: Collection[str]
    categories: Collection[str]
    offered: Conditions


def check(draft: Draft, lists: Lists) -> None:
    """Raise Incomplete naming the field of what cannot stand, even in a draft."""
    if draft.kind not in set(LessonKind):
        raise Incomplete("kind", "lesson_kind_unlisted")
    if not draft.wording.title.strip():
        raise Incomplete("title", "lesson_title_missing")
    if draft.sector and draft.sector not in lists.sectors:
        raise Incomplete("sector", "lesson_sector_unlisted")
    if draft.category and draft.category not in lists.categories:
        raise Incomplete("category", "lesson_category_unlisted")
    if not draft.conditions.within(lists.offered):
        raise Incomplete("sectors", "lesson_conditions_foreign")


def check_whole(kind: LessonKind, wording: Wording, conditions: Conditions) -> None:
    """Raise Incomplete for what is lacking before somebody else can read it."""
    for name in FIELDS[kind]:
        if not wording.said.get(name, "").strip():
            raise Incomplete(name, "lesson_field_missing")
    if "effect" in FIELDS[kind] and not re.search(r"\d", wording.said["effect"]):
        raise Incomplete("effect", "lesson_effect_number")
    if not conditions.sectors and not conditions.items:
        raise Incomplete("sectors", "lesson_conditions_missing")


# What looks alike


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What a lesson is held against: a case, an inspection under way, a unit."""

    sector: str | None = None
    category: str | None = None
    size: str | None = None
    places: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()

    def of(self, like: Like) -> frozenset[str]:
        """Return the values of one kind of condition."""
        if like is Like.ITEM:
            return self.items
        if like is Like.PLACE:
            return self.places
        value = self.sector if like is Like.SECTOR else self.size
        return frozenset({value} if value else ())


@dataclass(frozen=True, kw_only=True)
class Known:
    """A published lesson as suggesting looks at it."""

    id: UUID
    conditions: Conditions
    category: str | None
    #: Sorted so: of two as like, the newer one.
    order: float = 0


def reasons(lesson: Known, matter: Matter) -> tuple[Like, ...]:
    """Return why a lesson is suggested; nothing shared: it is not."""
    found = [
        like for like in (Like.ITEM, Like.SECTOR) if lesson.conditions.of(like) & matter.of(like)
    ]
    if lesson.category and lesson.category == matter.category:
        found.append(Like.CATEGORY)
    return tuple(like for like in COUNTS if like in found)


def suggest(
    lessons: Iterable[Known], matter: Matter, *, most: int
) -> list[tuple[Known, tuple[Like, ...]]]:
    """Return the lessons that share the most with a matter, each with its reasons."""
    found = [(lesson, why) for lesson in lessons if (why := reasons(lesson, matter))]
    found.sort(key=lambda one: (-sum(COUNTS[like] for like in one[1]), -one[0].order, one[0].id))
    return found[:most]


def shared(conditions: Conditions, unit: Matter, *, least: int) -> tuple[Like, ...]:
    """Return what a unit shares with a lesson; nothing: it does not look alike.

    It has to share the sector or a failed item, and so many conditions in all, or as many as the
    lesson names.
    """
    given = [like for like in OF_UNITS if conditions.of(like)]
    found = tuple(like for like in given if conditions.of(like) & unit.of(like))
    is_near = Like.ITEM in found or Like.SECTOR in found
    return found if is_near and len(found) >= min(least, len(given)) else ()


@dataclass(frozen=True)
class Register:
    """Units held against very many lessons: `shared` for all of them at once, by sets of bits."""

    units: Sequence[Matter]
    least: int

    @cached_property
    def _bits(self) -> dict[tuple[Like, str], int]:
        length = len(self.units) // 8 + 1
        rows: dict[tuple[Like, str], bytearray] = {}
        for place, unit in enumerate(self.units):
            byte, bit = place >> 3, 1 << (place & 7)
            for like in OF_UNITS:
                for value in unit.of(like):
                    row = rows.get((like, value))
                    if row is None:
                        row = rows[like, value] = bytearray(length)
                    row[byte] |= bit
        return {key: int.from_bytes(row, "little") for key, row in rows.items()}

    def alike(self, conditions: Conditions) -> int:
        """Return the units that look alike, as a number with a bit for each."""
        held = {
            like: self._any(like, values) for like in OF_UNITS if (values := conditions.of(like))
        }
        needed = min(self.least, len(held))
        # at_least[n]: units that share n of the conditions looked at so far.
        at_least = [(1 << len(self.units)) - 1, *([0] * needed)]
        for own in held.values():
            for number in range(needed, 0, -1):
                at_least[number] |= at_least[number - 1] & own
        return at_least[needed] & (held.get(Like.ITEM, 0) | held.get(Like.SECTOR, 0))

    def _any(self, like: Like, values: Iterable[str]) -> int:
        found = 0
        for value in values:
            found |= self._bits.get((like, value), 0)
        return found

    def places(self, bits: int) -> Iterator[int]:
        """Yield the places of units in such a number."""
        said = bin(bits)[:1:-1]
        place = said.find("1")
        while place >= 0:
            yield place
            place = said.find("1", place + 1)


# Which words may name somebody


@dataclass(frozen=True, kw_only=True)
class Names:
    """What is known of the cases of a lesson and of the register."""

    people: Collection[str] = ()
    units: Collection[str] = ()
    addresses: Collection[str] = ()
    #: What reporters wrote.
    reporters: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of a text, `text[start:end]`, that may name somebody or a place."""

    kind: Naming
    start: int
    end: int
    words: str


#: What a unit's name ends with, as it is left out when people speak of it.
_TAIL = re.compile(
    r"(?:[（(][^（()）]*[)）])*(?:股份|责任)*(?:有限)?(?:责任)?(?:公司|集团|工厂|厂|店|中心)?"
    r"(?:[（(][^（()）]*[)）])*$"
)
#: So many characters of a unit's name, of an address and of a reporter's words are taken for it;
#: of the last also so wide: a Chinese character is 2.
NAME_LEAST, ADDRESS_LEAST, WORDS_LEAST, WIDTH_LEAST = 4, 6, 10, 20
_RANK = {kind: rank for rank, kind in enumerate(Naming)}


def short_names(name: str) -> tuple[str, ...]:
    """Return a unit's name and how people shorten it: without its form, without its town."""
    plain = _TAIL.sub("", name)
    found = (name, plain, plain[2:])
    return tuple(dict.fromkeys(one for one in found if len(one) >= NAME_LEAST))


def markings(text: str, names: Names) -> list[Marked]:
    """Return what in a text may say who or where, in its order; nothing is marked twice."""
    found = [Marked(Naming(one.kind.value), one.start, one.end, one.words) for one in find(text)]
    for name in {one for one in names.people if len(one) > 1}:
        found += _each(Naming.PERSON, text, name)
    for name in {short for one in names.units for short in short_names(one)}:
        found += _each(Naming.UNIT, text, name)
    for address in set(names.addresses):
        found += _runs(Naming.ADDRESS, text, address, ADDRESS_LEAST)
    for said in set(names.reporters):
        runs = _runs(Naming.REPORTER, text, said, WORDS_LEAST)
        found += [one for one in runs if _width(one.words) >= WIDTH_LEAST]
    found.sort(key=lambda one: (_RANK[one.kind], one.start - one.end, one.start))
    taken = bytearray(len(text))
    kept = []
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def unanswered(wording: Wording, names: Names) -> list[Marked]:
    """Return what is marked and of which the author does not say that it may stay."""
    return [
        one
        for text in wording.parts.values()
        for one in markings(text, names)
        if one.words not in wording.kept
    ]


def _each(kind: Naming, text: str, words: str) -> Iterator[Marked]:
    start = text.find(words)
    while start >= 0:
        yield Marked(kind, start, start + len(words), words)
        start = text.find(words, start + len(words))


def _runs(kind: Naming, text: str, other: str, least: int) -> Iterator[Marked]:
    """Yield the longest pieces of a text of which all of that length stand in another one."""
    held = {other[at : at + least] for at in range(len(other) - least + 1)}
    start, end = -1, -1
    for at in range(len(text) - least + 1):
        if text[at : at + least] not in held:
            continue
        if start < 0 or at > end - least + 1:
            if start >= 0:
                yield Marked(kind, start, end, text[start:end])
            start = at
        end = at + least
    if start >= 0:
        yield Marked(kind, start, end, text[start:end])


def _width(words: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in words)


# What came of it


def came_back(
    since: Mapping[UUID, datetime], later: Mapping[UUID, Sequence[datetime]], months: int
) -> int:
    """Return at how many units the hazard came back within so many months of a moment of each."""
    return sum(
        any(at < again <= months_after(at, months) for again in later.get(unit, ()))
        for unit, at in since.items()
    )


def months_after(moment: datetime, months: int) -> datetime:
    """Return the same day so many months later; the last of the month where there is none."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What became of a lesson, as far as somebody can see the cases that tell."""

    used: int = 0
    not_fitting: int = 0
    #: Units of its cases, and those of them where the hazard came back.
    units: int = 0
    recurred: int = 0
    #: Units of its sweeps: to be visited, visited, found with the hazard, and where it came back.
    planned: int = 0
    visited: int = 0
    had_it: int = 0
    came_back: int = 0
    plans: tuple[UUID, ...] = field(default=())
