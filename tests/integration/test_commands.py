"""The commands as an operator meets them: two forms of output, one sentence for an error."""

import json
import re
import stat
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from portal.access.kinds import Role
from portal.accounts import queries
from portal.accounts.models import Account, Membership
from portal.cases.models import Case, ClockReading
from portal.foundation import clock
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.sealing.queries import live_keys
from tests.security.test_public_surface import fingerprints
from tests.support.city import NOON


@pytest.fixture
def flask(app):
    """Run a command; returns its result with `data` parsed where it printed JSON."""

    def run(*words, **more):
        result = app.test_cli_runner().invoke(args=list(words), **more)
        result.data = json.loads(result.stdout) if "--json" in words and result.stdout else None
        return result

    return run


def is_one_sentence(text):
    return text.count("\n") == 1 and "Traceback" not in text and len(text) < 400


def test_presets_load_stores_rules_and_groups_once(flask, session):
    first = flask("presets", "load", "--json")
    assert first.exit_code == 0, first.stderr
    assert first.data["ok"]
    assert "duty-desk" in first.data["groups_made"]
    again = flask("presets", "load")
    assert again.exit_code == 0
    assert again.stdout == "Nothing differs.\n"


def test_presets_check_names_file_and_line(flask, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "city.yaml").write_text("name: 1\n")
    answer = flask("presets", "check", str(folder), "--json")
    assert answer.exit_code == 1
    assert not answer.data["ok"]
    assert answer.data["faults"][0]["file"]
    assert flask("presets", "check").exit_code == 0


def test_accounts_create_prints_a_link_that_works_once(app, flask, city):
    made = flask("accounts", "create", "New@Example.org", "--name", "新人", "--json")
    assert made.exit_code == 0, made.stderr
    assert made.data["email"] == "new@example.org"
    address = "/reset/" + made.data["link"].split("/reset/")[1]
    words = {"password": "four words of nothing", "password_confirm": "four words of nothing"}
    client = app.test_client()
    assert client.post(address, data=words).status_code == 302
    assert client.get(address).status_code == 302
    role = db.session.scalar(
        select(Membership.role).join(Account).where(Account.email == "new@example.org")
    )
    assert role is Role.ADMINISTRATOR


def test_a_later_link_kills_the_earlier_one(app, flask, city):
    made = flask("accounts", "create", "new@example.org", "--name", "新人", "--json")
    again = flask("accounts", "reset", "new@example.org", "--json")
    assert again.exit_code == 0
    client = app.test_client()
    assert client.get("/reset/" + made.data["link"].split("/reset/")[1]).status_code == 302
    assert client.get("/reset/" + again.data["link"].split("/reset/")[1]).status_code == 200


def test_roles_are_given_and_ended_from_the_command_line(flask, city):
    def roles():
        listed = flask("accounts", "list", "--json").data["accounts"]
        return next(one["roles"] for one in listed if one["email"] == "member@example.org")

    before = roles()
    given = ("member@example.org", "--role", "dispatcher", "--group", "duty-desk")
    assert flask("accounts", "give-role", *given).exit_code == 0
    assert roles() == [*before, "dispatcher in duty-desk"]
    assert flask("accounts", "give-role", *given).stderr.startswith("This account has this role")
    tomorrow = (clock.now() + timedelta(days=1, hours=8)).date().isoformat()
    ended = flask("accounts", "end-role", *given, "--json")
    assert ended.data["on"] == tomorrow
    assert roles() == [*before, "dispatcher in duty-desk"]
    assert flask("accounts", "end-role", *given).exit_code == 1


def test_a_disabled_account_is_shown_so_and_comes_back(flask, city):
    assert flask("accounts", "disable", "lead@example.org").exit_code == 0
    assert "(disabled)" in next(
        line
        for line in flask("accounts", "list").stdout.splitlines()
        if line.startswith("lead@example.org")
    )
    assert flask("accounts", "enable", "lead@example.org").exit_code == 0
    assert "(disabled)" not in flask("accounts", "list").stdout


def test_a_group_is_told_what_it_stands_for_by_command(flask, city, session):
    def group():
        session.expire_all()
        return queries.group_by_code(session(), "insp-fire")

    said = ("--liaison", "lead@example.org", "--reach", "0519-1", "--until", "2099-01-01")
    assert flask("groups", "edit", "insp-fire", *said).exit_code == 0
    row = group()
    assert (row.liaison_id, row.liaison_reach) == (city.lead.account_id, "0519-1")
    assert (str(row.ended_on), row.version) == ("2099-01-01", 2)
    assert flask("groups", "edit", "insp-fire", "--liaison", "", "--no-end").exit_code == 0
    row = group()
    assert (row.liaison_id, row.liaison_reach, row.ended_on) == (None, "0519-1", None)
    refused = flask("groups", "edit", "insp-fire", "--liaison", "other_lead@example.org")
    assert refused.stderr == "The liaison must be somebody who is in the group.\n"


