"""The demo city: made by the real services, the same for the same seed, never beside real data."""

import json
import re
import secrets
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from config import load_settings
from portal.administration.cli.demo.fates import DECK, deal
from portal.administration.cli.demo.load import Asked, Made, build, leave, live
from portal.cases.kinds import Resolution, State
from portal.cases.queries import addressee_behind, step_page
from portal.foundation import secrets as keys
from portal.foundation.transaction import unit_of_work
from portal.integrations.store import ObjectStore
from portal.presets.loader import folder_of
from portal.reports.queries import by_code
from portal.sealing.queries import live_keys
from portal.selfinspections.queries import inside_by_code
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import settle
from tests.support.databases import fresh_database

END = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
WORKDAY = "2026-11-24T16:00+08:00"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
SECRETS = {"commitment", "digest"}


@pytest.fixture
def settings(tmp_path):
    return load_settings({"PORTAL_DATA_DIR": str(tmp_path / "data"), "PORTAL_ENV": "demo"})


def make(session, folder, *, cases, seed=7, busy=False, pictures=True, majors=None):
    """Make a city in the session's database, as the command does."""

    def work():
        return unit_of_work(session)

    made = build(
        work,
        folder_of("changzhou"),
        Asked(until=END, cases=cases, busy=busy, seed=seed, majors=majors),
        store=ObjectStore.in_folder(folder / "attachments") if pictures else None,
        data_folder=folder,
        entropy=secrets.token_bytes,
    )
    for _ in live(work, made):
        pass
    leave(work, made, codes=folder / "codes.json", plants=folder / "plants.json")
    return made


def without_ids(value):
    """JSON data with ids and commitments left out; what was ordered by ids is ordered anew."""
    if isinstance(value, dict):
        kept = {key: without_ids(item) for key, item in value.items() if key not in SECRETS}
        if any(UUID.search(key) for key in kept):
            return sorted(kept.values(), key=json.dumps)
        return kept
    if isinstance(value, list):
        return sorted((without_ids(item) for item in value), key=json.dumps)
    return "id" if isinstance(value, str) and UUID.fullmatch(value) else value


def whole_history(connection):
    """Everything that was told, in the order of writing, ids and ciphertext aside."""
    rows = connection.execute(
        text(
            "SELECT e.at, e.kind, e.role, p.name, c.number, e.case_version, e.from_state,"
            " e.to_state, e.payload FROM events e LEFT JOIN cases c ON c.id = e.case_id"
            " LEFT JOIN people p ON p.id = e.person_id ORDER BY e.seq"
        )
    )
    return [(*row[:8], without_ids(row.payload)) for row in rows]


def figures(connection):
    """Cases, clocks and words, without ids."""
    asked = (
        "SELECT number, state, resolution, opened_at, closed_at, next_due_at, next_clock, category"
        " FROM cases ORDER BY number",
        "SELECT c.number, r.clock, r.episode, r.started_at, r.due_at, r.stopped_at, r.breached"
        " FROM clock_readings r JOIN cases c ON c.id = r.case_id ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT kind, body FROM texts ORDER BY kind, body",
        "SELECT name, post FROM people ORDER BY name, post",
    )
    return [connection.execute(text(query)).all() for query in asked]


@contextmanager
def empty_city(server, folder, name):
    """A session on a database of its own, with keys of its own."""
    keys.use(keys.Keyring.load_or_create(folder / "keys"))
    with fresh_database(server, f"demo_{name}") as database:
        engine = create_engine(database.app_url)
        with Session(engine) as session:
            yield session
        engine.dispose()


def test_the_same_seed_and_end_give_the_same_history_and_figures(server, tmp_path):
    cities = []
    for name in ("one", "two"):
        with empty_city(server, tmp_path / name, name) as session:
            make(session, tmp_path / name, cases=18)
            connection = session.connection()
            cities.append((whole_history(connection), figures(connection)))
    (told, counted), (told_again, counted_again) = cities
    assert len(told) > 150
    assert told == told_again
    assert counted == counted_again


@dataclass
class City:
    session: Session
    folder: Path
    made: Made


@pytest.fixture(scope="module")
def small_city(server, tmp_path_factory):
    """Sixty cases: enough for every fate once. Made once, since it takes its time."""
    folder = tmp_path_factory.mktemp("city")
    with empty_city(server, folder, "small") as session:
        yield City(session, folder, make(session, folder, cases=60, seed=4, majors=500))


