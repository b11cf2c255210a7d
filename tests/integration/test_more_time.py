"""More time: asked before the date, decided by a lead within the preset's cap, and what was late
stays late.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, Extension
from portal.cases.queries import clocks_of, follow_up
from portal.notices.models import Notice
from portal.presets.queries import in_force
from tests.support.city import NOON
from tests.support.refusals import UNIT, refusal, unit_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: 24:00 of 20 November in Changzhou: the task of `city.book` is due by then.
DUE = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def given(city):
    """A case with a task: what filing gave, the book, the task."""
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    return filed, book, city.items(filed.case_id)[0]


def asked(item, **changed):
    until = item.due_on + 15 * DAY
    wish = {"item_id": item.id, "new_due_on": until, "reason": "没到货", "plan": "下周装"}
    return {**wish, **UNIT, **changed}


def waiting(session):
    return session.scalar(select(Extension.id).where(Extension.decided_at.is_(None)))


def reading(session, case_id, subject, *, now):
    session.expire_all()
    case = session.get_one(Case, case_id)
    found = clocks_of(session(), case, in_force(session(), now), as_of=now)
    return [
        one for one in found if one.subject == subject and one.kind in ("item", "handling_total")
    ]


@pytest.mark.trap(15, 18)
def test_a_unit_asks_up_to_the_last_minute_and_a_lead_grants_within_the_cap(city, session, given):
    filed, book, item = given
    case_id, unit = filed.case_id, unit_of(book)
    for changed, code, field in (
        ({"reason": " "}, "reason_missing", "reason"),
        ({"plan": ""}, "plan_missing", "plan"),
        ({"name": ""}, "name_missing", "name"),
        ({"new_due_on": None}, "extension_not_later", "new_due_on"),
        ({"new_due_on": item.due_on}, "extension_not_later", "new_due_on"),
        ({"new_due_on": item.due_on + 16 * DAY}, "extension_too_long", "new_due_on"),
        ({"item_id": None}, "item_not_with_unit", "item_id"),
    ):
        found = refusal(city.move, unit, c.AskExtension, case_id, **asked(item, **changed))
        assert found == (code, field)
    # Staff do not ask in the unit's place.
    found = refusal(city.move, city.member, c.AskExtension, case_id, **asked(item))
    assert found == ("not_yours", "item_id")
    late = refusal(city.move, unit, c.AskExtension, case_id, **asked(item), now=DUE + MINUTE)
    assert late[0] == "extension_late"
    city.move(unit, c.AskExtension, case_id, **asked(item), now=DUE - MINUTE)
    again = refusal(city.move, unit, c.AskExtension, case_id, **asked(item), now=DUE - MINUTE)
    assert again[0] == "extension_pending"
    ruling = {"extension_id": waiting(session), "granted": True, "reason": "有合同"}
    over = {**ruling, "new_due_on": item.due_on + 16 * DAY, "now": DUE - MINUTE}
    found = refusal(city.move, city.lead, c.DecideExtension, case_id, **over)
    assert found == ("extension_too_long", "new_due_on")
    # Less than was asked for can be granted.
    until = item.due_on + 5 * DAY
    grant = {**ruling, "new_due_on": until, "now": DUE - MINUTE}
    city.move(city.lead, c.DecideExtension, case_id, **grant)
    (one,) = reading(session, case_id, str(item.id), now=DUE + DAY)
    assert (one.last_day, one.breach) == (until, False)
    assert [grant.new_due_on for grant in one.extensions] == [until]
    assert city.items(case_id)[0].due_on == until
    told = session.scalars(select(Notice).where(Notice.event.like("extension_%"))).all()
    assert {(one.event, one.receiver) for one in told} == {
        ("extension_asked", "lead"),
        ("extension_decided", "unit"),
        ("extension_decided", "handler"),
    }
    more = asked(item, new_due_on=until + DAY) | {"now": DUE}
    assert refusal(city.move, unit, c.AskExtension, case_id, **more)[0] == "extension_used"


@pytest.mark.trap(16)
def test_what_was_late_stays_late_whatever_is_decided_afterwards(city, session, given):
    filed, book, item = given
    city.move(unit_of(book), c.AskExtension, filed.case_id, **asked(item), now=DUE - MINUTE)
    ruling = {
        "extension_id": waiting(session),
        "granted": True,
        "reason": "迟了",
        "now": DUE + MINUTE,
    }
    ruling["new_due_on"] = item.due_on + DAY
    found = refusal(city.move, city.lead, c.DecideExtension, filed.case_id, **ruling)
    assert found == ("extension_late", "granted")
    ruling |= {"granted": False}
    city.move(city.lead, c.DecideExtension, filed.case_id, **ruling)
    (one,) = reading(session, filed.case_id, str(item.id), now=DUE + MINUTE)
    assert (one.breach, one.extensions) == (True, ())
    assert city.items(filed.case_id)[0].due_on == item.due_on


def test_a_member_asks_for_days_for_the_answer_and_the_reporter_reads_why(city, session):
    filed = city.in_hand()
    wish = {"days": 31, "reason": "等检测", "plan": "下周取报告"}
    found = refusal(city.move, city.member, c.AskExtension, filed.case_id, **wish)
    assert found == ("extension_days", "days")
    city.move(city.member, c.AskExtension, filed.case_id, **wish | {"days": 30})
    asked_by = session.get_one(Extension, waiting(session))
    # Whoever asked does not decide, in whatever role.
    ruling = {"extension_id": asked_by.id, "granted": True, "days": 20, "reason": "检测要三周"}
    same = replace(city.lead, person_id=city.member.person_id)
    assert refusal(city.move, same, c.DecideExtension, filed.case_id, **ruling)[0] == "own_request"
    city.move(city.lead, c.DecideExtension, filed.case_id, **ruling)
    one = reading(session, filed.case_id, "case", now=NOON)[0]
    # Sixty days and the twenty, rolled once at the end.
    assert one.last_day == (NOON + 80 * DAY).date()
    page = follow_up(session(), city.reporter(filed.report_id), now=NOON)
    assert page.more_time == (20, "检测要三周")