def test_a_group_that_ended_is_found_by_the_lint_of_rules(flask, city):
    def dead():
        return [
            one
            for one in flask("routing", "lint", "--json").data["findings"]
            if "insp-fire" in str(one)
        ]

    before = dead()
    assert flask("groups", "end", "insp-fire").exit_code == 0
    listed = flask("groups", "list", "--json").data["groups"]
    ended = next(one for one in listed if one["code"] == "insp-fire")
    assert (ended["people"], ended["ended_on"] is None) == (0, False)
    assert len(dead()) > len(before)
    assert flask("groups", "end", "insp-fire").stderr == "This group has ended.\n"


def test_a_tie_is_declared_by_an_administrator_who_answers_for_it(flask, city):
    unit = str(city.unit())
    assert flask("accounts", "create", "boss@example.org", "--name", "管理员").exit_code == 0
    declared = ("declare", "lead@example.org", "--unit", unit, "--kind", "family", "--by")
    assert flask("ties", *declared, "member@example.org").exit_code == 1
    made = flask("ties", *declared, "boss@example.org", "--json")
    assert made.exit_code == 0, made.stderr
    listed = flask("ties", "list", "lead@example.org", "--json").data["ties"]
    assert [(one["unit"], one["kind"]) for one in listed] == [(unit, "family")]
    assert "boss" not in flask("ties", "list", "lead@example.org").stdout
    assert flask("ties", "end", made.data["tie"], "--by", "boss@example.org").exit_code == 0
    assert flask("ties", "list", "lead@example.org").stdout == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["accounts", "create", "lead@example.org", "--name", "x"], 1, "already"),
        (["accounts", "create", "no address", "--name", "x"], 1, "name@example.org"),
        (["accounts", "create", "a@example.org", "--name", " "], 1, "--name"),
        (["accounts", "create", "a@example.org"], 2, "--name"),
        (["accounts", "create", "a@example.org", "--name", "x", "--role", "king"], 2, "king"),
        (["accounts", "create", "a@example.org", "--name", "x", "--role", "lead"], 1, "group"),
        (["accounts", "create", "a@example.org", "--name", "x", "--group", "gone"], 1, "gone"),
        (["accounts", "reset", "nobody@example.org"], 1, "nobody@example.org"),
        (["accounts", "frobnicate"], 2, "frobnicate"),
        (["presets", "check", "/nowhere/at/all"], 1, "nowhere"),
        (["clocks", "due", "--start", "soon", "--limit", "2 hours"], 1, "soon"),
        (["clocks", "due", "--start", "2026-09-29T16:30", "--limit", "ages"], 1, "ages"),
        (["clocks", "due", "--start", "9999-12-30", "--limit", "99999 days"], 1, "calendar"),
        (["clocks", "replay", "2026-9999"], 1, "2026-9999"),
        (["routing", "explain", "--category", "fire.dragons"], 1, "fire.dragons"),
        (["keys", "generate", "a", "--folder", "x", "--passphrase-file", "/none"], 2, "/none"),
        (["backup", "create", "/nowhere/b", "--public-key", "12"], 1, "64"),
        (["backup", "verify", "/nowhere/b"], 1, "/nowhere/b"),
    ],
)
def test_a_mistake_is_one_plain_sentence(flask, city, words, code, said):
    answer = flask(*words)
    assert answer.exit_code == code, (answer.stdout, answer.stderr, answer.exception)
    assert answer.stdout == ""
    assert is_one_sentence(answer.stderr), answer.stderr
    assert said in answer.stderr


def test_a_mistake_with_json_is_json_too(flask, city):
    answer = flask("accounts", "reset", "nobody@example.org", "--json")
    assert answer.exit_code == 1
    assert answer.data["ok"] is False
    assert "nobody@example.org" in answer.data["error"]


def test_before_the_rules_are_loaded_a_command_says_how_to_load_them(flask, app):
    answer = flask("routing", "lint")
    assert answer.exit_code == 1
    assert "presets load" in answer.stderr
    assert is_one_sentence(answer.stderr)


@pytest.mark.trap(1)
def test_routing_lint_exits_1_while_a_group_is_empty(flask, city):
    answer = flask("routing", "lint", "--json")
    assert answer.exit_code == 1
    assert any(one["code"] == "target_without_people" for one in answer.data["findings"])


def test_routing_explain_says_where_and_why(flask, city):
    words = ("--category", "fire.exit_blocked", "--jurisdiction", "320412")
    answer = flask("routing", "explain", *words, "--json")
    assert answer.exit_code == 0
    assert answer.data["explanation"]["to"] == "insp-fire"
    assert "insp-fire" in flask("routing", "explain", *words).stdout.splitlines()[-1]


def test_clocks_due_says_the_day_and_what_is_left_out(flask, city):
    words = ("--start", "2026-09-29T16:30", "--limit", "15 working days")
    answer = flask("clocks", "due", *words, "--json")
    assert answer.exit_code == 0
    assert re.fullmatch(r"2026-10-\d\dT00:00:00\+08:00", answer.data["due"])
    assert answer.data["skipped"]
    assert answer.data["due"] in flask("clocks", "due", *words).stdout


