"""The score of an inspection: the worked cases, and what must hold of every checklist."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.presets.checklist_kinds import points
from portal.presets.contents import checklist_of, copy_of
from portal.presets.loader import read
from portal.risk.score import score
from tests.support.presets import CHANGZHOU

CASES = Path(__file__).parents[1] / "support" / "domain" / "cases.yaml"
CHECKLISTS = {part.code: part.value for part in read(CHANGZHOU).checklists}
RESULTS = ["pass", "partial", "fail", "not_applicable", "not_checked"]


def worked():
    """Every inspection and example with a score in the worked cases."""
    data = yaml.safe_load(CASES.read_text())
    for case in data["cases"]:
        if "inspection" in case:
            yield pytest.param(case["inspection"], True, id=case["id"])
    for one in data["score_examples"]:
        yield pytest.param(one, one["id"] == "major_sets_D", id=one["id"])


@pytest.mark.parametrize(("given_", "has_major"), list(worked()))
def test_the_worked_cases_have_their_scores(given_, has_major):
    found = score(CHECKLISTS[given_["checklist"]], given_["results"], has_major=has_major)
    assert found.applicable == given_["applicable_weight"]
    assert found.earned == Fraction(str(given_["earned"]))
    assert (found.value, found.grade) == (given_["score"], given_["grade"])


@st.composite
def answered(draw):
    checklist = draw(st.sampled_from(sorted(CHECKLISTS)))
    items = list(CHECKLISTS[checklist].items)
    results = {item: draw(st.sampled_from(RESULTS)) for item in items}
    order = draw(st.permutations(items))
    return checklist, results, {item: results[item] for item in order}


@settings(max_examples=150, deadline=None)
@given(answered())
def test_order_never_matters_and_each_step_up_never_lowers(case):
    code, results, shuffled = case
    checklist, found = CHECKLISTS[code], score(CHECKLISTS[code], results)
    assert score(checklist, shuffled) == found
    assert sum(line.points for line in found.lines) == found.earned
    if found.value is None:
        assert found.applicable < 60
        return
    exact = 100 * found.earned / Fraction(found.applicable)
    assert abs(Fraction(str(found.value)) - exact) <= Fraction(1, 20)
    for item, result in results.items():
        if result in ("partial", "fail"):
            better = score(checklist, {**results, item: "pass"})
            assert better.value >= found.value
    worst = score(checklist, results, has_major=True)
    assert (worst.value, worst.grade) == (found.value, "D")


def test_a_copy_scores_as_before_whatever_becomes_of_the_checklist():
    old = CHECKLISTS["FIRE-DORM"]
    copy, results = copy_of(old), dict.fromkeys(old.items, "pass") | {"F01": "fail"}
    assert score(checklist_of(copy), results) == score(old, results)
    assert score(checklist_of(copy), results).value == 88.0


def weighted(weights):
    """A checklist of so many items with these weights."""
    fire = CHECKLISTS["FIRE-DORM"]
    first = next(iter(fire.items.values()))
    items = {
        f"N{at:03}": replace(first, id=f"N{at:03}", weight=points(one))
        for at, one in enumerate(weights)
    }
    return replace(fire, items=items)


def test_a_list_of_120_items_has_parts_of_a_point_and_scores_exactly():
    long = weighted(["1"] * 80 + ["0.5"] * 40)
    held = copy_of(long)["content"]["items"]
    assert {type(one["weight"]) for one in held} == {int, str}, "never a float"
    assert checklist_of(copy_of(long)).items == long.items
    best = dict.fromkeys(long.items, "pass")
    assert (score(long, best).value, str(score(long, best).applicable)) == (100.0, "100")
    found = score(long, best | {"N119": "fail", "N118": "partial"})
    assert (found.earned, found.value) == (Fraction(397, 4), 99.3)
    assert str(score(long, best | {"N119": "not_applicable"}).applicable) == "99.5"


@st.composite
def in_parts(draw):
    """A hundred points cut into hundredths anywhere, and an answer for each."""
    cuts = draw(st.lists(st.integers(1, 9999), max_size=40, unique=True))
    edges = [0, *sorted(cuts), 10_000]
    weights = [Decimal(b - a) / 100 for a, b in zip(edges, edges[1:], strict=False)]
    return weights, [draw(st.sampled_from(RESULTS)) for _one in weights]


@settings(max_examples=60, deadline=None)
@given(in_parts())
def test_parts_of_points_are_reckoned_exactly(case):
    weights, results = case
    long = weighted(weights)
    answers = dict(zip(long.items, results, strict=True))
    found = score(long, answers)
    factor = {"pass": Fraction(1), "partial": Fraction(1, 2), "fail": Fraction(0)}
    counted = [
        (Fraction(w), factor[r]) for w, r in zip(weights, results, strict=True) if r in factor
    ]
    assert found.earned == sum((w * f for w, f in counted), Fraction(0))
    assert Fraction(found.applicable) == sum((w for w, _f in counted), Fraction(0))
    again = checklist_of(copy_of(long))
    assert score(again, answers) == found
