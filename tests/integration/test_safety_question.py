"""Whether reporting brought harm: asked at 30 and 90 days; a yes passes over the first group."""

import re
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.kinds import Role
from portal.cases.kinds import Finding, Priority
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import page, search, waiting_count
from portal.foundation import secrets as keys
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.history.kinds import EventKind
from portal.history.models import Event
from portal.measures.integrity import verify
from portal.reports.lifecycle import receipt_code
from portal.reports.models import Report, SafetyAnswer
from tests.support.city import NOON
from tests.support.visitor import Visitor

DAY = timedelta(days=1)
HARM = "老板把我调去看大门，说因为我举报。"


@pytest.fixture
def reporter(app, city, monkeypatch):
    """Somebody whose report the supervision group of the place handled and answered at NOON."""
    found = Visitor(app)
    found.now = NOON
    for module in ("follow", "opened"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: found.now)
    nonce = secrets.token_bytes(16)
    found.filed = city.file(nonce=nonce)
    found.digits = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    case_id = found.filed.case_id
    city.accepted(case_id)
    # First with the fire group, then with the one that watches over the place.
    city.dispatched(case_id)
    city.move(city.lead, c.SignFor, case_id)
    city.move(city.lead, c.Reassign, case_id, group_id=city.group("sup-wujin"), reason="转")
    city.move(city.supervisor, c.SignFor, case_id)
    verdict = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    city.move(city.supervisor, c.Verify, case_id, **verdict)
    city.move(city.supervisor, c.Conclude, case_id, answers=((found.filed.report_id, "答复"),))
    return found


def asks(reporter, now):
    reporter.now = now
    reporter.open(reporter.digits)
    return 'action="/receipt/safety' in reporter.html


def answer(reporter, now, **said):
    assert asks(reporter, now)
    reporter.send("/receipt/safety", **said)
    return reporter.page


def matter_of(session):
    session.expire_all()
    return session.scalar(select(Case).where(Case.kind == "retaliation"))


def test_it_is_asked_from_the_thirtieth_and_again_from_the_ninetieth_day(reporter, session):
    assert not asks(reporter, NOON + 29 * DAY)
    assert answer(reporter, NOON + 30 * DAY, harmed="no").status_code == 200
    assert "You answered our question about disadvantages on 10 December." in re.sub(
        r"\s+", " ", reporter.text
    )
    assert not asks(reporter, NOON + 31 * DAY)
    assert not asks(reporter, NOON + 89 * DAY)
    assert answer(reporter, NOON + 90 * DAY, harmed="no").status_code == 200
    assert not asks(reporter, NOON + 200 * DAY)
    rows = session.query(SafetyAnswer).order_by(SafetyAnswer.asked_after).all()
    assert [(row.asked_after, row.harmed, row.matter_id) for row in rows] == [
        (30, False, None),
        (90, False, None),
    ]
    assert matter_of(session) is None


def test_a_yes_needs_its_words_and_is_filed_once_with_a_code_of_its_own(
    reporter, city, session, app
):
    assert answer(reporter, NOON + 30 * DAY, harmed="yes", said=" ").status_code == 422
    assert "Write what happened, two characters at least." in reporter.text
    assert matter_of(session) is None
    assert answer(reporter, NOON + 30 * DAY, harmed="yes", said=HARM).status_code == 200
    matter = matter_of(session)
    row = session.query(SafetyAnswer).one()
    assert session.get(Report, row.matter_id).case_id == matter.id
    assert "goes past the group that handled your first report" in reporter.text
    code = re.search(r"\d{4} \d{4} \d{4} \d{4}", re.sub(r"\s+", " ", reporter.text))[0]
    other = Visitor(app)
    other.open(code)
    assert "Where your report stands" in other.text
    # The same form sent again finds nothing asked, and files nothing.
    with pytest.raises(OutOfTurn):
        tell_again(city, session, reporter)
    assert len(session.query(Case).all()) == 2


def tell_again(city, session, reporter):
    from portal.cases.services import tell_safety
    from portal.foundation.transaction import unit_of_work

    who = city.reporter(reporter.filed.report_id)
    with unit_of_work(session()) as own:
        tell_safety(own, who, harmed=True, said=HARM, now=NOON + 30 * DAY)


