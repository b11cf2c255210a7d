"""Nothing that a reporter typed is lost: not by time, tabs, going back, bad files or a crash."""

import io
import re
import threading
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select, text, update

from portal.attachments.models import Attachment
from portal.foundation import clock
from portal.foundation.db import db
from portal.history.models import Event, Text
from portal.reports.models import Draft, Report
from portal.sealing.models import SealedItem
from portal.sealing.services import register
from portal.web.uploads import aside, low_scrubber
from tests.support import files
from tests.support.city import NOON
from tests.support.sender import Sender
from tests.support.visitor import Visitor

TYPED = "三楼宿舍的门被锁住，\r\n楼上住了人。<b>"
KEPT = TYPED.replace("\r\n", "\n")


@pytest.fixture
def visitor(app, city):
    return Visitor(app)


@pytest.fixture
def sealable(app, city, session):
    """Two custodians, so that contacts and originals can be sealed."""
    from portal.foundation.transaction import unit_of_work

    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(3)):
            register(own, custodian, label=f"{number}", now=NOON)


def reports(session):
    session.rollback()
    return session.scalars(select(Report)).all()


def words_of(session, report):
    return session.get_one(Text, report.text_id).body


def later(monkeypatch, span):
    """Let the time of views and tokens be `span` further on."""
    moment = clock.now() + span
    for module in ("drafts", "report", "follow", "opened"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: moment)
    monkeypatch.setattr(
        "itsdangerous.timed.TimestampSigner.get_timestamp", lambda self: int(moment.timestamp())
    )
    assert URLSafeTimedSerializer


@pytest.mark.promise(1)
def test_a_report_goes_from_form_to_receipt_and_is_found_again(visitor, session):
    code = visitor.file(text=TYPED)
    assert len(code) == 16
    assert words_of(session, reports(session)[0]) == KEPT
    again = Visitor(visitor.client.application)
    again.open(f"{code[:4]}-{code[4:8]} {code[8:12]}\u3000{code[12:]}")
    assert again.page.status_code == 200
    assert "/receipt/report" in again.answer.headers["Location"]


@pytest.mark.trap(21)
@pytest.mark.promise(1)
@pytest.mark.parametrize("token", ["", "x", "of another form", "expired"])
def test_a_bad_token_keeps_the_text_on_the_page_and_saves_nothing(
    visitor, app, session, monkeypatch, token
):
    other = Visitor(app)
    other.get("/report")
    visitor.get("/report")
    _, fields = visitor.fields(r"/report\?|/report$")
    tokens = {"of another form": other.fields(r"/report\?|/report$")[1]["csrf_token"]}
    tokens |= {"expired": fields["csrf_token"]}
    if token == "expired":
        later(monkeypatch, timedelta(hours=25))
    sent = {"csrf_token": tokens.get(token, token), "text": TYPED, "place": "纸箱路"}
    visitor.send(r"/report\?|/report$", **sent)
    assert visitor.page.status_code == 422
    _, shown = visitor.fields(r"/report\?|/report$")
    assert (shown["text"], shown["place"]) == (KEPT, "纸箱路")
    assert session.scalar(select(func.count()).select_from(Draft)) == 0
    session.rollback()
    # The same page, sent again, goes on with everything.
    visitor.send(r"/report\?|/report$")
    visitor.evidence()
    assert KEPT in visitor.text
    visitor.send("/report/send")
    assert words_of(session, reports(session)[0]) == KEPT


@pytest.mark.promise(1)
def test_a_dead_draft_begins_anew_with_what_is_sent(visitor, session, monkeypatch):
    """A tab left open for a day: its draft is dead, not yet swept away; what it sends is kept."""
    visitor.what_where(text="昨天写的字")
    visitor.get("/report")
    session.execute(update(Draft).values(expires_at=clock.now() - timedelta(hours=1)))
    session.commit()
    visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路")
    assert visitor.page.request.path == "/report/evidence"
    visitor.evidence()
    visitor.send("/report/send")
    assert words_of(session, reports(session)[0]) == KEPT


@pytest.mark.promise(1)
def test_evidence_typed_over_a_dead_draft_is_kept(visitor, session, sealable):
    visitor.what_where(text=TYPED)
    session.execute(update(Draft).values(expires_at=clock.now() - timedelta(hours=1)))
    session.commit()
    visitor.evidence(name="某人", phone="x")
    assert visitor.page.request.path == "/report"  # what and where are asked again
    visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路")
    _, shown = visitor.fields("/report/evidence")
    assert (shown["name"], shown["phone"]) == ("某人", "x")