def test_a_small_city_has_every_state_and_nothing_that_its_history_does_not_give(
    small_city,
):
    session = small_city.session
    assert small_city.made.world.refused == []
    rows = session.execute(text("SELECT id, state, resolution, merged_into FROM cases")).all()
    assert {row.state for row in rows} == {str(state) for state in State}
    ended = {row.resolution for row in rows} - {None}
    assert ended == {str(resolution) for resolution in Resolution}
    kinds = dict(session.execute(text("SELECT kind, count(*) FROM events GROUP BY 1")).all())
    wanted = {
        "merged", "split", "withdrawn", "taken_back", "returned", "return_asked", "return_decided",
        "reassigned", "recused", "paused", "resumed", "objected", "objection_decided", "reopened",
        "review_failed", "item_withdrawn", "link_revoked", "asked", "answered", "rated", "noted",
        "set_aside", "breached", "evidence_added", "files_released", "step_ordered",
        "step_answered", "step_ended", "level_decided", "interim_reported", "task_supplemented",
        "extension_decided", "check_signed", "work_accepted", "delisting_decided",
    }  # fmt: skip
    assert wanted <= kinds.keys()
    listed = session.execute(
        text("SELECT ended, until_on < '2026-11-24', accepted_at FROM listings")
    )
    assert {(end, late, at is not None) for end, late, at in listed} == {
        *(("delisted", True, True), (None, True, True), (None, True, False))
    }
    merged = {row.merged_into for row in rows} | {row.id for row in rows if row.merged_into}
    split = {
        row.case_id
        for row in session.execute(text("SELECT case_id FROM events WHERE kind = 'split'"))
    }
    for row in rows:
        if row.id not in merged | split:
            assert_row_is_replay(session, row.id)


def test_the_method_is_alive_in_it_from_plans_to_rewards(small_city):
    """What a stranger walks by the README alone: each thing is there in its states."""
    session = small_city.session

    def found(asked):
        return {tuple(row) if len(row) > 1 else row[0] for row in session.execute(text(asked))}

    assert found("SELECT kind FROM plans") >= {"yearly", "special", "unannounced"}
    assert found("SELECT payload->>'act' FROM events WHERE kind = 'plan_changed'") >= {
        "made", "published", "drawn", "visit_begun",
    }  # fmt: skip
    (visits,) = found("SELECT count(*) FROM inspections WHERE checklist IS NOT NULL")
    assert visits >= 2
    # The ladder's upper rungs, interviews among them, are reached in a city of the usual size.
    assert len(found("SELECT DISTINCT rung FROM disciplinary_steps")) >= 3
    # Help: judged thirty days later, silent, declined, waiting, in both origins.
    assert found("SELECT DISTINCT origin FROM assistances") == {"asked", "offered"}
    assert found("SELECT DISTINCT helped FROM assistances") >= {"yes", "partly", None}
    assert found("SELECT DISTINCT ended FROM assistances") >= {"done", "declined", None}
    # A quarter of declarations, with finds and without.
    assert len(found("SELECT DISTINCT month FROM declarations")) >= 3
    assert len(found("SELECT DISTINCT is_nil FROM declarations")) == 2
    # Lessons in every state, a sweep, and what was said of them where they came back.
    assert found("SELECT DISTINCT state FROM lessons") >= {"draft", "read", "published"}
    assert found("SELECT count(*) > 0 FROM lesson_sweeps") == {True}
    assert found("SELECT count(*) > 0 FROM lesson_uses") == {True}
    assert found("SELECT DISTINCT state FROM vouchers") >= {"paid", "lapsed"}


