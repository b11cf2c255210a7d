"""Drawing units and inspectors by lot, so that anybody can draw the same again.

Chance comes from a number that others publish after units and people were fixed. Everything is
ranked by SHA-256: nothing hangs on the order in which units or people are given.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import nsmallest

#: Stands in what is hashed: another way to draw has another name.
RULE = "draw-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What a draw is made from, but for the number; ids as text."""

    plan: str
    population: Collection[str]
    #: The people of each group who can be drawn.
    people: Mapping[str, Collection[str]]
    count: int
    #: So many inspectors for each unit.
    each: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit with who inspects it; without a group if ties left too few people in each."""

    unit: str
    group: str | None
    people: tuple[str, ...]
    #: Those whose turn it was, and who were passed over for a tie to the unit.
    left_out: tuple[str, ...]


def hash_of_units(ids: Iterable[str]) -> str:
    """Return the hash that fixes a population: SHA-256 of the sorted ids, one a line."""
    return _hash(sorted(ids))


def hash_of_people(people: Mapping[str, Iterable[str]]) -> str:
    """Return the hash that fixes who can be drawn: sorted lines of group and person."""
    return _hash(sorted(f"{group} {one}" for group, those in people.items() for one in those))


def _hash(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


def tidy_number(typed: str) -> str:
    """Return a published number with single blanks between what stands apart."""
    return " ".join(typed.split())


def seed_of(lot: Lot, number: str) -> str:
    """Return what all ranks hang on: what was fixed and the number, one a line."""
    lines = (
        RULE,
        lot.plan,
        hash_of_units(lot.population),
        hash_of_people(lot.people),
        str(lot.count),
        str(lot.each),
        tidy_number(number),
    )
    return _hash(lines)


def draw_units(lot: Lot, seed: str) -> list[str]:
    """Return the units that are drawn, first drawn first: those with the lowest ranks."""
    begun = sha256(f"{seed} ".encode())

    def rank(unit: str) -> bytes:
        here = begun.copy()
        here.update(unit.encode())
        return here.digest()

    return nsmallest(lot.count, set(lot.population), key=rank)


def draw_people(lot: Lot, seed: str, unit: str, tied: Collection[str]) -> Drawn:
    """Return who inspects a unit: of the groups in the order of their ranks the first in which
    enough people are left, and of these those with the lowest ranks. `tied` people are passed over.
    """
    left_out: list[str] = []

    def rank(other: str) -> str:
        return _hash([f"{seed} {unit} {other}"])

    for group in sorted(lot.people, key=rank):
        chosen: list[str] = []
        for person in sorted(set(lot.people[group]), key=rank):
            if len(chosen) == lot.each:
                break
            if person in tied:
                left_out.append(person)
            else:
                chosen.append(person)
        if len(chosen) == lot.each:
            return Drawn(unit, group, tuple(chosen), tuple(dict.fromkeys(left_out)))
    return Drawn(unit, None, (), tuple(dict.fromkeys(left_out)))


def draw(lot: Lot, number: str, ties: Collection[tuple[str, str]]) -> list[Drawn]:
    """Draw units and people; `ties` are pairs of unit and person."""
    seed = seed_of(lot, number)
    tied: dict[str, set[str]] = {}
    for unit, person in ties:
        tied.setdefault(unit, set()).add(person)
    return [draw_people(lot, seed, unit, tied.get(unit, ())) for unit in draw_units(lot, seed)]