@pytest.mark.promise(1)
def test_two_tabs_are_two_reports_and_neither_takes_the_others_words(app, session, city):
    first = Visitor(app)
    second = Visitor(app)
    second.client = first.client  # one browser: the same cookies
    first.get("/report")
    second.get("/report")
    first.send(r"/report\?|/report$", text="第一个标签页的事", place="甲路")
    second.send(r"/report\?|/report$", text="第二个标签页的事", place="乙路")
    first.evidence()
    second.evidence()
    assert "第一个标签页的事" in first.text
    assert "第二个标签页的事" in second.text
    first.send("/report/send")
    one = first.code
    second.send("/report/send")
    assert one != second.code
    bodies = {words_of(session, report) for report in reports(session)}
    assert bodies == {"第一个标签页的事", "第二个标签页的事"}


@pytest.mark.promise(1)
def test_sending_twice_shows_the_same_code(visitor, session):
    visitor.check(text=TYPED)
    address, fields = visitor.fields("/report/send")
    visitor.post(address, fields)
    first = visitor.code
    visitor.post(address, fields)
    assert visitor.code == first
    visitor.get("/report/sent")
    assert visitor.code == first
    assert len(reports(session)) == 1
    assert session.scalar(select(func.count()).where(Event.kind == "filed")) == 1


@pytest.mark.promise(1)
def test_what_is_written_after_going_back_is_a_report_of_its_own(visitor, session):
    visitor.get("/report")
    form = visitor.fields(r"/report\?|/report$")
    visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路")
    evidence = visitor.fields("/report/evidence")
    visitor.evidence()
    visitor.send("/report/send")
    first = visitor.code
    # Back to the second page: it was sent, and the receipt is what there is to see.
    visitor.post(evidence[0], evidence[1])
    assert visitor.code == first
    for path in ("/report/evidence", "/report/check"):
        visitor.get(path)
        assert visitor.code == first
    # Back to the first page and something else written: not lost, and not put into the first.
    visitor.post(form[0], {**form[1], "text": "还有一处隐患", "place": "乙路"})
    visitor.evidence()
    visitor.send("/report/send")
    assert visitor.code != first
    assert {words_of(session, r) for r in reports(session)} == {KEPT, "还有一处隐患"}


def test_leaving_ends_the_hour_and_a_new_form_begins(visitor, session):
    visitor.file()
    visitor.send("/report/leave")
    visitor.get("/report/sent")
    assert visitor.page.request.path == "/report"
    _, fields = visitor.fields(r"/report\?|/report$")
    assert fields["text"] == ""


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("length", "status"), [(1, 422), (2, 303), (5000, 303), (5001, 422), (50_000, 422)]
)
def test_two_to_five_thousand_characters_are_taken_and_the_rest_kept(visitor, length, status):
    body = "火" * (length - 1) + "𠀀"
    visitor.what_where(text=body)
    assert visitor.answer.status_code == status
    visitor.get("/report")
    _, shown = visitor.fields(r"/report\?|/report$")
    assert shown["text"] == body


