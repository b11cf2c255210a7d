"""Small numbers in public tables, attacked by brute force."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.measures.small_numbers import Hidden, protected, shown

FEW = 4
#: No cell is larger than the total, and the tables below add up to less.
FAR = 30


def possible(cell):
    """What an outsider must think possible of one cell."""
    if cell is Hidden.FEW:
        return range(1, FEW + 1)
    if cell is Hidden.OTHER:
        return range(FEW + 1, FAR)
    if cell is Hidden.SOME:
        return range(1, FAR)
    return (cell,)


def solutions(column):
    """Every table that fits what is published, by subtraction and knowing the rules."""
    totals = set(possible(column.total))
    most = max(totals)
    for cells in itertools.product(*(possible(cell) for cell in column.cells[1:])):
        for total in totals:
            first = total - sum(cells)
            if 0 <= first <= most and first in possible(column.cells[0]):
                yield (first, *cells)


quick = settings(deadline=None, max_examples=150)
tables = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=4)


@pytest.mark.trap(50)
@given(tables)
@quick
def test_no_small_number_can_be_found_by_subtraction(numbers):
    column = protected(numbers, FEW)
    found = list(solutions(column))
    assert tuple(numbers) in found
    for place, number in enumerate(numbers):
        if 1 <= number <= FEW:
            assert len({cells[place] for cells in found}) > 1, (numbers, column)


@given(tables)
def test_what_is_not_hidden_is_true(numbers):
    column = protected(numbers, FEW)
    for number, cell in zip(numbers, column.cells, strict=True):
        assert isinstance(cell, Hidden) or cell == number
        assert cell is not Hidden.FEW or 1 <= number <= FEW
        assert cell is not Hidden.OTHER or number > FEW
        assert not isinstance(cell, Hidden) or number > 0


def test_without_small_numbers_nothing_is_hidden():
    assert protected([12, 0, 7], FEW).cells == (12, 0, 7)


def test_one_small_number_takes_the_smallest_other_along():
    assert protected([3, 40, 0, 12], FEW).cells == (Hidden.FEW, 40, 0, Hidden.OTHER)


def test_two_ones_would_tell_each_other():
    column = protected([1, 1, 30], FEW)
    assert column.cells == (Hidden.FEW, Hidden.FEW, Hidden.OTHER)


def test_a_small_total_is_hidden_itself():
    assert protected([3, 0], FEW).total is Hidden.FEW
    assert shown(4, FEW) is Hidden.FEW
    assert shown(5, FEW) == 5
    assert shown(0, FEW) == 0
