"""Foreign logs become cases: by one event each, once, with bad rows named by line and field."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from portal.access.kinds import Actor, Role
from portal.cases.services import Imported, import_cases
from portal.clocks.reading import State as ClockState
from portal.foundation.errors import NotAllowed
from portal.foundation.transaction import unit_of_work
from portal.history.services import leaf_hash
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.databases import ROOT
from tests.support.shared import shared_data

HEADER = ("number", "opened", "closed", "what", "more", "where", "area", "theme")
MAPPING = """
schema: hazard-portal/import@1
source: old-log
time:
  zone: Asia/Shanghai
  formats: ["%Y-%m-%d %H:%M", "%d.%m.%Y"]
columns:
  key: number
  opened: opened
  closed: closed
  words: [what, more]
  place: [where]
  category:
    column: theme
    values: {exit: fire.exit_blocked, fire: fire.equipment_missing}
  jurisdiction:
    column: area
    values: {wj: "320412"}
  resolution:
    default: unverifiable
"""
GOOD = (
    "A-1",
    "2026-03-02 08:15",
    "2026-03-09 17:00",
    "楼梯门锁着",
    "二楼",
    "人民路 1 号",
    "wj",
    "exit",
)
OPEN = ("A-2", "2026-03-03 09:00", "", "灭火器过期", "", "", "", "unknown theme")


@pytest.fixture
def load(app, city, tmp_path):
    """Import rows by the command; gives what it printed as JSON."""

    def run(rows, *words, mapping=MAPPING, name="log.csv", header=HEADER, raw=None):
        file = tmp_path / name
        lines = io.StringIO()
        csv.writer(lines).writerows([header, *rows])
        content = lines.getvalue().encode() if raw is None else raw
        file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        (tmp_path / "map.yaml").write_text(mapping)
        arguments = ["import", "csv", str(file), "--mapping", str(tmp_path / "map.yaml"), *words]
        return app.test_cli_runner().invoke(args=arguments)

    return run


def rejects(result):
    """What the reject file holds: (line, field, reason)."""
    with open(json.loads(result.stdout)["reject_file"], encoding="utf-8") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def test_a_closed_and_an_open_row_become_cases_with_their_times(load, session):
    done = load([GOOD, OPEN], "--json")
    assert (done.exit_code, json.loads(done.stdout)["new"]) == (0, 2)
    closed, waiting = session.execute(
        text("SELECT * FROM cases WHERE source = 'import' ORDER BY number")
    ).all()
    assert (closed.number, closed.state, closed.resolution) == (
        "2026-0001",
        "closed",
        "unverifiable",
    )
    assert closed.opened_at == datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    assert closed.closed_at == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    assert (closed.category, closed.sector, closed.jurisdiction) == (
        "fire.exit_blocked", "fire", "320412",
    )  # fmt: skip
    assert (closed.channel, waiting.state, waiting.category) == ("imported", "received", None)
    told = session.execute(text("SELECT * FROM events WHERE kind = 'imported' ORDER BY seq")).all()
    assert [(e.role, e.case_version, e.from_state) for e in told] == [
        ("administrator", 1, None)
    ] * 2
    assert told[0].payload["opened_at"] == "2026-03-02T00:15:00.000000Z"
    for row in (closed, waiting):
        assert_row_is_replay(session, row.id)
    clocks = session.execute(text("SELECT case_id, clock, state FROM clock_readings")).all()
    assert [tuple(row) for row in clocks] == [(waiting.id, "acceptance", ClockState.RUNNING)]
    assert waiting.next_clock == "acceptance"
    assert session.scalar(text("SELECT count(*) FROM notices")) == 0
    words = session.scalars(text("SELECT body FROM texts WHERE case_id = :id"), {"id": closed.id})
    assert set(words) == {"楼梯门锁着\n二楼", "人民路 1 号"}


def test_the_leaf_of_a_batch_is_that_of_a_single_event(load, session):
    load([GOOD])
    row = session.execute(text("SELECT * FROM events WHERE kind = 'imported'")).one()
    again = leaf_hash(
        at=row.at, case_id=row.case_id, case_version=row.case_version, kind=row.kind,
        from_state=row.from_state, to_state=row.to_state, role=row.role,
        account_id=row.account_id, person_id=row.person_id, payload=row.payload,
    )  # fmt: skip
    assert bytes(row.leaf) == again


def test_an_imported_case_that_waits_can_be_sorted_like_any_other(load, city, session):
    load([OPEN])
    case = session.execute(text("SELECT id, desk_id FROM cases")).one()
    assert case.desk_id == city.group("duty-desk")
    now = datetime.now(UTC)
    city.accepted(case.id, now=now)
    city.dispatched(case.id, now=now)
    assert_row_is_replay(session, case.id)


def test_running_twice_brings_nothing_twice(load, session):
    load([GOOD, OPEN], "--batch", "1")
    again = load([GOOD, OPEN, ("A-3", *OPEN[1:])], "--json")
    document = json.loads(again.stdout)
    assert (document["new"], document["known"]) == (1, 2)
    assert session.scalar(text("SELECT count(*) FROM cases")) == 3
    numbers = session.scalars(text("SELECT number FROM cases ORDER BY number")).all()
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]


def test_a_key_that_stands_twice_in_a_file_comes_in_once_by_its_first_row(load, session):
    document = json.loads(load([GOOD, ("A-1", *OPEN[1:])], "--json").stdout)
    assert (document["new"], document["known"]) == (1, 1)
    assert session.scalar(text("SELECT state FROM cases")) == "closed"


def test_the_same_key_of_another_log_is_another_row(load, session):
    load([GOOD])
    load([GOOD], mapping=MAPPING.replace("old-log", "other-log"))
    assert session.scalar(text("SELECT count(*) FROM cases")) == 2


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (("", *GOOD[1:]), "key", "missing"),
        (("k" * 201, *GOOD[1:]), "key", "too_long"),
        (("A", "", *GOOD[2:]), "opened", "missing"),
        (("A", "tomorrow", *GOOD[2:]), "opened", "no_time"),
        (("A", "2026-02-30 10:00", *GOOD[2:]), "opened", "no_time"),
        (("A", "2999-01-01 10:00", "", *GOOD[3:]), "opened", "in_the_future"),
        (("A", GOOD[1], "2026-03-01 10:00", *GOOD[3:]), "closed", "before_opened"),
        (("A", GOOD[1], "2999-03-01 10:00", *GOOD[3:]), "closed", "in_the_future"),
        (("A", *GOOD[1:3], " ", "", *GOOD[5:]), "words", "missing"),
        (("A", *GOOD[1:3], "长" * 20_001, *GOOD[4:]), "words", "too_long"),
        (("A", *GOOD[1:3], "a\x00b", *GOOD[4:]), "words", "zero_byte"),
        (GOOD[:-1], "row", "number_of_columns"),
        ((*GOOD, "one more"), "row", "number_of_columns"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field_and_the_others_come_in(load, row, field, reason):
    done = load([OPEN, row, ("A-9", *OPEN[1:])], "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["new"] == 2
    assert rejects(done) == [("3", field, reason)]


def test_lines_are_counted_as_an_editor_does_and_no_value_reaches_the_terminal(load):
    secret = ("SECRET-KEY", "nonsense", "", "SECRET\nin three\nlines", "", "", "", "")
    done = load([("A-1", *GOOD[1:3], "two\nlines", *GOOD[4:]), secret, secret])
    assert done.exit_code == 1
    assert "line 4: opened (no_time)" in done.output
    assert "line 7: opened (no_time)" in done.output
    assert "SECRET" not in done.output
    assert "nonsense" not in done.output


def test_bytes_that_are_no_text_reject_their_row_alone(load):
    lines = [",".join(HEADER), ",".join(GOOD)]
    raw = "\r\n".join(lines).encode() + b"\r\nA-5,2026-03-02 08:15,,\xff\xfe,,,,\r\n"
    done = load([], "--json", raw=raw)
    assert rejects(done) == [("3", "words", "not_utf8")]
    assert json.loads(done.stdout)["new"] == 1


def test_a_packed_file_with_a_byte_order_mark_is_read(load):
    lines = io.StringIO()
    csv.writer(lines).writerows([HEADER, GOOD])
    done = load([], "--json", raw=lines.getvalue().encode("utf-8-sig"), name="log.csv.gz")
    assert json.loads(done.stdout)["new"] == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: number", "key: nummer", "log.csv has no column nummer"),
        ("fire.exit_blocked", "fire.exits", 'unknown code "fire.exits"'),
        ('"320412"', '"999999"', 'unknown code "999999"'),
        ("zone: Asia/Shanghai", "zone: Mars/Base", "map.yaml"),
        ("import@1", "import@2", "must be"),
        ("  opened: opened\n", "", "opened"),
        ("  closed: closed\n", "  closd: closed\n", "unknown field"),
        ("    default: unverifiable", "    default: gone", 'unknown code "gone"'),
        ("  resolution:\n    default: unverifiable\n", "", "resolution"),
        ("source: old-log", "source: old log", "not a code"),
    ],
)
def test_a_wrong_mapping_stops_before_anything_comes_in(load, session, old, new, said):
    assert MAPPING.count(old) == 1
    refused = load([GOOD], mapping=MAPPING.replace(old, new))
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert session.scalar(text("SELECT count(*) FROM cases")) == 0


def test_a_status_that_contradicts_the_closing_time_is_a_bad_row(load):
    status = "  status: {column: theme, values: {exit: closed, fire: open}}\n  resolution:"
    mapping = MAPPING.replace("  resolution:", status)
    wrong = ("A-4", *GOOD[1:7], "fire")
    unknown = ("A-5", *GOOD[1:7], "smoke")
    done = load([GOOD, wrong, unknown], "--json", mapping=mapping)
    assert rejects(done) == [("3", "status", "differs_from_closed"), ("4", "status", "unknown")]


HOSTILE = (
    "'; DROP TABLE cases; --", "<script>alert(1)</script>", "{{ 7 * 7 }}", "=cmd|'/c calc'!A1",
    "\u202eevil", "\ufeff",
    "𠮷野家", "👩‍👩‍👧", "a\tb", "\\x00", "%s%n", "../../etc/passwd", "null", "NaN",
)  # fmt: skip


def test_hostile_words_come_in_as_they_are(load, session):
    rows = [(f"H-{n}", *GOOD[1:3], words, "", words, "", "") for n, words in enumerate(HOSTILE)]
    done = load(rows, "--json")
    assert json.loads(done.stdout)["new"] == len(HOSTILE)
    kept = set(session.scalars(text("SELECT body FROM texts WHERE kind = 'summary'")))
    assert kept == {words.strip() for words in HOSTILE}


def test_only_an_administrator_imports(city, session):
    row = Imported(key="A", opened_at=NOON, summary="x")
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed), unit_of_work(session()) as own:
            import_cases(own, Actor(role=role), "log", [row], now=NOON)


def test_a_broken_batch_leaves_neither_case_nor_claim(city, session):
    good = Imported(key="A", opened_at=NOON, summary="x")
    bad = Imported(key="B", opened_at=NOON, closed_at=NOON, summary="y")  # closed, but how?
    with pytest.raises(Exception, match="closed_how"), unit_of_work(session()) as own:
        import_cases(own, city.administrator, "log", [good, bad], now=NOON)
    assert session.scalar(text("SELECT count(*) FROM import_rows")) == 0
    with unit_of_work(session()) as own:
        assert import_cases(own, city.administrator, "log", [good], now=NOON) == 1


@pytest.mark.parametrize(
    ("log", "example"),
    [
        ("civic-311/boston_2011.csv.gz", "import-boston-311.yaml"),
        ("zh-mayor-messages/messages_with_replies.csv.gz", "import-mayor-messages.yaml"),
    ],
)
def test_the_examples_take_in_real_logs(app, city, session, tmp_path, log, example):
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    with gzip.open(folder / log, "rt", encoding="utf-8-sig", newline="") as whole:
        rows = [row for row, _ in zip(csv.reader(whole), range(801), strict=False)]
    with (tmp_path / "head.csv").open("w", encoding="utf-8", newline="") as head:
        csv.writer(head).writerows(rows)
    mapping = ROOT / "docs" / "examples" / example
    arguments = ["import", "csv", str(tmp_path / "head.csv"), "--mapping", str(mapping), "--json"]
    document = json.loads(app.test_cli_runner().invoke(args=arguments).stdout)
    assert (document["new"], document["rejected"]) == (len(rows) - 1, 0)
    for case_id in session.scalars(text("SELECT id FROM cases ORDER BY number LIMIT 5")):
        assert_row_is_replay(session, case_id)
