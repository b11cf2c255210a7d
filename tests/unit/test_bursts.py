"""When many reports at once are one mass event: pure."""

from uuid import UUID, uuid4

import pytest

from portal.cases.kinds import Scope
from portal.cases.lifecycle.bursts import Burst, Came, Numbers, distance, sorted_into

DESK, OTHER_DESK = uuid4(), uuid4()
NUMBERS = Numbers(near=5, district=10, metres=500)
#: Five hundred metres are 0.0045 degrees along and 0.0053 across, so far north.
HERE = (119.95, 31.78)


def came(count, **said):
    return [Came(case_id=uuid4(), **{"desk_id": DESK, **said}) for _ in range(count)]


def scattered(count, *, step):
    """Points on a line to the east, `step` degrees apart."""
    return [came(1, point=(HERE[0] + number * step, HERE[1]))[0] for number in range(count)]


@pytest.mark.parametrize(
    ("said", "scope", "least"),
    [
        ({"unit": "u", "township": "t", "district": "d"}, Scope.UNIT, 5),
        ({"township": "t", "district": "d"}, Scope.TOWNSHIP, 5),
        ({"point": HERE, "district": "d"}, Scope.POINT, 5),
        ({"district": "d"}, Scope.DISTRICT, 10),
        ({}, Scope.NOWHERE, 10),
    ],
)
def test_a_burst_is_named_by_what_lies_nearest_and_begins_with_its_number(said, scope, least):
    assert sorted_into(came(least - 1, **said), [], NUMBERS) == ([], [])
    many = came(least + 3, **said)
    _joined, (burst,) = sorted_into(many, [], NUMBERS)
    assert (burst.scope, burst.desk_id, burst.cases) == (scope, DESK, [one.case_id for one in many])


def test_what_comes_later_joins_and_raises_no_second_alarm():
    _joined, (burst,) = sorted_into(came(5, township="t", district="d"), [], NUMBERS)
    running = Burst(desk_id=burst.desk_id, scope=burst.scope, key=burst.key, township="t")
    later = came(50, township="t", district="d")
    joined, fresh = sorted_into(later, [running], NUMBERS)
    assert fresh == []
    assert joined[0].cases == [one.case_id for one in later]


def test_pins_and_words_of_one_town_are_one_event():
    """Half of a crowd sets a pin, half names the town only."""
    pinned = came(6, point=HERE, township="t", district="d")
    named = came(6, township="t", district="d")
    _joined, fresh = sorted_into([*pinned, *named], [], NUMBERS)
    assert [(one.scope, len(one.cases)) for one in fresh] == [(Scope.TOWNSHIP, 12)]
    around = Burst(desk_id=DESK, scope=Scope.POINT, key="p", township="t", point=HERE)
    joined, fresh = sorted_into(named, [around], NUMBERS)
    assert (len(joined[0].cases), fresh) == (6, [])


def test_reports_are_counted_by_desk_and_by_place():
    apart = [*came(4, township="t"), *came(4, township="t", desk_id=OTHER_DESK)]
    assert sorted_into([*apart, *came(4, township="v")], [], NUMBERS) == ([], [])


def test_only_what_lies_near_the_point_counts():
    far = scattered(6, step=0.0045)
    assert sorted_into(far, [], Numbers(near=6, district=99, metres=500)) == ([], [])
    _joined, (burst,) = sorted_into(scattered(6, step=0.0001), [], NUMBERS)
    assert len(burst.cases) == 6
    # Across the edge of a cell, in every direction.
    for east, north in ((0.004, 0), (-0.004, 0), (0, 0.004), (0, -0.004), (0.003, -0.003)):
        other = (HERE[0] + east, HERE[1] + north)
        assert distance(HERE, other) < 500
        around = [*came(1, point=HERE), *came(4, point=other)]
        assert len(sorted_into(around, [], NUMBERS)[1]) == 1, (east, north)


def test_ten_thousand_reports_are_sorted_by_looking_at_neighbours_alone(monkeypatch):
    looked = []
    real = distance
    monkeypatch.setattr(
        "portal.cases.lifecycle.bursts.distance", lambda *pair: looked.append(1) or real(*pair)
    )
    spread = scattered(10_000, step=0.002)
    sorted_into(spread, [], Numbers(near=50, district=10**6, metres=500))
    assert len(looked) < 200_000
    assert isinstance(spread[0].case_id, UUID)