@pytest.mark.trap(29)
@pytest.mark.trap(39)
def test_nobody_who_handled_the_report_sees_that_there_is_a_yes(
    reporter, city, session, client_for
):
    before = pages(city, session, client_for, reporter)
    assert answer(reporter, NOON + 30 * DAY, harmed="yes", said=HARM).status_code == 200
    matter = matter_of(session)
    # Neither as they are, nor in another role or group of theirs.
    inside = [city.lead, city.member, city.second_member, city.supervisor]
    moved = replace(city.lead, group_id=city.group("sup-wujin"))
    inside += [replace(moved, group_kind=city.supervisor.group_kind, jurisdiction="320412")]
    inside += [replace(city.supervisor, role=Role.DISPATCHER, group_id=city.group("duty-desk"))]
    for actor in inside:
        assert matter.id not in {row.id for row in page(session(), actor, limit=100)}
        assert matter.id not in {
            row.id for row in search(session(), actor, "看大门", now=NOON).cases
        }
        with pytest.raises(NotFound):
            city.move(actor, c.Note, matter.id, body="x")
    assert client_for(city.supervisor).get(f"/staff/cases/{matter.id}").status_code == 404
    assert pages(city, session, client_for, reporter) == before
    # No event of the first case tells of it either.
    kinds = session.scalars(select(Event.kind).where(Event.case_id == reporter.filed.case_id))
    assert EventKind.SAFETY_TOLD not in set(kinds)
    for actor in (city.dispatcher, city.director, city.auditor):
        assert matter.id in {row.id for row in page(session(), actor, limit=100)}
    session.rollback()
    assert verify(session(), keys.in_use().key("seal-chain"), None).found <= 1  # no head kept


def pages(city, session, client_for, reporter):
    """What people of both groups see, by page and count."""
    found = []
    for actor in (city.lead, city.member, city.supervisor):
        found.append(waiting_count(session(), actor))
        client = client_for(actor)
        for path in ("/staff", f"/staff/cases/{reporter.filed.case_id}", "/staff/search?q=看大门"):
            text = client.get(path).text
            found.append(re.sub(r'(csrf_token|name="csrf|nonce).{0,200}', "", text))
    return found


def test_a_yes_goes_by_the_rules_to_a_supervision_group_that_had_no_part(
    reporter, city, session, client_for
):
    assert answer(reporter, NOON + 30 * DAY, harmed="yes", said=HARM).status_code == 200
    matter = matter_of(session)
    assert city.group("insp-fire") in matter.hidden_from
    assert city.group("sup-wujin") in matter.hidden_from
    settled = {"kind": "retaliation", "category": "fire.exit_blocked", "now": NOON + 31 * DAY}
    city.accepted(matter.id, **settled)
    sent = {"priority": Priority.NORMAL, "suspected_major": False, "now": NOON + 31 * DAY}
    for code in ("insp-fire", "sup-wujin"):
        with pytest.raises(Incomplete) as error:
            city.dispatched(matter.id, code, **sent)
        assert error.value.reason == "group_had_part"
    # The rule names the group of the place, which had a part: the desk chooses another.
    city.dispatched(matter.id, "sup-liyang", **sent)
    session.expire_all()
    last = session.scalars(
        select(Event).where(Event.case_id == matter.id).order_by(Event.seq.desc())
    ).first()
    assert last.payload["routing"]["excluded"] == ["sup-wujin"]
    city.move(city.supervisor_elsewhere, c.SignFor, matter.id, now=NOON + 32 * DAY)
    # It can't be shown to them by merging it either.
    with pytest.raises(Incomplete) as error:
        fresh = city.file(now=NOON + 32 * DAY)
        city.move(city.dispatcher, c.Merge, fresh.case_id, into_id=matter.id, now=NOON + 32 * DAY)
    assert error.value.reason == "target_hidden"
    # Whoever reads it finds the case that it is about.
    number = session.get(Case, reporter.filed.case_id).number
    assert number in client_for(city.director).get(f"/staff/cases/{matter.id}").text
