"""Routing: exactly one target for every matter, with every rule that was tried."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.presets.kinds import Conditions, Preset, RoutingRule, RoutingRuleSet, Words
from portal.routing.commands import UnknownCode, explain
from portal.routing.engine import route, within
from portal.routing.matters import GroupFacts, Matter, explanation_of, matter_of
from portal.routing.sentences import alarm_sentence, failed_sentence
from portal.routing.words import ALARMS, FAILED
from tests.support.presets import changzhou, hekou, staffed

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ANY = Words("一句话", "A sentence")


def rule(name: str, to: str, **when: object) -> RoutingRule:
    sets = {key: value if key == "hours" else frozenset(value) for key, value in when.items()}
    return RoutingRule(id=name, when=Conditions(**sets), to=to, why=ANY, why_public=ANY)


def rule_set(*rules: RoutingRule) -> RoutingRuleSet:
    return RoutingRuleSet(version=3, holds_from=NOON, rules=rules)


@pytest.mark.trap(52)
def test_every_kind_in_every_town_ends_at_a_group_or_in_a_hand_over_that_is_followed():
    """Never "ask elsewhere": a group that can act, or a desk with the office and the clock."""
    preset = changzhou()
    groups = staffed(preset)
    kinds = {group.code: group.kind for group in preset.city.groups}
    assert "office_reply" in preset.limits.limits
    for place in preset.taxonomy.jurisdictions.values():
        for town in place.townships:
            for category in preset.taxonomy.categories.values():
                about = {"category": category.code, "jurisdiction": place.code, "kind": "hazard"}
                matter = matter_of(preset.taxonomy, at=NOON, channel="web", **about)
                found = route(preset.routing, matter, live_groups=groups)
                is_ours = kinds[found.to] in ("inspection", "supervision")
                office = preset.taxonomy.offices.get(category.office)
                is_followed = kinds[found.to] == "desk" and office is not None
                assert is_ours != is_followed, (category.code, town.code)
                assert office is None or (office.phone and office.advice and office.moves)


@pytest.mark.trap(52)
@pytest.mark.trap(24)
def test_every_trade_in_every_place_ends_with_people_who_can_act():
    preset = changzhou()
    groups = staffed(preset)
    kinds = {group.code: group.kind for group in preset.city.groups}
    for category in preset.taxonomy.categories:
        for place in preset.taxonomy.jurisdictions:
            for channel in preset.taxonomy.channels:
                matter = matter_of(
                    preset.taxonomy,
                    at=NOON,
                    category=category,
                    jurisdiction=place,
                    kind="hazard",
                    channel=channel,
                )
                found = route(preset.routing, matter, live_groups=groups)
                # Every trade of ours has a group; what is another office's waits at the desk,
                # which hands it over to the office that the taxonomy names.
                office = preset.taxonomy.categories[category].office
                if office:
                    assert kinds[found.to] == "desk", (category, place)
                    assert "transfer_out" in preset.taxonomy.offices[office].moves
                else:
                    assert kinds[found.to] in ("inspection", "supervision"), (category, place)
                assert found.alarm is None


def matters(preset: Preset) -> st.SearchStrategy[Matter]:
    taxonomy = preset.taxonomy

    def maybe(codes):
        return st.none() | st.sampled_from([*codes, "unheard-of"])

    return st.builds(
        Matter,
        at=st.datetimes(timezones=st.just(preset.city.zone)),
        jurisdiction=maybe(taxonomy.jurisdictions),
        category=maybe(taxonomy.categories),
        sector=maybe(taxonomy.sectors),
        kind=maybe(taxonomy.report_kinds),
        level=maybe(["general", "major"]),
        unit=st.none() | st.text(),
        channel=maybe(taxonomy.channels),
    )


def facts() -> st.SearchStrategy[GroupFacts]:
    return st.builds(
        GroupFacts, exists=st.booleans(), people_count=st.integers(0, 3), on_leave=st.integers(0, 3)
    )


@pytest.mark.parametrize("preset", [changzhou(), hekou()], ids=["changzhou", "hekou"])
@settings(deadline=None)
@given(data=st.data())
def test_every_matter_lands_at_exactly_one_group_whoever_is_gone(preset, data):
    codes = [group.code for group in preset.city.groups]
    groups = data.draw(st.dictionaries(st.sampled_from(codes), facts()))
    conflicts = data.draw(st.frozensets(st.sampled_from(codes)))
    matter = data.draw(matters(preset))
    found = route(preset.routing, matter, live_groups=groups, conflicts=conflicts)
    desk = preset.routing.rules[-1].to
    live = groups.get(found.to, GroupFacts(exists=False)).trouble is None
    assert found.to == desk or (live and found.to not in conflicts)
    # Where nobody can act somebody is told so.
    assert live or found.alarm in ALARMS
    # The one that decided stands last, and every one before it says why it did not.
    assert found.tried[-1].rule_id == found.rule_id
    assert [item.failed is None for item in found.tried].count(True) == 1
    assert {item.failed for item in found.tried[:-1]} <= set(FAILED)
    ids = [item.id for item in preset.routing.rules]
    order = [ids.index(item.rule_id) for item in found.tried]
    assert order == sorted(order)
    assert order[0] == 0
    # It can be stored and read again.
    assert explanation_of(json.loads(json.dumps(found.as_json()))) == found
    # And every part of it has its words, in both languages.
    for language in ("zh_Hans_CN", "en"):
        for item in found.tried:
            sentence = failed_sentence(item, preset, language)
            assert sentence is None or sentence.message % dict(sentence.values)
        alarm = alarm_sentence(found, preset, language)
        assert alarm is None or alarm.message % dict(alarm.values)


def test_the_first_rule_that_matches_decides_and_those_before_say_why_not():
    preset = changzhou()
    matter = matter_of(
        preset.taxonomy, at=NOON, category="con.scaffold", jurisdiction="320412", kind="hazard"
    )
    found = route(preset.routing, matter, live_groups=staffed(preset))
    assert (found.to, found.rule_id) == ("insp-construction", "construction")
    # Retaliation has a rule for each district, and comes first.
    tried = [item for item in found.tried if not item.rule_id.startswith("retaliation-")]
    assert {item.failed for item in found.tried if item not in tried} == {
        "jurisdiction_differs",
        "kind_differs",
    }
    assert [(item.rule_id, item.matched, item.failed) for item in tried] == [
        ("restricted-kinds", False, "kind_differs"),
        ("chemicals", False, "sector_differs"),
        ("construction", True, None),
    ]
    assert tried[1].had == "construction"
    sentence = failed_sentence(tried[1], preset, "zh_Hans_CN")
    assert sentence.values == {
        "wanted": "化工和危险化学品、民爆物品、烟花爆竹、非煤矿山",
        "had": "建筑施工",
    }
    assert (
        found.why_public.en == "The group that inspects building sites and houses looks into this."
    )


@pytest.mark.trap(1)
@pytest.mark.parametrize(
    ("facts", "alarm"),
    [
        (None, "group_gone"),
        (GroupFacts(exists=False, people_count=9), "group_gone"),
        (GroupFacts(people_count=0), "group_empty"),
        (GroupFacts(people_count=2, on_leave=2), "group_away"),
    ],
)
def test_a_rule_whose_group_cannot_act_gives_to_the_duty_desk_with_an_alarm(facts, alarm):
    preset = changzhou()
    groups = staffed(preset)
    if facts is None:
        del groups["insp-construction"]
    else:
        groups["insp-construction"] = facts
    matter = matter_of(preset.taxonomy, at=NOON, category="con.scaffold", channel="hotline_12345")
    found = route(preset.routing, matter, live_groups=groups)
    # Not to the hotline desk, whose later rule was written for something else.
    assert found.to == "duty-desk"
    assert (found.fell_back, found.alarm, found.alarm_group) == (True, alarm, "insp-construction")
    assert [item.failed for item in found.tried if item.matched] == [alarm, None]


def test_a_group_in_conflict_is_left_out_and_named_without_an_alarm():
    preset = changzhou()
    matter = matter_of(preset.taxonomy, at=NOON, category="con.scaffold")
    found = route(
        preset.routing,
        matter,
        live_groups=staffed(preset),
        conflicts=frozenset({"insp-construction", "insp-fire"}),
    )
    assert (found.to, found.excluded, found.alarm) == ("duty-desk", ("insp-construction",), None)
    assert found.fell_back


def test_a_duty_desk_where_nobody_is_still_receives_and_alarms():
    preset = changzhou()
    found = route(preset.routing, Matter(at=NOON), live_groups={})
    assert (found.to, found.alarm, found.alarm_group) == ("duty-desk", "desk_gone", "duty-desk")


def test_a_last_rule_that_asks_for_something_catches_all_the_same():
    rules = rule_set(rule("a", "one", kinds=["x"]), rule("z", "desk", kinds=["y"]))
    found = route(rules, Matter(at=NOON), live_groups={"desk": GroupFacts(people_count=1)})
    assert (found.to, found.alarm) == ("desk", "last_rule_asks")


def test_a_set_without_rules_is_no_silent_nowhere():
    with pytest.raises(ValueError, match="without rules"):
        route(rule_set(), Matter(at=NOON), live_groups={})


def test_a_category_rule_takes_its_subtree_and_not_a_namesake():
    rules = rule_set(rule("a", "one", categories=["fire"]), rule("z", "desk"))
    live = {"one": GroupFacts(people_count=1), "desk": GroupFacts(people_count=1)}
    for code, to in (("fire", "one"), ("fire.exit", "one"), ("fireworks.shop", "desk")):
        assert route(rules, Matter(at=NOON, category=code), live_groups=live).to == to


@pytest.mark.parametrize(
    ("clock", "to"),
    [("21:59", "trades"), ("22:00", "front-desk"), ("00:00", "front-desk"),
     ("05:59", "front-desk"), ("06:00", "trades")],
)  # fmt: skip
def test_hours_cross_midnight_and_are_half_open(clock, to):
    preset = hekou()
    at = datetime.fromisoformat(f"2026-03-04T{clock}").replace(tzinfo=preset.city.zone)
    matter = Matter(at=at, category="dock.crane")
    assert route(preset.routing, matter, live_groups=staffed(preset)).to == to


@settings(deadline=None)
@given(start=st.times(), end=st.times(), moment=st.times())
def test_a_moment_is_in_a_span_or_in_the_rest_of_the_day_never_in_both(start, end, moment):
    if start != end:
        assert within((start, end), moment) != within((end, start), moment)


def test_a_made_up_matter_is_reckoned_in_the_citys_time_and_its_codes_are_checked():
    preset = hekou()
    trial = explain(
        preset,
        at=datetime(2026, 3, 4, 17, tzinfo=UTC),  # 23:00 in Urumqi
        live_groups=staffed(preset),
        category="dock.crane",
    )
    assert trial.explanation.rule_id == "night-cranes"
    assert trial.matter.sector == "docks"
    assert json.loads(json.dumps(trial.as_json()))["explanation"]["to"] == "front-desk"
    with pytest.raises(UnknownCode, match='The category "dock.kran" is not in the taxonomy'):
        explain(preset, at=NOON, live_groups={}, category="dock.kran")


@settings(deadline=None)
@given(data=st.data())
def test_a_rule_that_does_not_match_changes_nothing_wherever_it_stands(data):
    preset = changzhou()
    matter = data.draw(matters(preset))
    groups = staffed(preset)
    never = rule("never", "sup-wujin", units=["\x00no unit has this name"])
    place = data.draw(st.integers(0, len(preset.routing.rules) - 1))
    rules = list(preset.routing.rules)
    rules.insert(place, never)
    changed = replace(preset.routing, rules=tuple(rules))
    one = route(preset.routing, matter, live_groups=groups)
    other = route(changed, matter, live_groups=groups)
    assert (one.to, one.rule_id) == (other.to, other.rule_id)


def test_the_moment_does_not_matter_to_rules_without_hours():
    preset = changzhou()
    groups = staffed(preset)
    for hours in range(24):
        matter = matter_of(
            preset.taxonomy, at=NOON + timedelta(hours=hours), category="fire.exit_blocked"
        )
        assert route(preset.routing, matter, live_groups=groups).to == "insp-fire"


def test_every_sentence_asks_only_for_values_that_are_given():
    """A placeholder that no value fills would break the page that explains."""
    for code, message in FAILED.items():
        names = {"group"} if code.startswith("group_") else {"wanted", "had"}
        assert message % dict.fromkeys(names, "x")
    for message in ALARMS.values():
        assert message % {"group": "x"}
