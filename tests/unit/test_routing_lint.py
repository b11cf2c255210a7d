"""Lint names what was planted, and nothing else."""

import itertools
from dataclasses import replace
from datetime import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.presets.kinds import HAZARD_LEVELS, RoutingRuleSet
from portal.routing.boxes import covered, space_of, without
from portal.routing.commands import lint_report
from portal.routing.engine import covers, route
from portal.routing.lint import Severity, has_errors, lint
from portal.routing.matters import GroupFacts, Matter
from portal.routing.words import FINDINGS
from tests.support.presets import changzhou, hekou, staffed
from tests.unit.test_routing import NOON, rule, rule_set

LIVE = {name: GroupFacts(people_count=2) for name in ("one", "two", "three", "desk")}


def found(rules: RoutingRuleSet, groups=LIVE) -> list[tuple[str, str | None, str]]:
    """Code, rule and severity of each finding; the town's taxonomy, without its gaps."""
    return [
        (finding.code, finding.rule_id, finding.severity.value)
        for finding in lint(rules, hekou().taxonomy, groups)
        if finding.code != "category_without_rule"
    ]


def test_a_sound_set_has_no_finding():
    rules = rule_set(
        rule("a", "one", sectors=["docks"]), rule("b", "two", sectors=["works"]), rule("z", "desk")
    )
    groups = {code: LIVE[code] for code in ("one", "two", "desk")}
    assert lint(rules, hekou().taxonomy, groups) == []


@pytest.mark.trap(1)
def test_a_dead_target_is_an_error_and_the_command_says_so():
    preset = changzhou()
    groups = staffed(preset)
    del groups["insp-fire"]
    report = lint_report(preset, groups)
    assert not report.ok
    errors = [item for item in report.findings if item.severity is Severity.ERROR]
    assert [(item.code, item.rule_id) for item in errors] == [("dead_target", "fire")]
    assert report.as_json()["findings"][0]["message"] == (
        "Rule fire sends to insp-fire, and there is no such group."
    )


def test_a_target_without_people_is_an_error_one_where_all_are_away_a_warning():
    rules = rule_set(rule("a", "one", sectors=["docks"]), rule("z", "desk"))
    empty = {**LIVE, "one": GroupFacts(people_count=0)}
    away = {**LIVE, "one": GroupFacts(people_count=2, on_leave=2)}
    assert ("target_without_people", "a", "error") in found(rules, empty)
    assert found(rules, away) == [("target_away", "a", "warning")]


def test_an_empty_group_that_no_rule_names_is_a_warning():
    rules = rule_set(rule("z", "desk"))
    groups = {"desk": LIVE["desk"], "spare": GroupFacts()}
    assert found(rules, groups) == [("group_without_people", None, "warning")]


def test_a_rule_behind_a_wider_one_is_unreachable():
    rules = rule_set(
        rule("wide", "one", categories=["dock"]),
        rule("narrow", "two", categories=["dock.crane"], jurisdictions=["north"]),
        rule("z", "desk"),
    )
    assert found(rules) == [("unreachable", "narrow", "error")]


def test_a_rule_that_several_cover_only_together_is_unreachable_too():
    rules = rule_set(
        rule("n", "one", jurisdictions=["north"]),
        rule("s", "two", jurisdictions=["south"]),
        rule("both", "three", jurisdictions=["north", "south"], sectors=["docks"]),
        rule("z", "desk"),
    )
    assert found(rules) == [("unreachable", "both", "error")]
    finding = lint(rules, hekou().taxonomy, LIVE)[0]
    assert finding.values["by"] == "n, s"


def test_day_and_night_together_cover_the_whole_day():
    rules = rule_set(
        rule("day", "one", hours=(time(6), time(22)), sectors=["docks"]),
        rule("night", "two", hours=(time(22), time(6)), sectors=["docks"]),
        rule("late", "three", sectors=["docks"]),
        rule("z", "desk"),
    )
    assert found(rules) == [("unreachable", "late", "error")]
    gap = rule("night", "two", hours=(time(22), time(5, 59)), sectors=["docks"])
    assert found(replace(rules, rules=(rules.rules[0], gap, *rules.rules[2:]))) == []


def test_a_place_not_known_yet_is_not_covered_by_all_places():
    rules = rule_set(
        rule("n", "one", jurisdictions=["north"]),
        rule("s", "two", jurisdictions=["south"]),
        rule("docks", "three", sectors=["docks"]),
        rule("z", "desk"),
    )
    # Reachable: a report about the docks whose place nobody knows yet.
    assert ("unreachable", "docks", "error") not in found(rules)


def test_a_catch_all_in_the_middle_makes_the_rest_unreachable():
    rules = rule_set(rule("all", "one"), rule("a", "two", sectors=["docks"]), rule("z", "one"))
    assert found(rules) == [("unreachable", "a", "error"), ("unreachable", "z", "error")]


def test_two_rules_that_ask_alike_and_send_apart_contradict():
    rules = rule_set(
        rule("a", "one", sectors=["docks"]), rule("b", "two", sectors=["docks"]), rule("z", "desk")
    )
    assert found(rules) == [("contradiction", "b", "error")]


def test_two_ways_to_say_the_same_are_seen_as_the_same():
    rules = rule_set(
        rule("a", "one", sectors=["works"], categories=["works"]),
        rule("b", "two", categories=["works.saw"]),
        rule("z", "desk"),
    )
    assert found(rules) == [("contradiction", "b", "error")]


