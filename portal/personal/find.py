"""Everything that a text may give away, in its order."""

from collections.abc import Iterable

from portal.personal.hints import hints
from portal.personal.kinds import Found, Kind
from portal.personal.names import names
from portal.personal.numbers import numbers

_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def find(text: str) -> list[Found]:
    """Return what may say who somebody is; where pieces overlap the surer kind is told."""
    found = [*numbers(text), *names(text), *hints(text)]
    found.sort(key=lambda one: (_RANK[one.kind], one.start - one.end, one.start))
    # One bit a character: overlapping costs no comparison of each with each.
    taken = bytearray(len(text))
    kept = []
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def without(found: Iterable[Found], answered: Iterable[str]) -> list[Found]:
    """Leave out words about which somebody has said that they may stay."""
    known = set(answered)
    return [one for one in found if one.words not in known]
