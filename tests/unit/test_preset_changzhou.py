"""The preset changzhou: complete in both languages, and right against independent sources."""

import re
from collections import Counter
from datetime import date, timedelta

import chinese_calendar
import pytest

from portal.presets.kinds import Receiver, Words
from portal.routing.lint import has_errors, lint
from portal.routing.places import locate
from portal.routing.suggest import suggest_categories
from tests.support.presets import CHANGZHOU, changzhou, staffed

JURISDICTIONS = {"320481", "320413", "320412", "320411", "320402", "320404", "3204JK"}


def test_seven_supervision_groups_six_inspection_groups_and_two_desks():
    groups = changzhou().city.groups
    assert Counter(group.kind for group in groups) == {
        "supervision": 7,
        "inspection": 6,
        "desk": 2,
    }
    assert {g.jurisdiction for g in groups if g.kind == "supervision"} == JURISDICTIONS


def test_every_sector_has_exactly_one_inspection_group_and_a_category():
    preset = changzhou()
    owned = Counter(sector for group in preset.city.groups for sector in group.sectors)
    assert set(owned) == set(preset.taxonomy.sectors)
    assert set(owned.values()) == {1}
    used = {category.sector for category in preset.taxonomy.categories.values()}
    assert used == set(preset.taxonomy.sectors)


def test_a_rule_sends_a_sector_to_the_group_that_owns_it():
    preset = changzhou()
    for group in preset.city.groups:
        for rule in preset.routing.rules:
            if rule.to == group.code and group.kind == "inspection":
                assert rule.when.sectors <= set(group.sectors)


def test_every_category_has_four_everyday_words_in_each_language():
    for category in changzhou().taxonomy.categories.values():
        chinese = [word for word in category.synonyms if re.search(r"[\u4e00-\u9fff]", word)]
        assert len(chinese) >= 4, category.code
        assert len(category.synonyms) - len(chinese) >= 4, category.code


def test_every_jurisdiction_has_townships_and_an_area():
    preset = changzhou()
    assert set(preset.taxonomy.jurisdictions) == JURISDICTIONS
    assert all(len(place.townships) >= 6 for place in preset.taxonomy.jurisdictions.values())
    assert {area.code for area in preset.boundaries.areas} == JURISDICTIONS


def test_the_drawn_boundaries_say_that_they_are_drawn():
    boundaries = changzhou().boundaries
    assert boundaries.schematic
    assert "示意" in boundaries.label.zh


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [  # seats of the jurisdictions, from general knowledge
        (119.484, 31.417, "320481"),
        (119.575, 31.745, "320413"),
        (119.945, 31.705, "320412"),
        (119.972, 31.832, "320411"),
        (119.975, 31.780, "320402"),
        (119.900, 31.790, "320404"),
        (120.060, 31.730, "3204JK"),
    ],
)
def test_the_drawn_areas_lie_roughly_where_they_should(longitude, latitude, code):
    assert locate(changzhou().boundaries, longitude, latitude) == (code,)


def test_the_calendar_agrees_with_an_independent_one_on_every_day_of_its_notices():
    calendar = changzhou().calendar
    day = date(2024, 1, 1)
    while day <= date(2026, 12, 31):
        working = day in calendar.working or (day.weekday() < 5 and day not in calendar.rest)
        assert working == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert calendar.noticed == {2024, 2025, 2026}


def test_years_without_a_notice_have_the_thirteen_days_of_the_regulation():
    calendar = changzhou().calendar
    counts = Counter(day.year for day in calendar.standing)
    # In 2028 and 2031 Mid-Autumn falls into National Day.
    assert counts == {2027: 13, 2028: 12, 2029: 13, 2030: 13, 2031: 12, 2032: 13}
    assert not counts.keys() & calendar.noticed
    for year in counts:
        terms = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 8))
        assert [day for day, name in terms if name == "清明"] == [
            day for day, words in calendar.standing.items()
            if words.en == "Tomb-Sweeping Day" and day.year == year
        ]  # fmt: skip


