"""Published cases before sending: what is shown of them, what is said of them, who reads that."""

import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text

from portal.cases import queries
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.foundation.db import db
from portal.measures.fixed import public_id
from portal.reports.models import Draft, Report
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, PLACE, TEXT
from tests.support.clerk import Clerk
from tests.support.meeting import wait_for_waiters
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

TOWN = "320412.hutang"
#: A report of the same kind in the same town as the case that was put right.
ALIKE = {"category": "fire.exit_blocked", "jurisdiction": TOWN}
#: NOON is 10 November 2026: out with the first of January.
PUBLISHED = NOON + timedelta(days=60)


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, PUBLISHED)


@pytest.fixture
def known(city, clock):
    """A case that was put right, in a town, and is published."""
    return city.put_right(township=TOWN)


@pytest.fixture
def visitor(app, city, clock):
    return Visitor(app)


def offered(visitor):
    """The values that can be chosen, and what is said of each, as the page has them."""
    found = re.findall(r'name="same_as" type="radio" value="([^"]*)"', visitor.html)
    said = re.findall(r'for="same_as-\d+">([^<]*)<', visitor.html)
    return found, said[1:]


def checked(visitor):
    return re.findall(r'name="same_as" type="radio" value="([^"]*)"[^>]* checked', visitor.html)


def into(page):
    """The numbers of the cases into which one press merges, as the dispatcher's page has them."""
    return [dict(form.fields)["into_id"] for form in page.read.forms if "into_id" in form.names]


def newest(session):
    session.expire_all()
    return session.scalars(select(Report).order_by(Report.filed_at.desc(), Report.id)).first()


def stored(superuser, case_id):
    """The row of a case, but for what the database computes."""
    with superuser.begin() as connection:
        found = connection.execute(text("SELECT * FROM cases WHERE id = :id"), {"id": case_id})
        return {
            name: value for name, value in found.mappings().one().items() if "_sort" not in name
        }


def unseen(superuser, statement, **values):
    """Change a case behind the back of its history: to spare walking one to each place."""
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement), values)


@pytest.mark.promise(2)
@pytest.mark.trap(51)
def test_who_says_it_is_the_same_has_a_report_of_its_own_and_the_desk_reads_it_first(
    city, session, known, visitor, client_for
):
    version = city.version(known.case_id)
    # Much like it, and open: the first suggestion if nobody had said anything.
    other = city.file(now=PUBLISHED - timedelta(hours=2))
    visitor.check(**ALIKE, text="楼道口的门又锁上了，出不去。")
    values, said = offered(visitor)
    assert values == ["", str(public_id(known.case_id))]
    assert said == [
        "It is the same hazard as: Fire safety › Exit or escape route blocked, Hutang, Wujin"
        " District, published in January 2027"
    ]
    assert checked(visitor) == [""]
    visitor.send("/report/send", same_as=values[1])
    assert len(visitor.code) == 16
    assert "You take it for the same hazard" in visitor.text
    report = newest(session)
    assert report.said_same_as == [known.case_id]
    assert report.case_id not in (known.case_id, other.case_id)
    assert_row_is_replay(session, report.case_id)
    case = session.get_one(Case, report.case_id)
    assert case.state is State.RECEIVED
    first = session.get_one(Case, known.case_id)
    # Nothing happened in the other case: its reporter hears of nobody.
    assert (first.state, first.version) == (State.CLOSED, version)

    page = Clerk(client_for(city.actors["dispatcher"])).go(f"/staff/intake/{case.id}?lang=en")
    alike = page.text.split("May be the same matter")[1]
    other_number = session.get_one(Case, other.case_id).number
    assert alike.index(first.number) < alike.index(other_number)
    assert "the reporter says it is the same, it was closed: the hazard may have come back" in alike
    assert f"The reporter takes it for the same hazard as {first.number}" in page.text
    # It is no longer open, so that only the other one can be merged into.
    assert into(page)[0] == other_number
    # Marked as likely, so that it is not sorted in bulk.
    suggested = queries.likely_duplicates(session(), city.dispatcher, case, now=PUBLISHED)
    assert suggested[0].likeness.is_likely


