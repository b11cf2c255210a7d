"""A preset's folder is read strictly: a mistake is named by file, line and field."""

import json
import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from portal.foundation.errors import SettingError
from portal.presets.commands import check
from portal.presets.contents import digest, from_content, to_content
from portal.presets.entries import PresetError, entry_of_data
from portal.presets.kinds import Basis, PresetKind, TimeUnit, Words
from portal.presets.loader import folder_of, read, read_all
from tests.support.presets import CHANGZHOU, HEKOU, copy_of, hekou, replace_in

# file, text that stands once, what takes its place, field, words of the message
MISTAKES = {
    "a rule names a group that is not there": (
        "routing.yaml", "to: trades", "to: fire-9", "to", 'no group has the code "fire-9"'),
    "an unknown field": (
        "routing.yaml", "to: trades", "to: trades\n    too: trades", "too", "unknown field"),
    "a missing field": (
        "routing.yaml", "  - id: docks\n", "  - \n", "id", "is missing"),
    "a rule id that stands twice": (
        "routing.yaml", "- id: north\n", "- id: docks\n", "id", "stands here twice"),
    "a last rule that asks for something": (
        "routing.yaml", "- id: rest\n", "- id: rest\n    when: {levels: [major]}\n", "when",
        "must ask nothing"),
    "a last rule that goes to no desk": (
        "routing.yaml", "- id: rest\n    to: front-desk", "- id: rest\n    to: trades", "to",
        "must name a desk"),
    "a condition on an unknown category": (
        "routing.yaml", "categories: [dock]", "categories: [doc]", "categories",
        'there is no category "doc"'),
    "hours that are none": (
        "routing.yaml", '"22:00", "06:00"', '"22:00", "26:00"', "hours", "not a time of day"),
    "hours that begin and end alike": (
        "routing.yaml", '"22:00", "06:00"', '"06:00", "06:00"', "hours", "same time"),
    "an empty condition": (
        "routing.yaml", "{categories: [dock]}", "{categories: []}", "categories", "at least 1"),
    "an English text that is missing": (
        "routing.yaml", ", en: The rest is for the front desk.}", "}", "en", "is missing"),
    "Chinese in the English field": (
        "city.yaml", "en: Hekou Safety Office", "en: 河口镇安全办", "en", "holds Chinese"),
    "an inspection group without sectors": (
        "city.yaml", "sectors: [works, docks], ", "", "sectors", "needs it"),
    "a sector that no group has": (
        "city.yaml", "[works, docks]", "[works]", "groups", 'no group has the sector "docks"'),
    "a sector that does not exist": (
        "city.yaml", "[works, docks]", "[works, docks, moon]", "sectors", "there is no sector"),
    "a jurisdiction with two groups": (
        "city.yaml", "jurisdiction: south", "jurisdiction: north", "jurisdiction",
        'has "watch-north" already'),
    "a desk with a jurisdiction": (
        "city.yaml", "kind: desk", "kind: desk, jurisdiction: north", "jurisdiction", "has none"),
    "a city without a desk": (
        "city.yaml", "kind: desk", "kind: inspection, sectors: [docks2]", "sectors",
        "there is no sector"),
    "an unknown kind of group": (
        "city.yaml", "kind: desk", "kind: table", "kind", "there is no kind of group"),
    "a text where a number belongs": (
        "city.yaml", "percent_from: 20", "percent_from: many", "percent_from", "whole number"),
    "a number in quotes": (
        "city.yaml", "percent_from: 20", 'percent_from: "20"', "percent_from", "whole number"),
    "a number out of bounds": (
        "city.yaml", "percent_from: 20", "percent_from: 0", "percent_from", "from 1 to 1000"),
    "a notice that waits longer than the dispatch can be taken back": (
        "city.yaml", "notice_delay_seconds: 30", "notice_delay_seconds: 301",
        "notice_delay_seconds", "longer"),
    "a role that may not order": (
        "ladder.yaml", "may_order: [director]", "may_order: [auditor]", "may_order", "auditor"),
    "a rung that leads down the ladder": (
        "ladder.yaml", "answer_days: 2", "answer_days: 2, next: [remind]", "next", "no later"),
    "a bare no, which YAML reads as false": (
        "city.yaml", "en: Fire}", "en: no}", "en", "put \"no\" in quotes"),
    "an unknown language": (
        "city.yaml", "default_language: en", "default_language: fr", "default_language", "fr"),
    "an unknown time zone": (
        "city.yaml", "time_zone: Asia/Urumqi", "time_zone: Asia/Nowhere", "time_zone", "Nowhere"),
    "two time zones": (
        "limits.yaml", "time_zone: Asia/Urumqi", "time_zone: Asia/Shanghai", "time_zone",
        "city.yaml says Asia/Urumqi"),
    "an unknown unit of time": (
        "limits.yaml", "value: 3, unit: working_day", "value: 3, unit: fortnight", "unit",
        "there is no unit"),
    "an unknown basis": (
        "limits.yaml", "value: 3, unit: working_day, basis: product",
        "value: 3, unit: working_day, basis: hearsay", "basis", "there is no basis"),
    "a limit without a beginning": (
        "limits.yaml", "starts: registered_at, ", "", "starts", "is missing"),
    "working hours out of order": (
        "limits.yaml", '["15:30", "19:30"]', '["13:30", "19:30"]', "working_hours",
        "before the span above it ends"),
    "a negative value": (
        "limits.yaml", "value: 3,", "value: -3,", "value", "from 0"),
    "a day that is none": (
        "calendar.yaml", "2026-01-02", "2026-02-30", "new_year", "is not a day"),
    "a make-up day in the week": (
        "calendar.yaml", "[2026-01-04]", "[2026-01-05]", "working", "no weekend day"),
    "a rest day of another year": (
        "calendar.yaml", "2026-01-02", "2025-01-02", "new_year", "does not belong to 2026"),
    "an unknown holiday": (
        "calendar.yaml", "rest: {new_year", "rest: {old_year", "old_year", "there is no holiday"),
    "a category of an unknown sector": (
        "taxonomy.yaml", "code: works.saw, sector: works", "code: works.saw, sector: wood",
        "sector", 'there is no sector "wood"'),
    "a category code that stands twice": (
        "taxonomy.yaml", "code: dock.crane", "code: dock.rope", "code", "stands here twice"),
    "a question that nobody wrote": (
        "taxonomy.yaml", "ask: [loud, teeth]", "ask: [loud, tooth]", "ask",
        'there is no question "tooth"'),
    "a question that is asked twice": (
        "taxonomy.yaml", "ask: [loud, teeth]", "ask: [loud, loud]", "ask", "stands here twice"),
    "more questions than anybody answers": (
        "taxonomy.yaml", "ask: [loud, teeth]", "ask: [loud, teeth, loud, teeth]", "ask",
        "more than 3"),
    "a kind of question that is none": (
        "taxonomy.yaml", "code: loud, kind: yes_no", "code: loud, kind: maybe", "kind",
        "there is no kind of question"),
    "a choice without options": (
        "taxonomy.yaml", "code: loud, kind: yes_no", "code: loud, kind: choice", "options",
        "a choice needs options"),
    "an option that says not sure": (
        "taxonomy.yaml", "{code: worn,", "{code: unsure,", "options", "stands beside all"),
    "a matter of an office that is not there": (
        "taxonomy.yaml", "code: works.saw, sector: works",
        "code: works.saw, sector: works, office: moon", "office", "no office has the code"),
    "an unknown risk colour": (
        "taxonomy.yaml", "default_risk: orange", "default_risk: pink", "default_risk", "pink"),
    "a flag that is none": (
        "taxonomy.yaml", "urgent: true", "urgent: yes", "urgent", "true or false"),
    "an English word among the Chinese": (
        "taxonomy.yaml", "zh: [锯子]", "zh: [saws]", "zh", "holds no Chinese"),
    "a sector of an unknown office": (
        "taxonomy.yaml", "code: docks, authority: town-hall", "code: docks, authority: hall",
        "authority", "no office has the code"),
    "a refusal that says no next step": (
        "taxonomy.yaml", ", advice: {zh: 请写明地点。, en: Say where it is.}", "", "advice",
        "is missing"),
    "bands that leave values without a colour": (
        "taxonomy.yaml", "{from: 0, colour: blue}", "{from: 1, colour: blue}", "bands",
        "must begin at 0"),
    "an unknown event": (
        "notices.yaml", "event: dispatched", "event: despatched", "event", "there is no event"),
    "an unknown receiver": (
        "notices.yaml", "tell: [members]", "tell: [everybody]", "tell", "there is no receiver"),
    "a wrong schema": (
        "notices.yaml", "hazard-portal/notices@1", "hazard-portal/notices@2", "schema",
        "must be"),
    "a date that is none": (
        "notices.yaml", "basis: product", "basis: product\nfrom: soon", "from", "neither a day"),
    "a name that stands twice": (
        "notices.yaml", "basis: product", "basis: product\nbasis: memory", "basis", "twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_by_file_line_and_field(name, tmp_path):
    file, old, new, field, words = MISTAKES[name]
    folder = copy_of(HEKOU, tmp_path)
    line = replace_in(folder, file, old, new)
    with pytest.raises(PresetError) as caught:
        read(folder)
    fault = caught.value
    assert isinstance(fault, SettingError)
    assert fault.file == f"hekou/{file}"
    assert fault.field == field
    assert words in str(fault)
    assert f"hekou/{file}, line {fault.line}, " in str(fault)
    # A list or a new line may put the fault some lines below the change, never above it.
    assert line - 1 <= fault.line <= line + 1 or field == "groups"


def test_the_message_reads_as_the_design_promises(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    line = replace_in(folder, "routing.yaml", "to: trades", "to: fire-9")
    with pytest.raises(PresetError) as caught:
        read(folder)
    assert str(caught.value) == (
        f'hekou/routing.yaml, line {line}, field "to": no group has the code "fire-9"'
    )


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("rules: [\n", 2, "expected"),
        ("a: 1\n\tb: 2\n", 2, "a tab character"),
        ("", None, "empty"),
        ("just words", 1, "named values"),
        ("- 1\n- 2\n", 1, "named values"),
        ("a: &x [1]\nb: *x\n", 2, "references"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "not allowed"),
        ("a: !secret 1\n", 1, "not allowed"),
        ("---\na: 1\n---\nb: 2\n", 3, "expected a single document"),
        ("? [a, b]\n: 1\n", 1, "plain text"),
        ("[" * 5000, 1, "nesting"),
        ("".join(" " * n + "- a:\n" for n in range(0, 300, 2)), 51, "nested"),
    ],
)
def test_broken_yaml_is_named_and_never_run(content, line, words, tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    (folder / "routing.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        read(folder)
    assert caught.value.file == "hekou/routing.yaml"
    assert words in caught.value.reason
    assert caught.value.line == line


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    text = (folder / "city.yaml").read_text(encoding="utf-8")
    (folder / "city.yaml").write_bytes(text.encode("gb18030"))
    with pytest.raises(PresetError, match=r"hekou/city.yaml, line 4: is not written in UTF-8"):
        read(folder)


def test_a_missing_file_and_a_misspelt_one_are_both_named(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    (folder / "routing.yaml").rename(folder / "rooting.yaml")
    preset, faults = read_all(folder)
    assert preset is None
    assert [str(fault).split(": ")[0] for fault in faults] == [
        "hekou/rooting.yaml",
        "hekou/routing.yaml",
    ]


def test_places_may_stand_in_a_file_of_their_own_and_are_the_same(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    whole = folder / "taxonomy.yaml"
    before, places = whole.read_text("utf-8"), folder / "places.yaml"
    start = before.index("jurisdictions:")
    end = start + re.search(r"\n(?=\w)", before[start:]).end()
    moved = before[start:end]
    places.write_text(f"schema: hazard-portal/places@1\n{moved}", encoding="utf-8")
    with pytest.raises(PresetError, match=r"places.yaml, line 2, .*stands in hekou/taxonomy.yaml"):
        read(folder)
    whole.write_text(before[:start] + before[end:], encoding="utf-8")
    kind = PresetKind.TAXONOMY
    assert read(folder).parts[kind].digest == read(HEKOU).parts[kind].digest
    line = replace_in(folder, "places.yaml", "code: north", "kode: north")
    with pytest.raises(PresetError, match=f"hekou/places.yaml, line {line}, field"):
        read(folder)
    places.write_text("schema: hazard-portal/places@1\nsectors: []\n", encoding="utf-8")
    with pytest.raises(PresetError, match=r'places.yaml, line 2, field "sectors": unknown'):
        read(folder)


def test_check_names_the_first_mistake_of_every_file(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    replace_in(folder, "notices.yaml", "tell: [members]", "tell: [everybody]")
    replace_in(folder, "calendar.yaml", "2026-01-02", "2026-02-30")
    report = check(str(folder))
    assert not report.ok
    assert [(fault["file"], fault["field"]) for fault in report.as_json()["faults"]] == [
        ("hekou/calendar.yaml", "new_year"),
        ("hekou/notices.yaml", "tell"),
    ]


def test_a_name_that_is_no_preset_is_refused_with_the_way_out():
    with pytest.raises(PresetError, match="PORTAL_PRESET"):
        folder_of("atlantis")
    with pytest.raises(PresetError, match="PORTAL_PRESET"):
        folder_of("parts")


def test_another_city_is_another_folder():
    preset = hekou()
    assert preset.city.zone == ZoneInfo("Asia/Urumqi")
    assert preset.city.settings.take_back_minutes == 5
    assert [rung.may_order for rung in preset.ladder.rungs] == [frozenset({"director"})]
    assert preset.limits.limits["acceptance"].unit is TimeUnit.WORKING_DAY
    assert preset.limits.working_hours == (
        (time(10), time(14)),
        (time(15, 30), time(19, 30)),
    )
    assert preset.calendar.working == {date(2026, 1, 4)}
    assert preset.calendar.noticed == {2026}
    assert preset.calendar.standing == {date(2027, 1, 1): Words("元旦", "New Year")}
    assert preset.taxonomy.risk_methods["simple"].factors == {"size": (1.0, 2.5)}
    assert preset.routing.rules[0].when.hours == (time(22), time(6))
    assert preset.boundaries is None


@pytest.mark.parametrize("folder", [CHANGZHOU, HEKOU], ids=["changzhou", "hekou"])
def test_what_is_stored_as_json_is_read_again_as_it_was(folder):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    raw = read(folder)
    for kind, part in raw.parts.items():
        # Stored JSON keeps no order of names.
        stored = json.loads(json.dumps(part.content, sort_keys=True))
        again = from_content(kind, stored, version=7, holds_from=at)
        assert (again.version, again.holds_from) == (7, at)
        assert digest(to_content(kind, again)) == part.digest
        if kind is PresetKind.BOUNDARIES:
            assert again.areas == part.value.areas
        else:
            changed = from_content(
                kind, stored, version=part.value.version, holds_from=part.value.holds_from
            )
            assert changed == part.value
            assert list(to_content(kind, changed)) == list(to_content(kind, part.value))


def test_order_survives_storage():
    taxonomy = read(CHANGZHOU).preset.taxonomy
    stored = json.loads(json.dumps(to_content(PresetKind.TAXONOMY, taxonomy), sort_keys=True))
    again = from_content(PresetKind.TAXONOMY, stored, version=1, holds_from=taxonomy.holds_from)
    for name in ("categories", "jurisdictions", "channels", "offices", "sectors"):
        assert list(getattr(again, name)) == list(getattr(taxonomy, name))


def test_comments_quotes_and_line_breaks_make_no_other_digest(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    before = read(folder).parts[PresetKind.NOTICES].digest
    replace_in(folder, "notices.yaml", "quiet:", "# a remark\nquiet:")
    replace_in(folder, "notices.yaml", "event: dispatched", 'event: "dispatched"')
    assert read(folder).parts[PresetKind.NOTICES].digest == before
    replace_in(folder, "notices.yaml", "10:15", "10:16")
    assert read(folder).parts[PresetKind.NOTICES].digest != before


def test_a_day_begins_at_midnight_in_the_city(tmp_path):
    folder = copy_of(HEKOU, tmp_path)
    replace_in(folder, "notices.yaml", "basis: product", "basis: product\nfrom: 2026-03-01")
    moment = read(folder).parts[PresetKind.NOTICES].holds_from
    assert moment.astimezone(UTC) == datetime(2026, 2, 28, 18, tzinfo=UTC)
    assert read(folder).parts[PresetKind.CITY].holds_from is None


def test_stored_content_that_was_damaged_is_named_by_its_path():
    content = to_content(PresetKind.ROUTING, hekou().routing)
    content["rules"][1]["to"] = None
    with pytest.raises(PresetError, match=r'stored routing version 3, field "rules\[1\].to"'):
        from_content(PresetKind.ROUTING, content, version=3, holds_from=hekou().city.holds_from)


def test_an_unquoted_number_may_be_a_code_and_only_words_may_be_shown_as_law():
    assert entry_of_data({"code": 320412}, file="x").fields("code")["code"].code() == "320412"
    limits = read(CHANGZHOU).preset.limits.limits
    assert {limit.id for limit in limits.values() if limit.basis is Basis.STATUTE} == {
        "penalty_decision",
        "penalty_publish",
        "power_cut_notice",
        "accident_report_unit",
        "accident_report_level",
        "reconsideration",
        "litigation",
    }


def test_each_checklist_is_a_file_whose_mistakes_are_named(tmp_path):
    """All of them at once: the first of each file."""
    folder = copy_of(CHANGZHOU, tmp_path)
    fire, store, scaffold = (
        f"checklists/{name}.yaml" for name in ("fire-dormitory", "chemical-store", "scaffold")
    )
    replace_in(folder, fire, "  - id: F03\n    weight: 8\n", "  - id: F03\n    weight: 9\n")
    line = replace_in(folder, store, "sector: chemicals", "sector: alchemy")
    criterion = "    criterion: 房屋市政工程判定标准2024版 脚手架三\n"
    replace_in(folder, scaffold, criterion, "")
    (folder / "checklists" / "notes.txt").write_text("?")
    preset, faults = read_all(folder)
    assert preset is None
    found = {fault.file.removeprefix("changzhou/"): fault for fault in faults}
    assert found.keys() == {fire, store, scaffold, "checklists/notes.txt"}
    assert "101 together, not 100" in str(found[fire])
    assert (found[store].line, found[store].field) == (line, "sector")
    assert found[scaffold].field == "criterion"