def test_the_numbers_are_those_of_the_issue():
    preset = changzhou()
    settings, limits = preset.city.settings, preset.limits.limits
    assert (settings.percent_from, settings.hide_cells_up_to) == (10, 4)
    assert (settings.upload_files, settings.upload_file_mb, settings.upload_total_mb) == (
        10,
        20,
        100,
    )
    assert (settings.take_back_minutes, settings.notice_delay_seconds) == (10, 60)
    assert (limits["acceptance"].value, limits["acceptance"].unit) == (5, "working_day")
    assert (limits["sign_for_urgent"].value, limits["sign_for_urgent"].unit) == (2, "clock_hour")
    assert (limits["handling_total"].value, limits["handling_total"].unit) == (60, "calendar_day")
    assert limits["handling_total"].extension.value == 30
    assert preset.ladder.rung("remind").may_order == {"lead", "director"}
    assert preset.ladder.rung("interview").may_order == {"director"}


def test_who_is_told_is_the_table_of_the_issue():
    rules = {(rule.event, rule.by): rule for rule in changzhou().notices.rules}
    assert rules["dispatched", ""].tell == (Receiver.MEMBERS,)
    assert rules["dispatched", ""].delay_seconds == 60
    assert rules["taken_back", ""].tell == rules["dispatched", ""].tell
    assert rules["returned", ""].tell == (Receiver.DISPATCHER,)
    assert set(rules["asked", "reporter"].tell) == {Receiver.HANDLER, Receiver.LEAD}
    assert set(rules["objected", ""].tell) == {Receiver.HANDLER, Receiver.LEAD}
    assert rules["task_book_issued", ""].tell == (Receiver.UNIT,)
    assert rules["item_reported", ""].tell == (Receiver.REVIEWERS,)
    quiet, digest = changzhou().notices.quiet, changzhou().notices.digest_at
    assert [moment.isoformat("minutes") for moment in (*quiet, digest)] == [
        "21:00",
        "07:30",
        "08:30",
    ]


@pytest.mark.trap(13)
def test_every_refusal_and_every_office_says_what_to_do_next():
    taxonomy = changzhou().taxonomy
    for reason in (*taxonomy.refusal_reasons.values(), *taxonomy.offices.values()):
        assert isinstance(reason.advice, Words), reason.code
    assert any("refer_accident" in office.moves for office in taxonomy.offices.values())
    assert {"hotline_12345", "city_management", "ecology", "human_resources"} <= {
        office.code for office in taxonomy.offices.values() if "transfer_out" in office.moves
    }


def test_every_sector_has_an_authority_to_hand_over_to():
    taxonomy = changzhou().taxonomy
    for sector in taxonomy.sectors:
        office = taxonomy.offices[taxonomy.sector_authorities[sector]]
        assert "transfer_out" in office.moves


def test_the_shipped_rules_have_no_error_once_people_are_there():
    preset = changzhou()
    findings = lint(preset.routing, preset.taxonomy, staffed(preset))
    assert not has_errors(findings)
    assert {finding.code for finding in findings} == {"overlap"}


def test_no_file_of_the_preset_is_longer_than_a_person_reads():
    for path in CHANGZHOU.rglob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path.name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("二楼车间到三楼宿舍的东侧楼梯门被铁链锁住，楼上住了二十多人", "fire.exit_blocked"),
        ("公司稀释剂仓库没有排风，味道很重", "chem.no_ventilation"),
        ("工地外架有一层没有连墙件，架子晃", "con.scaffold"),
        ("小区里好多电瓶车飞线充电", "ebike.indoor_charging"),
        ("The FIRE EXITS are chained up", "fire.exit_blocked"),
        ("somebody drives a forklift without a licence", "special.forklift"),
        ("ｆｏｒｋｌｉｆｔ", "special.forklift"),
    ],
)
def test_everyday_words_lead_to_the_likely_category(text, code):
    assert suggest_categories(text, changzhou().taxonomy)[0][0] == code


def test_words_inside_other_words_and_empty_texts_suggest_nothing():
    taxonomy = changzhou().taxonomy
    for text in ("", "   ", "The airlift was liftless; the publisher examined it", "\x00\uffff"):
        assert suggest_categories(text, taxonomy) == []


def test_a_suggestion_names_the_words_that_speak_for_it_and_keeps_the_limit():
    found = suggest_categories("锅炉房旁边的电梯和叉车，还有灭火器", changzhou().taxonomy, limit=2)
    assert len(found) == 2
    assert all(word in "锅炉房旁边的电梯和叉车，还有灭火器" for _, words in found for word in words)
