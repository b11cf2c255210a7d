"""Reminders and the morning's digest under a virtual clock: the exact list, each once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.access.kinds import SYSTEM, Role
from portal.accounts.models import Membership
from portal.accounts.queries import group_by_code
from portal.accounts.services import add_person, give_role
from portal.cases.lifecycle import commands as c
from portal.cases.services import make_digests, remind_of_due
from portal.foundation.transaction import unit_of_work
from portal.integrations.mail import Post
from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery, Digest, Reminder
from portal.units.services import declare_tie
from tests.support.jobs import Worker
from tests.support.post import Server, serving

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEAR, DIGEST = "有一件案子快到期或已到期", "今天早上等你办的案子"


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


#: A Tuesday, after the hour of the digest.
START = local("2026-11-10T12:00")


@pytest.fixture
def post():
    return Server()


@pytest.fixture
def worker(app, post, free_port, monkeypatch):
    running = serving(post, free_port)
    mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port, "MAIL_TIMEOUT": 5}
    app.extensions["portal-post"] = Post({**app.config, **mail})
    worker = Worker(app, START)
    monkeypatch.setattr("portal.jobs.tasks.now", worker.now)
    yield worker
    running.stop()


def reminders(city, clock):
    rows = city.session.scalars(
        select(Reminder.at).where(Reminder.clock == clock).order_by(Reminder.at)
    )
    return [at.astimezone(ZONE).strftime("%m-%d %H:%M") for at in rows]


def subjects(post, address):
    return [message["Subject"] for message in post.to(address)]


@pytest.mark.trap(33)
def test_each_due_date_is_reminded_of_a_working_day_before_and_at_it(city, worker, post):
    """Signed for on Tuesday 10 November: verified within 15 working days, by 1 December."""
    city.in_hand(now=START)
    worker.until(local("2026-12-04T12:00"), step=6 * HOUR)
    assert reminders(city, "verification") == ["11-30 08:30", "12-02 00:00"]
    # 2 working days for a first answer: Thursday 12 November.
    assert reminders(city, "first_response") == ["11-11 08:30", "11-13 00:00"]
    # The sign-for clock had stopped.
    assert reminders(city, "sign_for") == []
    assert subjects(post, "lead@example.org").count(NEAR) == 4
    assert NEAR not in subjects(post, "member@example.org")
    assert NEAR not in subjects(post, "dispatcher@example.org")


@pytest.mark.trap(33)
def test_a_reminder_before_a_weekend_comes_on_the_friday(city, worker):
    """Accepted by Monday 16 November at the latest: reminded of on Friday the 13th."""
    city.file(now=local("2026-11-09T09:00"))
    worker.at = local("2026-11-09T12:00")
    worker.until(local("2026-11-18T12:00"), step=4 * HOUR)
    assert reminders(city, "acceptance") == ["11-13 08:30", "11-17 00:00"]


def test_at_the_desk_the_dispatchers_are_reminded(city, worker, post):
    city.file(now=START)
    worker.until(local("2026-11-18T12:00"), step=4 * HOUR)
    assert NEAR in subjects(post, "dispatcher@example.org")
    assert NEAR in subjects(post, "second_dispatcher@example.org")
    assert NEAR not in subjects(post, "lead@example.org")


@pytest.mark.trap(47)
def test_a_reminder_at_midnight_waits_for_the_morning(city, worker, post):
    city.in_hand(now=START)
    worker.until(local("2026-11-12T23:50"), step=4 * HOUR)
    before = len(subjects(post, "lead@example.org"))
    worker.until(local("2026-11-13T07:29"), step=10 * MINUTE)
    assert len(subjects(post, "lead@example.org")) == before
    worker.until(local("2026-11-13T07:30"))
    assert subjects(post, "lead@example.org")[before:] == [NEAR]


def test_what_was_done_over_night_is_not_reminded_of(city, worker, post):
    filed = city.in_hand(now=START)
    worker.until(local("2026-11-13T00:30"), step=4 * HOUR)
    city.move(
        city.lead, c.Ask, filed.case_id, report_id=filed.report_id, body="几楼？", now=worker.at
    )
    before = len(post.taken)
    worker.until(local("2026-11-13T08:00"), step=10 * MINUTE)
    assert len(post.taken) == before
    states = city.session.scalars(
        select(Delivery.state).where(Delivery.reminder_id.is_not(None))
    ).all()
    assert DeliveryState.CANCELLED in states


def test_an_item_s_date_reminds_the_handler_and_the_unit(city, worker, post):
    filed = city.in_hand(now=START)
    city.book(filed.case_id, city.inspected(filed.case_id, now=START), now=START)
    worker.until(START + 12 * DAY, step=4 * HOUR)
    # Ten days on is Friday 20 November.
    assert reminders(city, "item") == ["11-19 08:30", "11-21 00:00"]
    assert subjects(post, "unit@example.org").count("有一项整改任务快到期或已到期") == 2


def test_reminding_twice_reminds_once(city, worker, app):
    city.in_hand(now=START)
    moment = local("2026-11-11T08:31")
    with app.app_context(), unit_of_work(city.session) as session:
        assert remind_of_due(session, now=moment) == 1
    with app.app_context(), unit_of_work(city.session) as session:
        assert remind_of_due(session, now=moment + MINUTE) == 0


def test_after_a_long_silence_only_the_last_moment_is_told(city, worker, post):
    """The worker stood still from before the reminder until after the due date."""
    city.in_hand(now=START)
    worker.drain()
    worker.at = local("2026-11-13T08:00")
    worker.minute()
    assert reminders(city, "first_response") == ["11-13 00:00"]
    worker.minute()
    assert subjects(post, "lead@example.org").count(NEAR) == 1


def test_reminders_move_no_case_and_leave_no_event(city, worker):
    filed = city.in_hand(now=START)
    version = city.version(filed.case_id)
    worker.until(START + 20 * DAY, step=3 * HOUR)
    assert city.version(filed.case_id) == version


# the digest


def digests(city):
    return [day for day in city.session.scalars(select(Digest.day).order_by(Digest.day))]


def test_digests_come_on_working_mornings_at_their_hour(city, worker, post):
    """Over the national holiday of 2026: none from 1 to 7 October, one on the make-up Saturday."""
    worker.at = local("2026-09-29T11:30")
    city.in_hand(now=worker.at)
    city.session.execute(Digest.__table__.insert().values(day=date(2026, 9, 29), made_at=worker.at))
    city.session.commit()
    worker.until(local("2026-10-12T05:30"), step=3 * HOUR)
    worker.until(local("2026-10-12T12:00"), step=30 * MINUTE)
    assert digests(city)[1:] == [
        date(2026, 9, 30),
        date(2026, 10, 8),
        date(2026, 10, 9),
        date(2026, 10, 10),
        date(2026, 10, 12),
    ]
    rows = city.session.scalars(
        select(Delivery.created_at).where(Delivery.digest_day.is_not(None))
    ).all()
    assert {at.astimezone(ZONE).strftime("%H:%M") for at in rows} == {"08:30"}


def test_a_digest_names_what_is_new_due_and_late_to_whom_it_waits_for(city, worker, post):
    worker.at = local("2026-11-10T09:00")
    filed = city.file(now=worker.at)
    handled = city.in_hand(now=worker.at)
    city.move(
        city.lead,
        c.AssignHandler,
        handled.case_id,
        account_id=city.member.account_id,
        now=worker.at,
    )
    worker.until(local("2026-11-11T08:40"), step=10 * MINUTE)

    def digest(address):
        return [m.get_content() for m in post.to(address) if m["Subject"] == DIGEST][-1]

    at_desk = digest("dispatcher@example.org")
    assert "1 件是新来的" in at_desk
    assert f"/staff/cases/{filed.case_id}" in at_desk
    assert str(handled.case_id) not in at_desk
    for address in ("lead@example.org", "member@example.org"):
        mail = digest(address)
        assert f"/staff/cases/{handled.case_id}" in mail
        # A first answer is due on Thursday, within a working day of Wednesday.
        assert "1 件在一个工作日内到期" in mail
        assert str(filed.case_id) not in mail
    assert DIGEST not in subjects(post, "second_member@example.org")
    assert DIGEST not in subjects(post, "director@example.org")
    worker.until(local("2026-11-13T08:40"), step=30 * MINUTE)
    assert "1 件已超期" in digest("lead@example.org")
    # Who handles it leaves by the date of the role: the lead is told, and nobody else.
    assert "已离开" not in digest("lead@example.org")
    with unit_of_work(city.session) as session:
        held = select(Membership).where(Membership.account_id == city.member.account_id)
        session.scalars(held).one().ends_on = date(2026, 11, 16)
    worker.until(local("2026-11-16T08:40"), step=6 * HOUR)
    mail = digest("lead@example.org").partition("1 件的经办人已离开")[2]
    assert f"/staff/cases/{handled.case_id}" in mail
    assert "已离开" not in digest("dispatcher@example.org")


def test_nobody_gets_a_digest_of_nothing(city, worker, post):
    worker.until(START + 3 * DAY, step=HOUR)
    assert post.taken == []
    assert len(digests(city)) == 4


def test_who_has_a_tie_or_stepped_back_does_not_read_of_the_case(city, worker, post):
    filed = city.in_hand(now=START)
    city.inspected(filed.case_id, now=START)
    unit = city.unit(contact_email=None)
    city.move(
        city.member,
        c.Inspect,
        filed.case_id,
        visited_at=START,
        inspectors=(city.member.person_id, city.second_member.person_id),
        finding="同上",
        unit_id=unit,
        now=START,
    )
    city.move(city.second_member, c.Recuse, filed.case_id, reason="亲戚", now=START)
    with unit_of_work(city.session) as session:
        declare_tie(
            session,
            city.administrator,
            person_id=city.lead.person_id,
            unit_id=unit,
            kind="family",
            now=START,
        )
    worker.until(START + DAY, step=HOUR)
    for address in ("lead@example.org", "second_member@example.org"):
        assert DIGEST not in subjects(post, address)


def test_a_digest_missed_in_the_morning_comes_when_the_worker_is_back(city, worker, post):
    city.in_hand(now=local("2026-11-10T09:00"))
    worker.at = local("2026-11-11T15:00")
    worker.minute()
    assert DIGEST in subjects(post, "lead@example.org")
    worker.minute()
    assert subjects(post, "lead@example.org").count(DIGEST) == 1


def test_two_workers_make_one_digest(city, worker):
    city.in_hand(now=START)
    moment = local("2026-11-11T08:30")
    with unit_of_work(city.session) as session:
        assert make_digests(session, now=moment) > 0
    with unit_of_work(city.session) as session:
        assert make_digests(session, now=moment) == 0


def test_somebody_with_two_roles_gets_one_digest_of_both(city, worker, post):
    with unit_of_work(city.session) as session:
        account = add_person(
            session,
            SYSTEM,
            name="both",
            post="",
            email="both@example.org",
            language="en",
            now=START,
        )
        for role, code in ((Role.DISPATCHER, "duty-desk"), (Role.LEAD, "insp-fire")):
            group = group_by_code(session, code)
            since = date(2026, 1, 1)
            give_role(session, SYSTEM, account, role, group=group, starts_on=since, now=START)
    waiting, handled = city.file(now=START), city.in_hand(now=START)
    worker.until(local("2026-11-11T08:40"), step=HOUR)
    # One on the day of the start, at once, and one on the morning after.
    mails = [m for m in post.to("both@example.org") if m["Subject"] == "Your cases this morning"]
    assert len(mails) == 2
    assert str(waiting.case_id) in mails[-1].get_content()
    assert str(handled.case_id) in mails[-1].get_content()