def test_clocks_check_is_content_and_then_names_what_was_altered(flask, city, superuser):
    filed = city.in_hand()
    number = flask("clocks", "replay", str(filed.case_id), "--json").data["case"]
    assert flask("clocks", "check", "--json").data == {"ok": True, "checked": 1, "differences": []}
    with unit_of_work(db.session()) as work:
        work.execute(
            update(ClockReading)
            .where(ClockReading.case_id == filed.case_id, ClockReading.due_at.is_not(None))
            .values(due_at=text("due_at + interval '1 day'"))
        )
    answer = flask("clocks", "check", "--json")
    assert answer.exit_code == 1
    assert answer.data["differences"]
    assert {one["case"] for one in answer.data["differences"]} == {number}
    assert number in flask("clocks", "check").stdout


@pytest.mark.promise(5)
def test_clocks_check_works_the_stored_ones_out_anew_where_it_is_asked_to(flask, city, session):
    """Its times, a row that is gone, and the case's own nearest date."""
    filed = city.in_hand()
    # Whether one is late meanwhile hangs on the hour at which the command runs.
    names = ("clock", "subject", "episode", "started_at", "due_at", "stopped_at")
    columns = [ClockReading.__table__.c[name] for name in names]
    cache = select(*columns).order_by(*columns[:3])
    case = session.get_one(Case, filed.case_id)
    before = session.execute(cache).all(), case.next_due_at, case.next_clock
    session.rollback()
    with unit_of_work(db.session()) as work:
        later = {"stopped_at": text("stopped_at + interval '1 day'"), "breached": True}
        work.execute(update(ClockReading).values(**later, state="done_late"))
        work.execute(delete(ClockReading).where(ClockReading.clock == "handling_total"))
        work.execute(update(Case).values(next_due_at=None, next_clock=None))
    assert session.execute(cache).all() != before[0]
    session.rollback()
    assert flask("clocks", "check", "--rebuild", "--json").data["ok"]
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (session.execute(cache).all(), case.next_due_at, case.next_clock) == before
    assert case.version == city.version(filed.case_id)


@pytest.mark.trap(7)
@pytest.mark.promise(5)
def test_what_only_asks_writes_nothing_though_much_is_late(flask, city, session, superuser):
    """Also where it finds something: looking at what is late marks, moves and reminds nothing."""
    filed = city.in_hand(now=NOON - timedelta(days=200))
    city.file(now=NOON - timedelta(days=200))
    session.remove()
    before = fingerprints(superuser)
    asked = [
        ("clocks", "due", "--start", "2026-09-29T16:30", "--limit", "60 days"),
        ("clocks", "replay", str(filed.case_id)),
        ("clocks", "check"),
        ("routing", "lint"),
        ("routing", "explain", "--category", "fire.exit_blocked", "--jurisdiction", "320412"),
        ("presets", "check"),
        ("measures", "list"),
        ("measures", "show", "received", "--from", "2026-01-01", "--to", "2026-12-01"),
        ("measures", "check", "--from", "2026-01-01", "--to", "2026-12-01"),
        ("history", "verify"),
        ("health",),
    ]
    for words in asked:
        answer = flask(*words, "--json")
        assert answer.data is not None, (words, answer.output)
        session.remove()
    assert answer.data is not None
    after = fingerprints(superuser)
    assert {table for table in before if before[table] != after[table]} == set()


def test_keys_generate_registers_what_it_writes(flask, city, session, tmp_path):
    secret = tmp_path / "words"
    secret.write_text("a passphrase of one\na passphrase of two\n")
    folder = tmp_path / "out"
    words = ("keys", "generate", "甲", "乙", "--folder", str(folder))
    answer = flask(*words, "--passphrase-file", str(secret), "--json")
    assert answer.exit_code == 0, answer.stderr
    assert answer.data["live_keys"] == 2 == len(live_keys(session))
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    short = flask(*words, "--passphrase-file", str(secret), "--json", input="")
    assert short.exit_code == 0, "the same label again is another key"


def test_keys_generate_refuses_a_short_passphrase_before_it_writes(flask, city, session, tmp_path):
    secret = tmp_path / "words"
    secret.write_text("short\n")
    words = ("keys", "generate", "甲", "--folder", str(tmp_path / "out"))
    answer = flask(*words, "--passphrase-file", str(secret))
    assert answer.exit_code == 1
    assert is_one_sentence(answer.stderr)
    assert "short\n" not in answer.stderr
    assert not (tmp_path / "out").exists()
    assert not live_keys(session)


def test_health_is_not_well_without_a_worker(flask, city, superuser):
    answer = flask("health", "--json")
    assert answer.exit_code == 1
    assert [one["ok"] for one in answer.data["checks"]] == [True, True, False]
    with superuser.begin() as connection:
        connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert flask("health").exit_code == 0