def test_without_a_choice_it_is_a_report_like_any_other(session, known, visitor):
    visitor.check(**ALIKE)
    visitor.send("/report/send")
    assert visitor.code
    assert "You take it for the same hazard" not in visitor.text
    assert newest(session).said_same_as == []


def test_a_town_that_is_only_written_is_enough_and_a_district_is_not(known, visitor):
    for typed, count in (
        ({"jurisdiction": "320412"}, 0),
        ({"jurisdiction": "320412", "place": "湖塘镇纸箱路 18 号"}, 2),
        ({"jurisdiction": ""}, 0),
        ({"category": ""}, 0),
    ):
        visitor.check(**{**ALIKE, **typed})
        assert len(offered(visitor)[0]) == count, typed


#: What keeps a case from being published, or makes it another matter.
NOT_SHOWN = (
    "state = 'in_hand', closed_at = NULL, resolution = NULL, reopen_count = 1",
    "resolution = 'unfounded'",
    "resolution = 'duplicate'",
    "finding = 'not_true'",
    "kind = 'retaliation'",
    "kind = 'complaint'",
    "source = 'import'",
    "hidden_from = ARRAY[gen_random_uuid()]",
    "closed_at = closed_at + interval '22 days'",
    "closed_at = closed_at - interval '300 days'",
    "township = NULL",
    "township = '320412.niutang'",
    "category = 'fire.extinguisher_missing'",
)
CANARIES = (TEXT[:8], PLACE, "楼梯门上有铁链", "拆除铁链", "示例包装", "已整改", "厂长")


@pytest.mark.promise(2)
def test_only_what_is_published_is_shown_and_nothing_else_is_told_apart(
    known, visitor, session, superuser, city
):
    number = session.get_one(Case, known.case_id).number
    secrets = (
        *CANARIES,
        number,
        str(known.case_id),
        str(known.report_id),
        "2026-11",
        "10 November",
    )

    def look():
        visitor.get("/report/check")
        for secret in secrets:
            assert secret not in visitor.html, secret
        return offered(visitor)

    def sent(said):
        """What is answered to a choice, but for token and nonce, which are new each time."""
        visitor.send("/report/send", same_as=said)
        plain = re.sub(r'name="(csrf_token|nonce)" value="[^"]*"', "", visitor.html)
        return visitor.page.status_code, plain

    # Whoever knows the very words of the report learns no more by writing them.
    visitor.check(**{**ALIKE, "text": TEXT, "place": PLACE})
    known_words = offered(visitor)
    visitor.check(**{**ALIKE, "text": "门被锁住了", "place": "路口"})
    assert look() == known_words
    values, _said = known_words
    assert len(values) == 2
    before = stored(superuser, known.case_id)
    back = ", ".join(f"{name} = :{name}" for name in before)
    absent = None
    for change in NOT_SHOWN:
        unseen(superuser, f"UPDATE cases SET {change} WHERE id = :id", id=known.case_id)
        assert look() == ([], []), change
        absent = absent or sent(str(uuid4()))
        assert absent[0] == 422
        assert sent(values[1]) == absent, change
        unseen(superuser, f"UPDATE cases SET {back} WHERE id = :id", **before)
    assert "not in this list any more" in absent[1]
    shown = sent(str(uuid4()))
    for forged in (known.case_id, known.report_id, number, "x" * 9000, "\x00'", "320412", "none"):
        assert sent(str(forged)) == shown, forged
    # Nothing is lost by it: the next press sends it.
    visitor.send("/report/send")
    assert visitor.code
    assert newest(session).said_same_as == []


