"""Drawing by lot: the same for everybody, fair, and never somebody who is tied."""

from hashlib import sha256
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.risk.draw import RULE, Lot, draw, draw_units, seed_of

NUMBER = "05 12 18 22 27 31 09"
UNITS = [str(UUID(int=n)) for n in range(40)]
PEOPLE = {"a": ["p1", "p2", "p3", "p4"], "b": ["q1", "q2", "q3"]}


def lot(units=UNITS, people=PEOPLE, count=8, each=2):
    return Lot(plan="plan", population=units, people=people, count=count, each=each)


@given(st.permutations(UNITS), st.data())
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_things_are_given_changes_nothing(units, data):
    """Nor how the number is typed; another number, plan or unit more does."""
    people = {group: data.draw(st.permutations(those)) for group, those in PEOPLE.items()}
    people = dict(data.draw(st.permutations(list(people.items()))))
    ties = data.draw(st.permutations([(UNITS[n], "p1") for n in range(0, 40, 3)]))
    first = draw(lot(), NUMBER, [(UNITS[n], "p1") for n in range(0, 40, 3)])
    assert draw(lot(units, people), f"  {NUMBER.replace(' ', '  ')}", ties) == first
    assert [one.unit for one in draw(lot(), "05 12 18 22 27 31 10", ())] != [o.unit for o in first]


@given(
    st.sets(st.tuples(st.sampled_from(UNITS), st.sampled_from([*PEOPLE["a"], *PEOPLE["b"]]))),
    st.text("0123456789", min_size=6, max_size=14),
)
@settings(max_examples=60, deadline=None)
def test_nobody_tied_is_drawn_and_whoever_is_passed_over_is_told(ties, number):
    for one in draw(lot(count=12), number, ties):
        tied = {person for unit, person in ties if unit == one.unit}
        assert not tied & set(one.people)
        assert set(one.left_out) <= tied
        able = [group for group, those in PEOPLE.items() if len(set(those) - tied) >= 2]
        assert (one.group in able) if able else (one.group is None and one.people == ())
        if one.group:
            assert len(set(one.people)) == 2
            assert set(one.people) <= set(PEOPLE[one.group])


def test_every_unit_is_equally_likely_and_so_is_every_person():
    """Over 2,000 numbers each of 40 units comes 400 times by 8 of 40; five deviations are 90."""
    times, inspects = dict.fromkeys(UNITS, 0), dict.fromkeys(PEOPLE["a"], 0)
    only = lot(people={"a": PEOPLE["a"]})
    for number in range(2000):
        seed = seed_of(only, f"{number:06d}")
        for unit in draw_units(only, seed):
            times[unit] += 1
        for one in draw(lot(UNITS[:1], {"a": PEOPLE["a"]}, count=1), f"{number:06d}", ()):
            for person in one.people:
                inspects[person] += 1
    assert all(310 < count < 490 for count in times.values()), times
    assert all(888 < count < 1112 for count in inspects.values()), inspects


def test_the_steps_on_the_page_lead_to_the_same():
    """Written out once more from the words of the plan's page, with nothing of the portal."""

    def hashed(*lines):
        return sha256("\n".join(lines).encode()).hexdigest()

    units, people = sorted(UNITS), sorted(f"{g} {p}" for g, those in PEOPLE.items() for p in those)
    seed = hashed(RULE, "plan", hashed(*units), hashed(*people), "8", "2", NUMBER)
    drawn = sorted(units, key=lambda unit: hashed(f"{seed} {unit}"))[:8]
    found = draw(lot(), NUMBER, [(drawn[0], "p1"), (drawn[0], "q2")])
    assert [one.unit for one in found] == drawn
    for one in found:
        tied = {"p1", "q2"} if one.unit == drawn[0] else set()
        for group in sorted(PEOPLE, key=lambda group: hashed(f"{seed} {one.unit} {group}")):
            free = sorted(PEOPLE[group], key=lambda person: hashed(f"{seed} {one.unit} {person}"))
            free = [person for person in free if person not in tied]
            if len(free) >= 2:
                assert (one.group, list(one.people)) == (group, free[:2])
                break
