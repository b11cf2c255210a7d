"""What is another office's: taken in, handed over by name, asked for until that office answers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.queries import account
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, ClockReading
from portal.cases.queries.digest import morning
from portal.cases.services import remind_of_due
from portal.foundation.clock import now
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.notices.models import Delivery
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.visitor import Visitor

AWAY = {"office": "human_resources", "handover": "函 12 号", "explanation": "工资归人社局管。"}


@pytest.fixture
def visitor(app, city):
    return Visitor(app)


def handed_over(city):
    filed = city.file(claimed_category="elsewhere.wages")
    city.move(city.dispatcher, c.TransferOut, filed.case_id, **AWAY)
    return filed


def clock(session, case_id):
    session.rollback()
    wanted = select(ClockReading).where(
        ClockReading.case_id == case_id, ClockReading.clock == "office_reply"
    )
    return session.scalars(wanted.order_by(ClockReading.episode.desc())).first()


def waits(city, session, at):
    """How many cases the dispatcher's morning names as late or near."""
    preset = in_force(session(), at)
    own = account(session(), city.dispatcher.account_id)
    found = morning(session(), own, preset, day=at.date(), now=at)
    return found.late.count + found.due.count


def mails(session):
    return len(session.scalars(select(Delivery.id)).all())


@pytest.mark.trap(52)
@pytest.mark.trap(13)
def test_a_matter_of_another_office_is_taken_in_and_followed_to_its_answer(
    visitor, session, city, client_for
):
    visitor.what_where(text="两个月没发工资", category="elsewhere.wages")
    visitor.evidence()
    assert "Who will get it: Human Resources and Social Security Bureau" in visitor.text
    visitor.send("/report/send")
    code = visitor.code
    case = session.scalars(select(Case)).one()
    desk = client_for(city.dispatcher)
    page = desk.get(f"/staff/intake/{case.id}").get_data(as_text=True)
    form = page.split(f"/staff/intake/{case.id}/transfer_out")[1].split("</form>")[0]
    assert '<option value="human_resources" selected>' in form
    city.move(city.dispatcher, c.TransferOut, case.id, **AWAY, now=now())
    visitor.open(code)
    for line in (
        "Handed over to: Human Resources",
        "It has been with that office since",
        "It has not replied yet. If it does not by",
        AWAY["explanation"],
    ):
        assert line in visitor.text
    assert AWAY["handover"] not in visitor.text  # how it went there is for staff
    said = {"said": "took_on", "reply": "已立案，五日内答复。"}
    offered = desk.get(f"/staff/cases/{case.id}").get_data(as_text=True)
    assert "Record what the other office said" in offered
    city.move(city.dispatcher, c.RecordReply, case.id, **said, now=now())
    visitor.get("/receipt/report")
    assert "It took the matter on" in visitor.text
    assert said["reply"] in visitor.text
    assert "It has not replied" not in visitor.text
    timeline = desk.get(f"/staff/cases/{case.id}").get_data(as_text=True)
    assert "The other office replied: It took the matter on" in timeline


def test_the_desk_is_reminded_until_the_office_has_acknowledged(city, session):
    filed = handed_over(city)
    running = clock(session, filed.case_id)
    assert running.stopped_at is None
    due = running.due_at
    assert timedelta(days=6) < due - NOON < timedelta(days=8)  # five working days
    with unit_of_work(session()) as own:
        assert remind_of_due(own, now=due + timedelta(minutes=1)) == 1
    assert mails(session) == 2  # both who work at the desk
    for days in (1, 5, 30):
        assert waits(city, session, due + timedelta(days=days)) == 1
    reply = {"reply": "不归我们。", "now": due + timedelta(days=31)}
    city.move(city.dispatcher, c.RecordReply, filed.case_id, said="not_theirs", **reply)
    assert clock(session, filed.case_id).stopped_at is None
    assert waits(city, session, due + timedelta(days=32)) == 1
    reply["now"] += timedelta(days=2)
    city.move(city.dispatcher, c.RecordReply, filed.case_id, said="took_on", **reply)
    assert clock(session, filed.case_id).state == "done_late"
    assert waits(city, session, due + timedelta(days=34)) == 0


def test_reopening_ends_the_hand_over_and_another_begins_its_own_clock(city, session):
    filed = handed_over(city)
    city.move(city.director, c.Reopen, filed.case_id, ground="new_evidence", reason="新情况")
    assert clock(session, filed.case_id).state == "cancelled"
    later = NOON + timedelta(days=1)
    city.move(city.dispatcher, c.TransferOut, filed.case_id, **AWAY, now=later)
    again = clock(session, filed.case_id)
    assert (again.episode, again.started_at) == (2, later)


def test_a_reply_needs_a_hand_over_a_listed_answer_and_words(city):
    closed = city.closed()
    with pytest.raises(OutOfTurn):
        city.move(city.lead, c.RecordReply, closed.case_id, said="took_on", reply="好")
    filed = handed_over(city)
    for lacking in ({"said": "", "reply": "好"}, {"said": "took_on", "reply": " "}):
        with pytest.raises(Incomplete):
            city.move(city.dispatcher, c.RecordReply, filed.case_id, **lacking)