def test_an_overlap_is_a_warning_only_where_order_decides():
    crossing = rule_set(
        rule("a", "one", sectors=["docks"]),
        rule("b", "two", jurisdictions=["north"]),
        rule("z", "desk"),
    )
    assert found(crossing) == [("overlap", "a", "warning")]
    same_target = rule_set(
        rule("a", "one", sectors=["docks"]),
        rule("b", "one", jurisdictions=["north"]),
        rule("z", "desk"),
    )
    assert found(same_target) == []
    exception_first = rule_set(
        rule("a", "one", sectors=["docks"], jurisdictions=["north"]),
        rule("b", "two", sectors=["docks"]),
        rule("z", "desk"),
    )
    assert found(exception_first) == []


def test_a_last_rule_that_asks_and_a_set_without_rules_are_errors():
    assert ("last_rule_asks", "z", "error") in found(rule_set(rule("z", "desk", levels=["major"])))
    assert found(rule_set()) == [("no_rules", None, "error")]


def test_a_code_that_the_taxonomy_lost_is_an_error():
    rules = rule_set(
        rule("a", "one", categories=["mine"]), rule("b", "two", sectors=["moon"]), rule("z", "desk")
    )
    assert [item[:2] for item in found(rules)] == [("unknown_code", "a"), ("unknown_code", "b")]


@pytest.mark.trap(24)
def test_categories_left_to_the_desk_are_named_and_a_dead_desk_is_an_error():
    rules = rule_set(rule("a", "one", categories=["dock"]), rule("z", "desk"))
    findings = lint(rules, hekou().taxonomy, {"one": LIVE["one"], "desk": GroupFacts()})
    codes = {finding.code: finding for finding in findings}
    assert codes["category_without_rule"].values == {"category": "works.saw"}
    # One category in two places.
    assert codes["no_live_group"].values["count"] == "2"
    assert codes["no_live_group"].severity is Severity.ERROR
    assert has_errors(findings)


def test_every_finding_has_its_sentence():
    for finding in lint(
        rule_set(
            rule("a", "gone", sectors=["docks"]),
            rule("b", "two", sectors=["docks"]),
            rule("c", "two", sectors=["docks"], levels=["major"]),
            rule("d", "three", jurisdictions=["north"]),
            rule("e", "one", categories=["moon"]),
            rule("z", "desk", kinds=["danger"]),
        ),
        hekou().taxonomy,
        {"two": GroupFacts(), "three": GroupFacts(people_count=1, on_leave=1), "x": GroupFacts()},
    ):
        assert finding.message == FINDINGS[finding.code]
        assert "%" not in finding.as_json()["message"]


CATEGORIES, SECTORS = ("dock", "dock.rope", "works"), ("docks", "works")


def conditions() -> st.SearchStrategy[dict[str, object]]:
    some = st.frozensets
    return st.fixed_dictionaries(
        {},
        optional={
            "jurisdictions": some(st.sampled_from(["north", "south"]), min_size=1),
            "categories": some(st.sampled_from(CATEGORIES), min_size=1),
            "sectors": some(st.sampled_from(SECTORS), min_size=1),
            "levels": some(st.sampled_from(["general", "major"]), min_size=1),
            "hours": st.sampled_from([(time(6), time(22)), (time(22), time(6))]),
        },
    )


@cache
def all_matters() -> list[Matter]:
    """One of all matters of the town that those conditions can't tell apart."""
    taxonomy = hekou().taxonomy
    subjects = [(item.code, item.sector) for item in taxonomy.categories.values()]
    subjects += [(None, sector) for sector in (*taxonomy.sectors, None)]
    told_apart = {
        (
            sector if sector in SECTORS else None,
            *(bool(code) and covers(head, code) for head in CATEGORIES),
        ): (code, sector)
        for code, sector in subjects
    }
    return [
        Matter(
            at=NOON.replace(hour=hour),
            category=category,
            sector=sector,
            jurisdiction=place,
            level=level,
        )
        for (category, sector), place, level, hour in itertools.product(
            told_apart.values(), ("north", "south", None), ("general", "major", None), (5, 12)
        )
    ]


@settings(deadline=None, max_examples=60)
@given(whens=st.lists(conditions(), min_size=1, max_size=6))
def test_a_rule_is_called_unreachable_exactly_when_no_matter_reaches_it(whens):
    rules = rule_set(
        *(rule(f"r{number}", f"g{number}", **when) for number, when in enumerate(whens)),
        rule("z", "desk"),
    )
    groups = {item.to: GroupFacts(people_count=1) for item in rules.rules}
    reached = {route(rules, matter, live_groups=groups).rule_id for matter in all_matters()}
    asked = {
        item.id
        for item in rules.rules
        if all(space_of(rules, hekou().taxonomy, HAZARD_LEVELS).box(item.when))
    }
    named = {
        finding.rule_id
        for finding in lint(rules, hekou().taxonomy, groups)
        if finding.code in ("unreachable", "contradiction")
    }
    assert named == asked - reached


def test_what_is_cut_out_of_a_box_leaves_pieces_that_share_nothing():
    box = (frozenset("ab"), frozenset("xy"))
    pieces = without(box, (frozenset("a"), frozenset("x")))
    points = [set(itertools.product(*piece)) for piece in pieces]
    assert set.union(*points) == {("a", "y"), ("b", "x"), ("b", "y")}
    assert sum(map(len, points)) == 3
    assert covered(box, [(frozenset("a"), frozenset("xy")), (frozenset("b"), frozenset("xy"))])
    assert not covered(box, [(frozenset("a"), frozenset("xy"))])
