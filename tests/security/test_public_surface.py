"""The public pages from outside: cookies, other sites, wrong codes, GETs that write nothing."""

import gzip
import re
from uuid import uuid4

import brotli
import pytest
from sqlalchemy import func, select, text

from portal.access.kinds import Actor, Role
from portal.attachments.models import Attachment
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.filing.views import opened
from portal.foundation import clock
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.presets.queries import in_force
from portal.reports.models import Report
from portal.routing.engine import route
from portal.routing.matters import GroupFacts, matter_of
from portal.sealing.services import register
from tests.support import files
from tests.support.challenges import answer_on, few_numbers, proof_on
from tests.support.city import NOON
from tests.support.visitor import Visitor

PUBLIC = (
    "/",
    "/report",
    "/report/offline",
    "/receipt",
    "/how",
    "/privacy",
    "/accessibility",
    "/contact",
)


def cookies(answer):
    return answer.headers.getlist("Set-Cookie")


@pytest.mark.promise(2)
@pytest.mark.parametrize("tls", [False, True])
def test_no_page_sets_a_cookie_before_the_first_form_is_sent(app, city, tls):
    visitor = Visitor(app, tls=tls)
    for path in (*PUBLIC, "/report/evidence", "/report/check", "/report/sent", "/receipt/report"):
        answer = visitor.client.get(path, base_url=visitor.base)
        assert answer.status_code in (200, 303), path
        assert cookies(answer) == [], path
        assert answer.headers["Cache-Control"] == "no-store" or path == "/", path


@pytest.mark.promise(2)
@pytest.mark.parametrize("tls", [False, True])
def test_cookies_carry_their_flags_and_nothing_of_the_reporter(app, city, tls):
    visitor = Visitor(app, tls=tls)
    visitor.what_where(text="二楼的门锁住了")
    drafts = cookies(visitor.answer)
    visitor.evidence()
    visitor.send("/report/send")
    visitor.open(visitor.code)
    receipts = cookies(visitor.answer)
    for found, base, seconds in ((drafts, "draft", 86400), (receipts, "receipt", 3600)):
        (line,) = found
        name, value = line.split(";")[0].split("=", 1)
        assert name == ("__Host-" + base if tls else base)
        assert ("; Secure" in line) is tls
        assert "; HttpOnly" in line
        assert "; Path=/" in line
        assert "SameSite=Lax" in line
        assert "Domain" not in line
        assert f"Max-Age={seconds}" in line
        assert re.fullmatch(r"[0-9a-f]+", value)
        assert len(line) < 4096
    code = visitor.client
    assert code is not None


@pytest.mark.promise(2)
def test_the_receipt_cookie_cannot_be_made_up_or_changed(app, city):
    visitor = Visitor(app)
    visitor.open(visitor.file())
    value = visitor.client.get_cookie("receipt").value
    for forged in ("", "00" * 60, value[:-2] + "00", value[2:], "zz", value + "00"):
        visitor.client.set_cookie("receipt", forged)
        answer = visitor.client.get("/receipt/report")
        assert answer.status_code == 303, forged


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost.elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_another_site_sends_nothing_with_a_persons_browser(app, city, session, headers):
    visitor = Visitor(app)
    visitor.check()
    before = session.scalar(select(func.count()).select_from(Event))
    session.rollback()
    for form in ("/report/send",):
        address, fields = visitor.fields(form)
        answer = visitor.client.post(address, data=fields, headers=headers)
        assert answer.status_code == 400
    for path in ("/report", "/report/clear", "/report/leave", "/receipt", "/receipt/leave"):
        answer = visitor.client.post(path, data={"text": "x"}, headers=headers)
        assert answer.status_code == 400, path
        assert cookies(answer) == []
    assert session.scalar(select(func.count()).select_from(Event)) == before