@pytest.mark.trap(21)
@pytest.mark.promise(1)
def test_bad_files_are_said_one_by_one_and_take_nothing_else_along(visitor, session, sealable):
    visitor.what_where(text=TYPED)
    good = files.jpeg()
    bad = {
        "empty.jpg": b"",
        "no picture.jpg": b"just words, no picture at all" * 40,
        "half.jpg": good[: len(good) // 2],
        "program.jpg": b"MZ" + bytes(500),
        "page.png": b"<html><script>alert(1)</script></html>",
        "huge.jpg": b"\xff\xd8\xff" + bytes(20_000_001),
    }
    chosen = [("good.jpg", good), *bad.items()]
    visitor.evidence(chosen, name="某人", phone="微信 x")
    assert visitor.page.status_code == 422
    for name in ("empty.jpg", "huge.jpg"):
        assert name in visitor.text
    _, shown = visitor.fields("/report/evidence")
    assert (shown["name"], shown["phone"]) == ("某人", "微信 x")
    visitor.evidence(name="某人", phone="微信 x")
    assert KEPT in visitor.text
    visitor.send("/report/send")
    rows = session.scalars(select(Attachment)).all()
    states = sorted(row.state for row in rows)
    # The good one is shown; what could not be cleaned is sealed and never shown.
    assert states.count("shown") == 1
    assert len(rows) == 5
    assert all(row.copy_name is None for row in rows if row.state != "shown")
    assert session.scalar(select(func.count()).where(SealedItem.kind == "contact")) == 1


def test_the_eleventh_file_is_refused_and_ten_are_kept(visitor, session):
    visitor.what_where(text=TYPED)
    picture = files.jpeg()
    visitor.evidence([(f"{n}.jpg", picture) for n in range(11)])
    assert visitor.page.status_code == 422
    assert "10.jpg" in visitor.text
    visitor.evidence()
    visitor.send("/report/send")
    assert session.scalar(select(func.count()).select_from(Attachment)) == 10


def test_a_body_beyond_all_limits_is_answered_and_the_draft_stays(visitor, app):
    visitor.what_where(text=TYPED)
    address, fields = visitor.fields("/report/evidence")
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    data = {**fields, "photos": (io.BytesIO(bytes(200_000)), "x.jpg")}
    visitor.post(address, data, content_type="multipart/form-data")
    assert visitor.page.status_code == 413
    visitor.get("/report")
    assert visitor.fields(r"/report\?|/report$")[1]["text"] == KEPT


@pytest.mark.promise(1)
def test_retired_keys_stop_no_report_and_the_page_says_so(visitor, session, sealable):
    visitor.what_where(text=TYPED)
    visitor.evidence(name="某人", phone="x")
    session.execute(text("UPDATE custodian_keys SET retired_at = now()"))
    session.commit()
    visitor.get("/report/check")
    assert "can’t be sealed" in visitor.text
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    assert reports(session)[0].contact_id is None


@pytest.mark.promise(1)
def test_a_category_that_is_gone_before_sending_is_said_and_nothing_lost(
    visitor, session, monkeypatch
):
    visitor.get("/report")
    visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路", category="fire.exit_blocked")
    visitor.evidence()
    from portal.foundation.errors import Incomplete

    def gone(*args):
        raise Incomplete("category", "category_missing")

    with monkeypatch.context() as patch:
        patch.setattr("portal.cases.services.starting.check_file", gone)
        visitor.send("/report/send")
        assert visitor.page.status_code == 422
        assert KEPT in visitor.text
    visitor.send("/report/send")
    assert len(visitor.code) == 16


@pytest.mark.promise(1)
@pytest.mark.parametrize("form", ["message", "object", "withdraw"])
def test_words_written_longer_than_the_code_is_remembered_are_kept(
    app, city, session, visitor, form, monkeypatch
):
    code = visitor.file()
    if form == "object":
        case_id = session.scalar(select(Report.case_id))
        session.rollback()
        refuse = {"reason_code": "not_work_safety", "explanation": "别处"}
        from portal.cases.lifecycle import commands as c

        city.move(city.dispatcher, c.Refuse, case_id, now=clock.now(), **refuse)
    visitor.open(code)
    field = {"message": "body", "object": "body", "withdraw": "reason"}[form]
    address, fields = visitor.fields(f"/receipt/{form}")
    later(monkeypatch, timedelta(minutes=61))
    visitor.post(address, {**fields, field: TYPED})
    assert visitor.page.status_code == 422
    assert KEPT in visitor.text
    visitor.send(r"/receipt\?|/receipt$", code="0" * 16)  # mistyped first
    assert visitor.page.status_code == 422
    assert KEPT in visitor.text
    visitor.send(r"/receipt\?|/receipt$", code=code)
    assert visitor.fields(f"/receipt/{form}")[1][field] == KEPT
    visitor.send(f"/receipt/{form}")
    bodies = session.scalars(select(Text.body)).all()
    assert KEPT in bodies


@pytest.fixture
def outage(database, superuser, app):
    """Take the database away and bring it back: a real one, for this test's database alone."""
    name = database.name
    app.config["PROPAGATE_EXCEPTIONS"] = False

    class Outage:
        def __enter__(self):
            self.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )

        def __exit__(self, *error):
            self.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")

        def run(self, statement):
            from sqlalchemy import create_engine

            engine = create_engine(
                superuser.url.set(database="postgres"), isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                connection.execute(text(statement))
            engine.dispose()

    return Outage()


@pytest.mark.promise(1)
def test_a_database_that_is_away_loses_no_word_of_the_first_page(visitor, session, outage):
    visitor.get("/report")
    with outage:
        visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路")
        assert visitor.page.status_code == 503
        assert visitor.page.headers["Retry-After"]
        address, held = visitor.fields(r"/report\?|/report$")
        assert (held["text"], held["place"]) == (KEPT, "纸箱路")
        visitor.send(r"/report\?|/report$")  # tried too early: still there
        assert visitor.page.status_code == 503
    visitor.send(r"/report\?|/report$")
    visitor.evidence()
    visitor.send("/report/send")
    assert words_of(session, reports(session)[0]) == KEPT


@pytest.mark.promise(1)
def test_a_database_that_is_away_loses_no_message_and_no_report(visitor, session, outage):
    visitor.check(text=TYPED)
    with outage:
        visitor.send("/report/send")
        assert visitor.page.status_code == 503
    visitor.send("/report/send")
    code = visitor.code
    visitor.open(code)
    with outage:
        visitor.send("/receipt/message", body="还锁着<b>")
        assert visitor.page.status_code == 503
        assert visitor.fields("/receipt/message")[1]["body"] == "还锁着<b>"
    visitor.send("/receipt/message")
    assert "还锁着<b>" in visitor.text


@pytest.mark.promise(1)
def test_a_database_that_is_away_loses_no_byte_of_a_file(visitor, session, outage, monkeypatch):
    """Away while a part comes, while the file is cleaned, and while the report is sent."""
    visitor.what_where(text=TYPED)
    sender, photo = Sender(visitor), files.jpeg()
    address = sender.create(photo).headers["Location"]
    assert sender.patch(address, photo[:1000], 0).status_code == 204
    with outage:
        answer = sender.patch(address, photo[1000:], 1000)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert sender.offset(address) == 1000
    go, scrub = threading.Event(), low_scrubber().scrub
    with monkeypatch.context() as patch:
        patch.setattr(low_scrubber(), "scrub", lambda data: go.wait(60) and scrub(data))
        assert sender.patch(address, photo[1000:], 1000).status_code == 204
        with outage:
            go.set()
            aside().wait([UUID(hex=address.split("/")[-1][:32])])
    assert [file["state"] for file in sender.files()] == ["being_cleaned"]
    visitor.get("/report/check")  # takes the cleaning up again
    with outage:
        visitor.send("/report/send")
        assert visitor.page.status_code == 503
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    session.rollback()
    (row,) = session.scalars(select(Attachment)).all()
    assert (row.state, row.original_sha256) == ("shown", sha256(photo).hexdigest())


@pytest.mark.promise(1)
def test_a_database_that_goes_away_at_the_commit_confirms_nothing(
    app, visitor, session, superuser, monkeypatch
):
    """Killed between the last statement and the commit: no receipt is shown, nothing is lost."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor.check(text=TYPED)
    import portal.web.request_cycle as cycle

    real = cycle.finish

    def killed(own, *, keep):
        if keep:
            pid = own.connection().connection.driver_connection.info.backend_pid
            with superuser.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        real(own, keep=keep)

    with monkeypatch.context() as patch:
        patch.setattr(cycle, "finish", killed)
        visitor.send("/report/send")
        assert visitor.page.status_code == 503
        assert not re.search(r"\d{4} \d{4} \d{4} \d{4}", visitor.text)
    assert reports(session) == []
    visitor.send("/report/send")
    assert words_of(session, reports(session)[0]) == KEPT


def test_a_fault_of_ours_keeps_what_was_typed_and_tells_no_secret(
    app, visitor, monkeypatch, caplog
):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor.get("/report")

    def broken(*args, **more):
        raise ValueError(TYPED)

    with monkeypatch.context() as patch:
        patch.setattr("portal.filing.views.report.keep", broken)
        visitor.send(r"/report\?|/report$", text=TYPED, place="纸箱路")
    assert visitor.page.status_code == 500
    assert visitor.fields(r"/report\?|/report$")[1]["text"] == KEPT
    assert "Traceback" not in visitor.html
    assert "宿舍" not in caplog.text
    visitor.send(r"/report\?|/report$")
    assert visitor.page.request.path == "/report/evidence"


def test_two_in_each_others_way_are_told_so_and_it_is_no_fault(app, visitor, monkeypatch):
    """A deadlock in the middle of a request: 409 with a way on, never 500 or 503."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    from psycopg.errors import DeadlockDetected
    from sqlalchemy.exc import OperationalError

    visitor.check(text=TYPED)

    def clash(*args, **more):
        raise OperationalError("SELECT 1", {}, DeadlockDetected("deadlock detected"))

    with monkeypatch.context() as patch:
        patch.setattr("portal.filing.views.report.file_report", clash)
        visitor.send("/report/send")
    assert visitor.page.status_code == 409
    assert db.session is not None
