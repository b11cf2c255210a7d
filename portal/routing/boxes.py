"""Rules as boxes: which matters a rule can catch, cut out of all possible ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import TypeAlias

from portal.presets.kinds import Conditions, RoutingRuleSet, Taxonomy
from portal.routing.engine import covers, within

Atom: TypeAlias = object
#: One set of atoms for each side; a matter is in the box if each of its sides is in the set.
Box: TypeAlias = tuple[frozenset[Atom], ...]


@dataclass(frozen=True, slots=True)
class Space:
    """All that can be told apart: the sides of every box and the atoms on each.

    Category and sector are one side, since the one settles the other; the wall clock is cut at
    the hours that rules name. None on a side stands for "not known yet", `Other` for the rest.
    """

    subjects: frozenset[tuple[str | None, str | None]]
    jurisdictions: frozenset[Atom]
    kinds: frozenset[Atom]
    channels: frozenset[Atom]
    levels: frozenset[Atom]
    units: frozenset[Atom]
    cuts: frozenset[time]

    def box(self, when: Conditions) -> Box:
        """Return the box of a rule's conditions."""
        return (
            frozenset(
                (category, sector)
                for category, sector in self.subjects
                if _subject_holds(when, category, sector)
            ),
            _side(when.jurisdictions, self.jurisdictions),
            _side(when.kinds, self.kinds),
            _side(when.channels, self.channels),
            _side(when.levels, self.levels),
            _side(when.units, self.units),
            frozenset(cut for cut in self.cuts if when.hours is None or within(when.hours, cut)),
        )


def _subject_holds(when: Conditions, category: str | None, sector: str | None) -> bool:
    if when.categories and (
        category is None or not any(covers(head, category) for head in when.categories)
    ):
        return False
    return not when.sectors or sector in when.sectors


def _side(wanted: frozenset[str], atoms: frozenset[Atom]) -> frozenset[Atom]:
    return frozenset(wanted) & atoms if wanted else atoms


def space_of(rule_set: RoutingRuleSet, taxonomy: Taxonomy, levels: Iterable[str]) -> Space:
    """Return the space of a rule set over a taxonomy.

    A sector stands free only where no category is given (see `matters.matter_of`).
    """
    subjects: set[tuple[str | None, str | None]] = {
        (category.code, category.sector) for category in taxonomy.categories.values()
    }
    subjects |= {(None, sector) for sector in taxonomy.sectors}
    subjects.add((None, None))
    conditions = [rule.when for rule in rule_set.rules]
    cuts = {time()} | {moment for when in conditions if when.hours for moment in when.hours}
    units: set[Atom] = {unit for when in conditions for unit in when.units}
    return Space(
        subjects=frozenset(subjects),
        jurisdictions=_with_none(taxonomy.jurisdictions),
        kinds=_with_none(taxonomy.report_kinds),
        channels=_with_none(taxonomy.channels),
        levels=frozenset({None, *levels}),
        units=frozenset({None, *units}),
        cuts=frozenset(cuts),
    )


def _with_none(codes: Mapping[str, object]) -> frozenset[Atom]:
    return frozenset({None, *codes})


def is_empty(box: Box) -> bool:
    """Whether no matter at all is in the box."""
    return not all(box)


def common(one: Box, other: Box) -> Box:
    """Return what both boxes hold."""
    return tuple(a & b for a, b in zip(one, other, strict=True))


def contains(outer: Box, inner: Box) -> bool:
    """Whether every matter of `inner` is in `outer`."""
    return all(b <= a for a, b in zip(outer, inner, strict=True))


def without(box: Box, other: Box) -> list[Box]:
    """Return what is left of `box` without `other`, as boxes that share nothing."""
    if is_empty(common(box, other)):
        return [] if is_empty(box) else [box]
    left: list[Box] = []
    core = list(box)
    for side, taken in enumerate(other):
        outside = core[side] - taken
        if outside:
            left.append((*core[:side], outside, *core[side + 1 :]))
        core[side] = core[side] & taken
    return left


def covered(box: Box, others: Iterable[Box]) -> bool:
    """Whether the others together hold every matter of `box`."""
    left = [box]
    for other in others:
        left = [piece for part in left for piece in without(part, other)]
        if not left:
            return True
    return not left or all(is_empty(piece) for piece in left)