def test_the_own_site_and_an_old_browser_are_let_through(app, city):
    for headers in (
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        visitor = Visitor(app)
        visitor.get("/report")
        address, fields = visitor.fields(r"/report\?|/report$")
        data = {**fields, "text": "二楼的门", "place": "纸箱路"}
        assert visitor.client.post(address, data=data, headers=headers).status_code == 303


@pytest.mark.promise(1)
def test_another_sites_draft_is_not_kept_and_the_own_one_stays(app, city):
    """A form of another site with a token of its own nonce: the draft is not overwritten."""
    victim, attacker = Visitor(app), Visitor(app)
    victim.what_where(text="我写的字")
    attacker.get("/report")
    _, theirs = attacker.fields(r"/report\?|/report$")
    _, own = victim.fields("/report/evidence")
    forged = {"csrf_token": theirs["csrf_token"], "nonce": own["nonce"]}
    answer = victim.client.post("/report", data={**forged, "text": "假的字", "place": "x"})
    assert answer.status_code == 422
    victim.get("/report")
    assert victim.fields(r"/report\?|/report$")[1]["text"] == "我写的字"


def test_a_part_without_a_name_is_a_bad_request_and_no_fault(app, city):
    line = b"--x\r\nContent-Disposition: form-data%s\r\n\r\nwords\r\n--x--\r\n"
    for part in (b"", b'; filename="a.jpg"'):
        for path in ("/report", "/report/evidence", "/receipt", "/receipt/message"):
            answer = app.test_client().post(
                path, data=line % part, content_type="multipart/form-data; boundary=x"
            )
            assert answer.status_code == 400, path


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header"),
        ("multipart/form-data; boundary=x", b"--x--\r\n" * 2000),
        ("application/json", b"{"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"text=%2BADw-"),
        ("text/plain", b"\xff" * 1000),
        ("application/x-www-form-urlencoded", b"&" * 100_000),
    ],
)
def test_broken_bodies_are_no_fault(app, city, kind, body):
    for path in ("/report", "/report/evidence", "/report/send", "/receipt", "/receipt/message"):
        answer = app.test_client().post(path, data=body, content_type=kind)
        assert answer.status_code < 500, path