def test_people_files_codes_and_plants_are_there(small_city):
    session, folder = small_city.session, small_city.folder
    people = session.execute(
        text(
            "SELECT g.code, g.kind, count(DISTINCT a.person_id) FROM groups g"
            " JOIN memberships m ON m.group_id = g.id JOIN accounts a ON a.id = m.account_id"
            " GROUP BY 1, 2"
        )
    ).all()
    assert Counter(kind for _, kind, _ in people) == {"supervision": 7, "inspection": 6, "desk": 2}
    assert all(count >= 4 for _, kind, count in people if kind != "desk")
    hats = session.scalar(
        text(
            "SELECT count(*) FROM (SELECT account_id FROM memberships GROUP BY 1"
            " HAVING count(*) > 1) two"
        )
    )
    assert hats >= 3
    # Groups stand for something: all but one have a liaison, ends come near, somebody left.
    asked = "SELECT count(*) FROM groups WHERE liaison_id IS NULL", "SELECT count(*) FROM groups"
    assert [session.scalar(text(one)) for one in asked] == [1, 15]
    today = END.date()
    near = {"from": today, "to": today + timedelta(days=30)}
    for table, column in (("groups", "ended_on"), ("memberships", "ends_on")):
        soon = f"SELECT count(*) FROM {table} WHERE {column} > :from AND {column} <= :to"
        assert session.scalar(text(soon), near) == 1, table
    left = "SELECT count(*) FROM events WHERE kind = 'handler_assigned' AND payload ? 'left'"
    assert session.scalar(text(left)) >= 1
    assert len(live_keys(session)) == 3
    handed_up = text("SELECT state FROM cases WHERE source = 'self_inspection'")
    assert session.scalars(handed_up).all() == ["in_hand"], "it does not wait at the desk"
    shown = session.execute(text("SELECT state, sealed_item_id FROM attachments")).all()
    assert len(shown) >= 5
    assert all(state == "shown" and sealed for state, sealed in shown)
    kept = json.loads((folder / "codes.json").read_text())
    assert (folder / "codes.json").stat().st_mode & 0o077 == 0
    lookup = keys.in_use().key("receipt-lookup")
    told_inside = {"inside", "inside_late"}
    for name, code in kept["codes"].items():
        opens = inside_by_code if name in told_inside else by_code
        assert opens(session, code, key=lookup), name
    assert told_inside <= set(kept["codes"])
    assert len(set(kept["codes"].values())) == len(kept["codes"]) >= 5
    assert {"open", "step"} <= kept["links"].keys()
    step = addressee_behind(session, kept["links"]["step"], now=END)
    assert step_page(session, step, step.step_id, now=END).can_answer
    plants = json.loads((folder / "plants.json").read_text())
    assert {kind: len(pairs) for kind, pairs in plants.items()} == {"reworded": 3, "look_alike": 3}
    for pair in plants["reworded"] + plants["look_alike"]:
        states = session.execute(
            text("SELECT state FROM cases WHERE id IN (:first, :second) ORDER BY number"), pair
        ).all()
        assert len(states) == 2
        assert states[1].state == "received"


def test_staff_act_in_working_hours_and_the_last_day_alone_is_mailed(small_city):
    session = small_city.session
    acts = session.execute(
        text(
            "SELECT at AT TIME ZONE 'Asia/Shanghai' AS local FROM events"
            " WHERE role IN ('member', 'lead', 'director')"
        )
    ).all()
    outside = [row.local for row in acts if not 8 <= row.local.hour < 18]
    # What is urgent does not wait for the office to open.
    assert len(outside) < len(acts) / 50
    early = session.scalar(
        text("SELECT min(e.at) FROM notices n JOIN events e ON e.seq = n.event_seq")
    )
    assert early is None or early > END - timedelta(days=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_deal_keeps_to_its_numbers(seed):
    dealt = deal(Random(seed), 600, busy=False)  # noqa: S311
    assert len(dealt) == 600
    assert Counter(one.plant for one in dealt if one.twin) == {"reworded": 30, "look_alike": 30}
    assert {fate.turns for fate in DECK} <= {one.turns for one in dealt}
    busy = deal(Random(seed), 600, busy=True)  # noqa: S311
    assert len(busy) == 600
    assert sum("waiting" in one.turns for one in busy) >= 400


# The command


def run(app, *words):
    return app.test_cli_runner().invoke(args=["demo", "load", *words])


def test_the_command_makes_a_city_marks_its_folder_and_makes_no_second_one(app, settings):
    done = run(app, "--cases", "10", "--until", WORKDAY, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["cases"], document["stories_cut_short"]) == (10, [])
    assert settings.demo_mark.exists()
    again = run(app, "--cases", "10")
    assert again.exit_code == 1
    assert "holds a demo city already" in again.output
    kept = run(app, "--if-empty", "--json")
    assert (kept.exit_code, json.loads(kept.stdout)) == (0, {"ok": True, "loaded": False})


def test_the_command_refuses_a_folder_with_real_reports(app, session, settings):
    city = settle(session())
    city.file()
    for words in ((), ("--if-empty",)):
        refused = run(app, *words)
        assert refused.exit_code == 1
        assert "PORTAL_DATA_DIR" in refused.output
        assert len(refused.stderr.strip().splitlines()) == 1
    assert not settings.demo_mark.exists()
    assert session.scalar(text("SELECT count(*) FROM people")) == len(city.actors)


@pytest.mark.parametrize(
    ("until", "said"), [("yesterday", "is no moment"), ("2026-11-24T16:00", "names no time zone")]
)
def test_an_end_that_is_no_moment_is_refused_in_a_sentence(app, until, said):
    refused = run(app, "--until", until)
    assert refused.exit_code == 1
    assert said in refused.output
