"""Who is told of what and when: the preset's table row by row, over real SMTP."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.access.kinds import SYSTEM, Actor, Role
from portal.accounts.models import Account
from portal.accounts.services import give_role
from portal.cases.kinds import Finding, Priority
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.cases.services import link_token, tell_safety
from portal.discipline.models import DisciplinaryStep
from portal.discipline.services import step_token
from portal.foundation.transaction import unit_of_work
from portal.notices.lifecycle import quiet_until
from portal.notices.models import Delivery, Notice
from portal.notices.queries import failures
from portal.notices.services import open_digests
from portal.presets.queries import in_force
from portal.units.kinds import Link
from portal.units.services import Named, declare_tie, name_post
from tests.support.city import NOON
from tests.support.staff_moves import at, member

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GROUP = {"lead@example.org", "member@example.org", "second_member@example.org"}
WHO = {"name": "刘工", "post": "安全员"}


# one test for each row of the table


def test_dispatched_tells_the_members_after_a_minute(city, worker, post, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.minute()
    assert post.taken == []
    assert told(MINUTE) == GROUP


def test_taken_back_within_the_minute_tells_nobody(city, worker, post, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.at += timedelta(seconds=59)
    at(city, worker, city.dispatcher, c.TakeBack, filed.case_id)
    assert told() == set()
    assert failures(city.session, now=worker.at) == []


def test_taken_back_later_tells_the_same_people(city, worker, post, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    assert told(MINUTE) == GROUP
    newcomer = member(city, "insp-fire")
    at(city, worker, city.dispatcher, c.TakeBack, filed.case_id)
    assert told(MINUTE) == GROUP
    assert newcomer.account_id is not None
    assert {m["Subject"] for m in post.to("lead@example.org")} == {
        "有一件案子需要你办理",
        "有一件案子被收回了",
    }


def test_reassigned_tells_the_members_of_the_new_group(city, worker, told, given):
    group = city.group("insp-industry")
    at(city, worker, city.lead, c.Reassign, given.case_id, group_id=group, reason="行业不同")
    assert told() == {"other_lead@example.org", "other_member@example.org"}


def test_handler_assigned_tells_the_handler(city, worker, told, given):
    at(city, worker, city.lead, c.AssignHandler, given.case_id, account_id=city.member.account_id)
    assert told() == {"member@example.org"}


def test_returned_tells_who_dispatched_it(city, worker, told, given):
    at(city, worker, city.lead, c.ReturnDispatch, given.case_id, reason="不归我们")
    assert told() == {"dispatcher@example.org"}


def test_returned_tells_the_desk_where_the_dispatcher_is_gone(city, worker, told, given):
    account = city.session.get_one(Account, city.dispatcher.account_id)
    account.active = False
    city.session.commit()
    at(city, worker, city.lead, c.ReturnDispatch, given.case_id, reason="不归我们")
    assert told() == {"second_dispatcher@example.org"}


@pytest.fixture
def asked(city, worker, told, given):
    """The case was returned once, sent again, and the group asks to return it once more."""
    at(city, worker, city.lead, c.ReturnDispatch, given.case_id, reason="不归我们")
    said = {"group_id": city.group("insp-fire"), "priority": Priority.NORMAL}
    more = {"suspected_major": False, "reason": "仍归你们"}
    at(city, worker, city.dispatcher, c.Dispatch, given.case_id, **said, **more)
    told()
    at(city, worker, city.lead, c.AskReturn, given.case_id, reason="真的不归我们")
    return given


def test_return_asked_tells_the_lead_of_the_supervision_group(asked, told):
    assert told() == {"supervisor@example.org"}


def test_return_asked_tells_the_director_where_that_group_is_the_returner(
    city, worker, told, given
):
    group = city.group("sup-wujin")
    at(city, worker, city.lead, c.Reassign, given.case_id, group_id=group, reason="行业不同")
    at(city, worker, city.supervisor, c.ReturnDispatch, given.case_id, reason="不归我们")
    city.dispatched(given.case_id, "sup-wujin", now=worker.at)
    told()
    at(city, worker, city.supervisor, c.AskReturn, given.case_id, reason="真的不归我们")
    assert told() == {"director@example.org"}


@pytest.mark.parametrize("upheld", [True, False])
def test_return_decided_tells_the_lead_and_the_dispatcher(city, worker, told, asked, upheld):
    told()
    ruling = {"upheld": upheld, "reason": "查过了"}
    at(city, worker, city.supervisor, c.DecideReturn, asked.case_id, **ruling)
    assert told() == {"lead@example.org", "dispatcher@example.org"}


REPORTERS_ACTS = [
    pytest.param(c.Ask, {"body": "什么时候来？"}, id="asked"),
    pytest.param(c.Answer, {"body": "后门也锁着。"}, id="answered"),
    pytest.param(c.AddEvidence, {"files": ({"attachment": "x"},)}, id="evidence_added"),
]


@pytest.mark.parametrize(("command", "fields"), REPORTERS_ACTS)
def test_a_reporter_s_words_and_files_tell_handler_and_lead_once_each(
    city, worker, told, given, command, fields
):
    at(city, worker, city.lead, c.AssignHandler, given.case_id, account_id=city.member.account_id)
    told()
    reporter = city.reporter(given.report_id)
    at(city, worker, reporter, command, given.case_id, report_id=given.report_id, **fields)
    assert told() == {"member@example.org", "lead@example.org"}


def test_what_staff_ask_a_reporter_tells_no_staff(city, worker, told, given):
    at(city, worker, city.member, c.Ask, given.case_id, report_id=given.report_id, body="几楼？")
    assert told() == set()


def test_a_lead_who_handles_gets_one_mail_and_not_two(city, worker, post, told, given):
    before = len(post.taken)
    reporter = city.reporter(given.report_id)
    at(city, worker, reporter, c.Ask, given.case_id, report_id=given.report_id, body="？")
    assert told() == {"lead@example.org"}
    assert len(post.taken) == before + 1


def test_objected_tells_handler_and_lead(city, worker, told):
    filed = city.closed()
    told()
    at(city, worker, city.reporter(filed.report_id), c.Object, filed.case_id, body="还锁着。")
    assert told() == {"lead@example.org"}


def test_task_book_issued_tells_the_unit_with_its_link(city, worker, post, told, booked):
    _given, book = booked
    assert told() == {"unit@example.org"}
    [mail] = post.to("unit@example.org")
    assert f"/unit/{link_token(book.id)}" in mail.get_content()
    assert mail["Subject"] == "有一份整改任务书请你单位办理"


def test_item_reported_tells_those_who_may_check_it(city, worker, told, booked):
    given, book = booked
    third = member(city, "insp-fire")
    told()
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    item = city.items(given.case_id)[0].id
    at(city, worker, unit, c.ReportItemDone, given.case_id, item_id=item, statement="好了", **WHO)
    # Not member (inspected and ordered), not second_member (inspected).
    assert told() == {
        "lead@example.org",
        "supervisor@example.org",
        "member-insp-fire@example.org",
    }
    assert third.group_id == city.lead.group_id


def test_item_reported_tells_the_director_where_nobody_else_may_check(city, worker, told, booked):
    given, book = booked
    told()
    for actor in (city.lead, city.supervisor):
        city.session.get_one(Account, actor.account_id).active = False
    city.session.commit()
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    item = city.items(given.case_id)[0].id
    at(city, worker, unit, c.ReportItemDone, given.case_id, item_id=item, statement="好了", **WHO)
    assert told() == {"director@example.org"}


def test_review_failed_and_item_withdrawn_tell_the_unit(city, worker, told, booked):
    given, book = booked
    told()
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    item = city.items(given.case_id)[0].id
    at(city, worker, unit, c.ReportItemDone, given.case_id, item_id=item, statement="好了", **WHO)
    told()
    due = (worker.at + 5 * DAY).date()
    failed = {"item_id": item, "opinion": "还差", "new_due_on": due, "on_site": True}
    at(city, worker, city.lead, c.FailReview, given.case_id, **failed)
    assert told() == {"unit@example.org"}
    at(city, worker, city.lead, c.WithdrawItem, given.case_id, item_id=item, reason="写错了")
    assert told() == {"unit@example.org"}


def test_reopened_tells_the_members(city, worker, told):
    filed = city.closed()
    told()
    ground = {"ground": "new_evidence", "reason": "新照片"}
    at(city, worker, city.director, c.Reopen, filed.case_id, **ground)
    assert told() == GROUP


def test_the_ladder_tells_who_decides_and_the_post_that_it_is_toward(
    city, worker, post, told, booked
):
    """Proposed: lead and director. Ordered and ended: the post by its own link, and the lead."""
    given, book = booked
    named = Named(
        link=Link.MAIN_RESPONSIBLE_PERSON,
        post="厂长",
        email="boss@example.org",
        from_on=NOON.date(),
    )
    with unit_of_work(city.session) as own:
        name_post(own, city.lead, book.unit_id, named, now=NOON)
    told()
    worker.at += 15 * DAY
    said = {"rung": "remind", "link": "main_responsible_person", "grounds": ("overdue",)}
    at(city, worker, city.member, s.ProposeStep, given.case_id, **said, reason="超期")
    assert told() == {"lead@example.org", "director@example.org"}
    step = city.session.scalar(select(DisciplinaryStep))
    at(city, worker, city.lead, s.OrderStep, given.case_id, step_id=step.id)
    assert told() == {"boss@example.org"}
    [mail] = post.to("boss@example.org")
    assert f"/unit/steps/{step_token(step.id)}" in mail.get_content()
    assert "超期" not in mail.get_content()
    addressee = Actor(role=Role.UNIT, step_id=step.id)
    answer = {"step_id": step.id, "body": "已拆", **WHO}
    at(city, worker, addressee, s.AnswerStep, given.case_id, **answer)
    assert told() == {"lead@example.org", "director@example.org"}
    ended = {"step_id": step.id, "end": "done", "effect": "已改"}
    at(city, worker, city.director, s.EndStep, given.case_id, **ended)
    assert told() == {"boss@example.org", "lead@example.org"}
    # A post that no mail reaches gets a paper; nobody is missed, so no red mark is set.
    other = said | {"link": "district", "reason": "督促"}
    at(city, worker, city.lead, s.OrderStep, given.case_id, step_id=None, **other)
    assert told() == set()
    assert failures(city.session, now=worker.at) == []


NEWS = ("signed_for", "refused", "transferred_out", "accident_referred", "concluded", "paused")
NEWS += ("objection_decided", "files_released")
STAFF = ("dispatcher", "member", "lead")


def test_every_row_of_the_table_has_a_test_here(city):
    rows = {
        (r.event, r.by, tuple(map(str, r.tell))) for r in in_force(city.session, NOON).notices.rules
    }
    assert rows == {
        ("dispatched", "", ("members",)),
        ("taken_back", "", ("members",)),
        ("reassigned", "", ("members",)),
        ("handler_assigned", "", ("handler",)),
        ("returned", "", ("dispatcher",)),
        ("return_asked", "", ("arbiter",)),
        ("return_decided", "", ("lead", "dispatcher")),
        ("asked", "reporter", ("lead", "handler")),
        ("answered", "reporter", ("lead", "handler")),
        ("evidence_added", "reporter", ("lead", "handler")),
        ("objected", "", ("lead", "handler")),
        ("task_book_issued", "", ("unit",)),
        ("item_reported", "", ("reviewers",)),
        ("review_failed", "", ("unit",)),
        ("item_withdrawn", "", ("lead", "handler", "unit")),
        ("reopened", "", ("members", "reporter")),
        ("step_proposed", "", ("lead", "director")),
        ("step_ordered", "", ("lead", "addressee")),
        ("step_answered", "unit", ("lead", "director")),
        ("step_ended", "", ("lead", "addressee")),
        # A listed hazard: tests/integration/test_listing.py
        ("work_accepted", "", ("lead", "handler")),
        ("delisting_asked", "", ("director",)),
        ("delisting_decided", "", ("lead", "handler", "addressee")),
        # Rewards: tests/integration/test_rewards.py
        ("reward_proposed", "", ("director",)),
        ("reward_approved", "", ("reporter",)),
        ("reward_denied", "", ("reporter",)),
        ("safety_told", "", ("director",)),
        # Help: tests/integration/test_help.py
        ("help_changed", "unit", ("lead", "handler")),
        # A mass event: tests/integration/test_flood.py
        ("alarm_raised", "", ("dispatcher",)),
        # Lessons: tests/integration/test_lessons.py
        ("lesson_handed_in", "", ("reviewers",)),
        ("lesson_sent_back", "", ("handler",)),
        ("lesson_read", "", ("director",)),
        ("lesson_published", "", ("handler",)),
        # Units' own months: tests/integration/test_self_inspection.py
        ("declaration_near", "", ("at_unit",)),
        ("declaration_late", "", ("at_unit",)),
        # Inside reports: tests/integration/test_inside_reports.py
        ("inside_waiting", "", ("at_unit",)),
        ("inside_late", "", ("at_unit",)),
        # More time: tests/integration/test_more_time.py
        # A major hazard: tests/integration/test_major_hazards.py
        ("interim_reported", "", ("handler",)),
        ("task_supplemented", "", ("unit",)),
        ("check_signed", "", ("reviewers",)),
        ("level_decided", "", ("lead", "handler")),
        ("extension_asked", "", ("lead",)),
        ("extension_decided", "", ("handler", "unit", "reporter")),
        # Reporters who left an address: tests/integration/test_reporter_notices.py
        *((event, "", ("reporter",)) for event in NEWS),
        *((event, by, ("reporter",)) for event in ("asked", "answered") for by in STAFF),
    }


HARM = "老板把我调去看大门，说因为我举报。"


@pytest.mark.trap(29)
def test_retaliation_tells_the_director_at_the_full_hour_and_nothing_of_it(
    city, worker, post, told, given
):
    verdict = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    at(city, worker, city.lead, c.Verify, given.case_id, **verdict)
    answers = ((given.report_id, "没有发现。"),)
    at(city, worker, city.lead, c.Conclude, given.case_id, answers=answers)
    told()
    worker.at += 31 * DAY + timedelta(minutes=20)
    with unit_of_work(city.session) as session:
        open_digests(session, worker.at.date(), now=worker.at)
        # A director who had a part in it: retaliation goes past them in whatever role.
        account = session.get_one(Account, city.lead.account_id)
        since = worker.at.date()
        give_role(session, SYSTEM, account, Role.DIRECTOR, starts_on=since, now=worker.at)
        who = city.reporter(given.report_id)
        tell_safety(session, who, harmed=True, said=HARM, now=worker.at)
    assert told(MINUTE) == set()
    assert told(HOUR) == {"director@example.org"}
    (mail,) = post.to("director@example.org")
    assert mail["Subject"] == "有一件案子需要你办理"
    matter = city.session.scalar(select(Case.id).where(Case.kind == "retaliation"))
    said = mail.get_content()
    assert f"/staff/cases/{matter}" in said
    assert not any(word in said for word in (HARM, "报复", str(given.case_id)))


def test_no_retaliation_tells_nobody(city, worker, told, given):
    verdict = {"finding": Finding.NOT_TRUE, "reason": "看过"}
    at(city, worker, city.lead, c.Verify, given.case_id, **verdict)
    answers = ((given.report_id, "没有发现。"),)
    at(city, worker, city.lead, c.Conclude, given.case_id, answers=answers)
    later = worker.at + 31 * DAY
    with unit_of_work(city.session) as session:
        who = city.reporter(given.report_id)
        tell_safety(session, who, harmed=False, said="", now=later)
    assert not city.session.scalars(select(Notice).where(Notice.event == "safety_told")).all()


# whom it is kept from


def test_nobody_is_told_of_their_own_act(city, worker, told, given):
    at(city, worker, city.lead, c.AssignHandler, given.case_id, account_id=city.lead.account_id)
    assert told() == set()
    assert failures(city.session, now=worker.at) == []


def test_a_tie_to_the_unit_keeps_people_out(city, worker, told, booked):
    given, book = booked
    told()
    with unit_of_work(city.session) as session:
        for person in (city.supervisor.person_id, city.lead.person_id):
            declare_tie(
                session,
                city.administrator,
                person_id=person,
                unit_id=book.unit_id,
                kind="family",
                now=worker.at,
            )
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    item = city.items(given.case_id)[0].id
    at(city, worker, unit, c.ReportItemDone, given.case_id, item_id=item, statement="好了", **WHO)
    assert told() == set()
    # Nobody may be told: that is no silence that one may overlook.
    assert [f.error for f in failures(city.session, now=worker.at)] == ["nobody"]


def test_a_handler_with_a_tie_is_replaced_by_the_lead(city, worker, told, booked):
    given, book = booked
    at(city, worker, city.lead, c.AssignHandler, given.case_id, account_id=city.member.account_id)
    told()
    with unit_of_work(city.session) as session:
        declare_tie(
            session,
            city.administrator,
            person_id=city.member.person_id,
            unit_id=book.unit_id,
            kind="family",
            now=worker.at,
        )
    reporter = city.reporter(given.report_id)
    at(city, worker, reporter, c.Ask, given.case_id, report_id=given.report_id, body="？")
    assert told() == {"lead@example.org"}


def test_the_link_of_a_withdrawn_book_is_not_mailed(city, worker, told, booked):
    given, book = booked
    at(city, worker, city.lead, c.RevokeLink, given.case_id, task_book_id=book.id, reason="错")
    assert told() == set()


@pytest.mark.trap(25)
def test_a_unit_without_an_address_is_shown_and_not_silently_left_out(city, worker, told, given):
    hazards = city.inspected(given.case_id, now=worker.at)
    unit = city.unit(name="无邮箱单位（虚构）")
    item = c.NewItem(
        hazard_id=hazards[0], task="拆", responsible="厂长", due_on=(worker.at + DAY).date()
    )
    fields = {"unit_id": unit, "items": (item,)}
    at(city, worker, city.member, c.IssueTaskBook, given.case_id, **fields)
    assert told(MINUTE) == set()
    [shown] = failures(city.session, now=worker.at)
    assert (shown.kind, shown.error, shown.case_id) == ("task_book_issued", "nobody", given.case_id)


@pytest.mark.trap(25)
def test_what_nobody_sends_is_shown_as_stuck_after_a_quarter_of_an_hour(city, worker, client_for):
    """No worker runs: queued is not sent, and the system page is red in minutes."""
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    quarter = NOON + MINUTE + 15 * MINUTE
    assert failures(city.session, now=quarter) == []
    found = failures(city.session, now=quarter + timedelta(seconds=1))
    assert [(one.kind, one.error, one.given_up) for one in found] == [
        ("dispatched", "stuck", False)
    ]
    # It was told to the worker, and the worker died with the mails in its hands.
    worker.at += MINUTE
    notice = city.session.scalar(select(Notice.id).where(Notice.event == "dispatched"))
    worker.run("spread_notice", 1, {"notice_id": str(notice)})
    late = failures(city.session, now=worker.at + 15 * MINUTE + timedelta(seconds=1))
    assert {one.error for one in late} == {"stuck"}
    assert {one.account_id for one in late} == {
        one.account_id for one in (city.lead, city.member, city.second_member)
    }


# when


@pytest.mark.trap(47)
def test_in_quiet_hours_a_mail_waits_for_the_morning(city, worker, post, told):
    worker.at = datetime(2026, 11, 10, 21, 5, tzinfo=ZONE).astimezone(UTC)
    filed = city.file(now=worker.at)
    city.accepted(filed.case_id, now=worker.at)
    city.dispatched(filed.case_id, now=worker.at)
    worker.until(datetime(2026, 11, 11, 7, 29, tzinfo=ZONE).astimezone(UTC))
    assert post.taken == []
    assert failures(city.session, now=worker.at) == []
    worker.until(datetime(2026, 11, 11, 7, 30, tzinfo=ZONE).astimezone(UTC))
    assert set(post.addresses) == GROUP


@pytest.mark.trap(47)
@pytest.mark.parametrize(
    "said", [{"priority": Priority.URGENT}, {"suspected_major": True}], ids=["urgent", "major"]
)
def test_red_does_not_wait(city, worker, told, said):
    worker.at = datetime(2026, 11, 10, 23, 5, tzinfo=ZONE).astimezone(UTC)
    filed = city.file(now=worker.at)
    city.accepted(filed.case_id, now=worker.at)
    city.dispatched(filed.case_id, now=worker.at, **said)
    assert told(2 * MINUTE) == GROUP


def test_taken_back_over_a_quiet_night_tells_nobody(city, worker, told):
    worker.at = datetime(2026, 11, 10, 21, 5, tzinfo=ZONE).astimezone(UTC)
    filed = city.file(now=worker.at)
    city.accepted(filed.case_id, now=worker.at)
    city.dispatched(filed.case_id, now=worker.at)
    worker.until(worker.at + 9 * MINUTE)
    at(city, worker, city.dispatcher, c.TakeBack, filed.case_id)
    assert told(12 * HOUR) == set()


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-11-10T20:59", None),
        ("2026-11-10T21:00", "2026-11-11T07:30"),
        ("2026-11-11T00:00", "2026-11-11T07:30"),
        ("2026-11-11T07:29", "2026-11-11T07:30"),
        ("2026-11-11T07:30", None),
    ],
)
def test_quiet_hours_cross_midnight(city, local, ends):
    table = in_force(city.session, NOON).notices
    moment = datetime.fromisoformat(local).replace(tzinfo=ZONE).astimezone(UTC)
    expected = datetime.fromisoformat(ends).replace(tzinfo=ZONE) if ends else None
    assert quiet_until(table, ZONE, moment) == expected


def test_nothing_of_a_reporter_s_act_tells_its_minute(city, worker, post, superuser, given):
    act = NOON + 2 * HOUR + timedelta(minutes=23, seconds=41)
    worker.at = act
    reporter = city.reporter(given.report_id)
    city.move(reporter, c.Ask, given.case_id, report_id=given.report_id, body="？", now=act)
    notice = city.session.scalars(select(Notice).where(Notice.event == "asked")).first()
    assert notice.not_before == NOON + 3 * HOUR
    before = len(post.taken)
    worker.until(NOON + 3 * HOUR - MINUTE, step=MINUTE)
    with superuser.connect() as connection:
        jobs = connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar()
    assert (len(post.taken), jobs) == (before, 0)
    worker.until(NOON + 3 * HOUR)
    assert len(post.taken) == before + 1
    row = city.session.scalars(select(Delivery).order_by(Delivery.created_at.desc())).first()
    assert row.created_at == NOON + 3 * HOUR