@pytest.mark.trap(41)
@pytest.mark.promise(1)
def test_guessed_codes_cost_an_answer_each_and_stop_neither_the_owner_nor_filing(
    app, city, session, monkeypatch
):
    moment = clock.now().replace(second=5)
    for module in ("follow", "opened"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: moment)
    few_numbers(monkeypatch)
    code = Visitor(app).file()
    enough = in_force(session(), moment).city.settings.codes_asked_from
    workers = app.config["PORTAL_SETTINGS"].web_workers
    for number in range(enough // workers):
        one = Visitor(app)  # another browser each time: no address, no cookie is looked at
        one.open(f"{number:016d}")
        assert one.page.status_code == 422
    looked = []
    real = opened.by_code
    monkeypatch.setattr(opened, "by_code", lambda *a, **b: looked.append(1) or real(*a, **b))
    said = set()
    for typed in (code, "1" * 16, "not a code at all"):
        one.open(typed)
        said.add(
            (one.page.status_code, "nothing for this code" in one.text, one.text.count("plus"))
        )
    assert said == {(422, False, 1)}, "without an answer a right code is a wrong one"
    assert looked == []
    owner = Visitor(app)
    owner.get("/receipt")
    proof = proof_on(owner.html)
    owner.send(r"/receipt\?|/receipt$", code="2" * 16, proof=proof)
    assert "nothing for this code" in owner.text
    owner.send(r"/receipt\?|/receipt$", code=code, proof=proof)
    assert "answered before" in owner.text, "each guess costs an answer of its own"
    owner.send(r"/receipt\?|/receipt$", code=code, answer=answer_on(owner.html))
    assert owner.page.request.path == "/receipt/report"
    assert len(Visitor(app).file(text="还能报告")) == 16


def test_a_wrong_code_and_no_code_are_answered_alike(app, city):
    visitor = Visitor(app)
    visitor.file()
    said = set()
    for code in ("0" * 16, "9" * 16, "1" * 15, "x", "1" * 17):
        visitor.open(code)
        said.add((visitor.page.status_code, visitor.text.count("nothing for this code")))
    assert len(said) == 1


FINGERPRINT = """
    SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t
"""


def fingerprints(superuser):
    with superuser.connect() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        return {
            table: connection.execute(text(FINGERPRINT.format(f'"{table}"'))).scalar()
            for table in list(tables)
        }


def rules_of(app):
    """All addresses; the one that lets the cookies go comes last."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == "filing.away")


@pytest.mark.trap(32)
@pytest.mark.promise(3)
def test_no_get_writes_anything_for_anybody(app, city, session, superuser, client_for):
    filed = city.in_hand()
    book_id = str(city.book(filed.case_id, city.inspected(filed.case_id)).id)
    waiting_id = str(city.file().case_id)
    visitor = Visitor(app)
    visitor.open(visitor.file())
    started = Visitor(app)
    started.what_where()
    session.remove()
    values = {
        "case_id": str(filed.case_id),
        "number": session.scalar(select(Case.number)),
        "book_id": book_id,
        "task_book_id": book_id,
    }
    session.remove()
    people = [
        city.dispatcher,
        city.member,
        city.lead,
        city.supervisor,
        city.director,
        city.auditor,
        city.administrator,
        Actor(role=Role.CUSTODIAN, account_id=uuid4(), person_id=uuid4()),
    ]
    clients = [visitor.client, started.client, *(client_for(actor) for actor in people)]
    before = fingerprints(superuser)
    assert len(before) > 20
    seen, answered = set(), set()
    adapter = app.url_map.bind("localhost")
    for rule in rules_of(app):
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        ids = (values["case_id"], waiting_id) if "case_id" in rule.arguments else ("",)
        for case_id in ids:
            filled = {
                name: case_id if name == "case_id" else values.get(name, str(uuid4()))
                for name in rule.arguments
            }
            path = adapter.build(rule.endpoint, filled)
            for number, client in enumerate(clients):
                for method in ("get", "head", "options") if number == 2 else ("get",):
                    answer = getattr(client, method)(path)
                    # Operations say so themselves when no worker runs.
                    assert answer.status_code < 500 or path == "/readyz", (path, method)
                    answered.add(answer.status_code)
        seen.add(rule.endpoint)
    session.remove()
    after = fingerprints(superuser)
    assert {table for table in before if before[table] != after[table]} == set()
    assert 200 in answered
    assert len(seen) > 10


def test_a_get_that_tries_to_write_is_refused_by_the_database(app, city, session):
    """The fence itself: were a page to write on GET, PostgreSQL would not let it."""
    from portal.foundation.db import db

    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.test_request_context("/report"):
        db.session.remove()
        with pytest.raises(Exception, match="read-only transaction"):
            db.session.execute(text("UPDATE cases SET next_clock = 'x'"))
        db.session.remove()


@pytest.mark.trap(38)
def test_a_word_by_the_web_wakes_the_case_like_one_by_any_other_door(app, city, session):
    """The same event, the same waiting, the same notices, whichever way it came."""
    visitor = Visitor(app)
    codes = [visitor.file(), Visitor(app).file()]
    ids = session.scalars(select(Report.id).order_by(text("ctid"))).all()
    session.rollback()
    by_web = Visitor(app)
    by_web.open(codes[0])
    by_web.send("/receipt/message", body="还锁着")
    case_id = session.get_one(Report, ids[1]).case_id
    session.rollback()
    fields = {"report_id": ids[1], "body": "还锁着"}
    from portal.foundation.clock import now

    city.move(city.reporter(ids[1]), c.Ask, case_id, now=now(), **fields)
    told = []
    for report_id in ids:
        case = session.get_one(Case, session.get_one(Report, report_id).case_id)
        event = session.scalars(
            select(Event).where(Event.case_id == case.id).order_by(Event.case_version.desc())
        ).first()
        notices = session.execute(
            text("SELECT receiver, event FROM notices WHERE case_id = :id ORDER BY 1"),
            {"id": case.id},
        ).all()
        told.append(
            (str(event.kind), str(event.role), case.unanswered_count, [tuple(n) for n in notices])
        )
    assert told[0] == told[1]
    assert told[0][:3] == ("asked", "reporter", 1)
    assert told[0][3]


@pytest.mark.trap(49)
def test_who_is_signed_in_is_never_put_into_the_reporters_fields(app, city, session, client_for):
    with unit_of_work(session()) as own:
        for custodian, _secret in files.custodians(3):
            register(own, custodian, label="k", now=NOON)
    for actor in (city.dispatcher, city.lead, city.administrator):
        visitor = Visitor(app)
        visitor.client = client_for(actor)
        visitor.what_where()
        _, fields = visitor.fields("/report/evidence")
        assert (fields["name"], fields["phone"]) == ("", "")
        assert "example.org" not in visitor.html


@pytest.mark.trap(52)
def test_every_trade_in_every_place_ends_at_somebody(city, session):
    """All kinds, categories and places: a living group or a desk, and a report is always taken."""
    preset = in_force(session(), NOON)
    codes = {group.code for group in preset.city.groups}
    for people in (0, 1):
        groups = {code: GroupFacts(people_count=people) for code in codes}
        for kind in preset.taxonomy.report_kinds:
            for category in (None, *preset.taxonomy.categories):
                for place in (None, *preset.taxonomy.jurisdictions):
                    matter = matter_of(
                        preset.taxonomy,
                        at=NOON.astimezone(preset.limits.zone),
                        jurisdiction=place,
                        category=category,
                        kind=kind,
                        unit=None,
                        channel="web",
                    )
                    found = route(preset.routing, matter, live_groups=groups)
                    assert found.to in codes
                    if not people:
                        assert found.to == "duty-desk"
    for kind in preset.taxonomy.report_kinds:
        filed = city.file(kind=kind, claimed_category=None, jurisdiction=None)
        assert session.get_one(Case, filed.case_id).desk_id is not None


@pytest.mark.trap(52)
@pytest.mark.trap(24)
def test_a_report_is_taken_when_the_duty_desk_is_gone(city, session):
    with unit_of_work(session()) as own:
        own.execute(text("UPDATE groups SET ended_on = '2026-01-01' WHERE code = 'duty-desk'"))
    filed = city.file()
    case = session.get_one(Case, filed.case_id)
    assert case.desk_id == city.group("hotline-desk")


@pytest.mark.trap(25)
def test_a_report_whose_groups_are_all_gone_waits_at_the_desk_and_says_why(city, session):
    """Reports to nowhere: the rule's group has nobody; the proposal says so and names the desk."""
    preset = in_force(session(), NOON)
    matter = matter_of(
        preset.taxonomy,
        at=NOON.astimezone(preset.limits.zone),
        jurisdiction="320412",
        category="fire.exit_blocked",
        kind="hazard",
        unit=None,
        channel="web",
    )
    groups = {group.code: GroupFacts(people_count=0) for group in preset.city.groups}
    found = route(preset.routing, matter, live_groups=groups)
    assert (found.to, found.fell_back, found.alarm is not None) == ("duty-desk", True, True)


@pytest.mark.trap(13)
@pytest.mark.promise(4)
def test_the_reporter_reads_why_and_where_to_go_after_a_refusal(app, city, session):
    visitor = Visitor(app)
    code = visitor.file()
    case_id = session.scalar(select(Case.id))
    session.rollback()
    from portal.foundation.clock import now

    refuse = {"reason_code": "not_work_safety", "explanation": "请打 12345<b>"}
    city.move(city.dispatcher, c.Refuse, case_id, now=now(), **refuse)
    visitor.open(code)
    assert "Not a work-safety matter" in visitor.text
    assert "请打 12345<b>" in visitor.text
    assert visitor.fields("/receipt/object")


def test_files_of_a_message_are_kept_with_the_report(app, city, session):
    visitor = Visitor(app)
    visitor.open(visitor.file())
    visitor.send("/receipt/message", [("x.jpg", files.jpeg())], body="照片在这里")
    assert visitor.page.status_code == 200
    row = session.scalars(select(Attachment)).one()
    assert row.purpose == "message"


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    ("coding", "opened"), [("br", brotli.decompress), ("gzip", gzip.decompress)]
)
def test_only_a_first_visit_is_compressed(app, city, coding, opened):
    """What is secret must not stand in one compressed answer with what others may put in."""
    takes = {"Accept-Encoding": coding}
    first = app.test_client().get("/report", headers=takes)
    plain = opened(first.data).decode()
    assert first.headers["Content-Encoding"] == coding
    assert len(first.data) < len(plain) / 3
    assert "Accept-Encoding" in first.vary
    assert 'name="nonce"' in plain

    assert "Content-Encoding" not in app.test_client().get("/report").headers
    visitor = Visitor(app)
    visitor.what_where(text="楼梯门锁着。")
    again = visitor.client.get("/report", headers=takes)
    assert "楼梯门锁着。" in again.text
    assert "Content-Encoding" not in again.headers
