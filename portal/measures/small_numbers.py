"""Small counts in public tables: hidden, and so that nothing published gives them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Hidden(StrEnum):
    """What stands in the place of a count."""

    #: From one to the most that is hidden.
    FEW = "few"
    #: Larger than few, not shown because it would give a small one away.
    OTHER = "other"
    #: Not nought, nothing else is said.
    SOME = "some"


Shown = int | Hidden


@dataclass(frozen=True, slots=True)
class Column:
    """Cells that add up to the total, as they may be shown."""

    cells: tuple[Shown, ...]
    total: Shown


def shown(number: int, few: int) -> Shown:
    """Return a count that nothing else adds up with."""
    return Hidden.FEW if 1 <= number <= few else number


def protected(numbers: Sequence[int], few: int) -> Column:
    """Return the counts of a column whose total is published beside them.

    Counts from 1 to `few` are hidden. Where the total would give one back, further cells are
    hidden, the smallest that do, so that at least two values stay possible for every small one.
    """
    total = sum(numbers)
    small = [place for place, number in enumerate(numbers) if 1 <= number <= few]
    if not small or total <= few:
        # As many lines as the total can have at most: it would say that each of them is one.
        every_one = total == len(small) == few
        told = Hidden.SOME if every_one else shown(total, few)
        return Column(tuple(shown(number, few) for number in numbers), told)
    larger = sorted((n, place) for place, n in enumerate(numbers) if n > few)
    for count in range(len(larger) + 1):
        # The smallest alone often tells too much: any so many may do, the smallest sum first.
        for start in range(len(larger) - count + 1):
            others = [place for _number, place in larger[start : start + count]]
            if _is_open(numbers, small, others, few):
                return _column(numbers, small, others, total)
    cells: tuple[Shown, ...] = tuple(Hidden.SOME if number else 0 for number in numbers)
    return Column(cells, total)


def _is_open(numbers: Sequence[int], small: list[int], others: list[int], few: int) -> bool:
    """Tell whether every small count keeps two possible values, the rest being known."""
    rest = sum(numbers[place] for place in (*small, *others))
    lowest_others = (few + 1) * len(others)
    highest = min(few, rest - (len(small) - 1) - lowest_others)
    # A hidden larger count has no upper end, so that a small one may be 1.
    lowest = 1 if others else max(1, rest - few * (len(small) - 1))
    return highest - lowest >= 1


def _column(numbers: Sequence[int], small: list[int], others: list[int], total: int) -> Column:
    cells: list[Shown] = list(numbers)
    for place in small:
        cells[place] = Hidden.FEW
    for place in others:
        cells[place] = Hidden.OTHER
    return Column(tuple(cells), total)