def test_cases_that_read_alike_are_one_line_and_the_newest_of_many_are_shown(
    city, session, known, visitor, superuser
):
    """Copies of the published case, to spare walking each there."""
    made = {}
    whole = stored(superuser, known.case_id)
    names, values = ", ".join(whole), ", ".join(f":{name}" for name in whole)
    for name, days in (("twin", 0), ("older", 31), ("oldest", 62), ("one more", 92)):
        made[name] = uuid4()
        closed = whole["closed_at"] - timedelta(days=days)
        row = {**whole, "id": made[name], "number": name, "closed_at": closed}
        unseen(superuser, f"INSERT INTO cases ({names}) VALUES ({values})", **row)
    visitor.check(**ALIKE)
    values, said = offered(visitor)
    assert [words.rpartition(" in ")[2] for words in said] == [
        "January 2027",
        "December 2026",
        "November 2026",
    ]
    visitor.send("/report/send", same_as=values[1])
    assert newest(session).said_same_as == sorted([known.case_id, made["twin"]])


def test_a_choice_is_kept_where_the_report_could_not_be_sent(known, visitor, session, monkeypatch):
    visitor.check(**ALIKE)
    said = str(public_id(known.case_id))
    with monkeypatch.context() as patch:
        patch.setattr("portal.filing.views.flood.lane", lambda *_args, **_more: None)
        visitor.send("/report/send", same_as=said)
    assert checked(visitor) == [said]
    visitor.get("/report/check")
    assert checked(visitor) == [said]
    visitor.send("/report/send", csrf_token="x")
    assert checked(visitor) == [said]
    visitor.get("/report/check")
    visitor.send("/report/send")
    assert newest(session).said_same_as == [known.case_id]


def test_of_two_sends_at_once_one_is_asked_back_and_both_end(
    known, visitor, app, session, superuser, monkeypatch
):
    """The refused one gives the form free before it keeps its choice, else it waits for itself."""
    visitor.check(**ALIKE)
    address, fields = visitor.fields("/report/send")
    said = str(public_id(known.case_id))
    lanes = iter([None, False])

    def lane(*_args, **_more):
        found = next(lanes)
        if found is None:
            wait_for_waiters(superuser)  # the other one stands before the same form
        return found

    monkeypatch.setattr("portal.filing.views.flood.lane", lane)
    answers = []

    def send():
        answers.append(app.test_client().post(address, data={**fields, "same_as": said}))

    both = [threading.Thread(target=send, daemon=True) for _one in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
        assert not one.is_alive(), "still waiting"
    assert sorted(one.status_code for one in answers) == [200, 303]
    assert session.scalars(select(Report).where(Report.said_same_as != [])).one()
    # What was sent is not begun again by the choice of the other.
    assert session.scalars(select(Draft)).all() == []
    visitor.post(address, {**fields, "same_as": said})
    assert visitor.code


def test_a_case_opened_again_takes_the_report_in_and_its_receipt_tells_of_the_road(
    city, session, known, visitor, client_for
):
    visitor.check(**ALIKE)
    visitor.send("/report/send", same_as=str(public_id(known.case_id)))
    code, report = visitor.code, newest(session)
    again = {"ground": "new_evidence", "reason": "又锁上了", "now": PUBLISHED}
    city.move(city.lead, c.Reopen, known.case_id, **again)
    page = Clerk(client_for(city.actors["dispatcher"])).go(
        f"/staff/intake/{report.case_id}?lang=en"
    )
    assert "it was closed" not in page.text
    number = session.get_one(Case, known.case_id).number
    assert into(page)[0] == number
    city.move(city.dispatcher, c.Merge, report.case_id, into_id=known.case_id, now=PUBLISHED)
    visitor.get("/receipt")
    visitor.send("/receipt", code=code)
    assert "Others reported the same matter; it is handled in one." in visitor.text
    assert "is looking into it" in visitor.text
    assert "You take it for the same hazard" in visitor.text
    assert number not in visitor.text


def test_it_costs_one_small_query_where_a_town_is_known_and_none_elsewhere(known, visitor, app):
    with app.app_context():
        engine = db.engine
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def counted(act):
        asked.clear()
        act()
        return len(asked)

    numbers = {}
    for place in ("320412", TOWN):
        visitor.check(**{**ALIKE, "jurisdiction": place})
        page = counted(lambda: visitor.get("/report/check"))
        numbers[place] = page, counted(lambda: visitor.send("/report/send"))
    assert numbers[TOWN][0] == numbers["320412"][0] + 1
    assert numbers[TOWN][1] == numbers["320412"][1]
