"""Who is told of what, when, and by which mail: the preset's table row by row, over real SMTP."""

import contextlib
import os
import socket
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.access.kinds import SYSTEM, Actor, Role
from portal.accounts.models import Account, Membership
from portal.accounts.queries import actor_in, group_by_code
from portal.accounts.services import add_person, give_role
from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.models import Objection
from portal.cases.services import link_token, move_case
from portal.foundation.transaction import unit_of_work
from portal.integrations.mail import Post
from portal.jobs import tasks
from portal.notices.kinds import DeliveryState, NoticeState
from portal.notices.lifecycle import pause_after, quiet_until
from portal.notices.models import Delivery, Notice
from portal.notices.queries import failures
from portal.notices.services import claim, open_digests, try_again
from portal.presets.queries import in_force
from portal.units.services import declare_tie
from tests.support.city import NOON, PLACE, TEXT
from tests.support.jobs import Worker
from tests.support.post import Server, serving

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GROUP = {"lead@example.org", "member@example.org", "second_member@example.org"}
DESK = {"dispatcher@example.org", "second_dispatcher@example.org"}
WHO = {"name": "刘工", "post": "安全员"}


@pytest.fixture
def post():
    return Server()


@pytest.fixture
def worker(app, post, free_port, monkeypatch, without_digests):
    """A worker whose clock stands at NOON, and a mail server."""
    running = serving(post, free_port)
    mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port, "MAIL_TIMEOUT": 5}
    app.extensions["portal-post"] = Post({**app.config, **mail})
    worker = Worker(app, NOON)
    monkeypatch.setattr("portal.jobs.tasks.now", worker.now)
    yield worker
    running.stop()


@pytest.fixture
def without_digests(city):
    """Let the mornings' digests be made already: these tests are about notices."""
    with unit_of_work(city.session) as session:
        for number in range(30):
            open_digests(session, (NOON + number * DAY).date(), now=NOON)


@pytest.fixture
def told(worker, post):
    """Let everything wait that is due by now, and give the addresses that then hear of it."""

    def told(after=HOUR):
        before = len(post.taken)
        worker.until(worker.at + after)
        return {to for to, _message in post.taken[before:]}

    return told


@pytest.fixture
def given(city, told):
    """A case of whose way to its group everybody was told already."""
    filed = city.in_hand()
    told()
    return filed


def member(city, code, role=Role.MEMBER, name=None, **fields):
    """Add somebody to a group and return the actor."""
    name = name or f"{role}-{code}"
    with unit_of_work(city.session) as session:
        about = {"name": name, "post": "", "email": f"{name}@example.org", "language": "en"}
        account = add_person(session, SYSTEM, **{**about, **fields}, now=NOON)
        group = group_by_code(session, code) if code else None
        held = give_role(
            session, SYSTEM, account, role, group=group, starts_on=date(2026, 1, 1), now=NOON
        )
        return actor_in(account, held)


def at(city, worker, actor, command, case_id, **fields):
    return city.move(actor, command, case_id, now=worker.at, **fields)


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


@pytest.fixture
def booked(city, worker, given):
    hazards = city.inspected(given.case_id, now=worker.at)
    book = city.book(given.case_id, hazards, now=worker.at)
    return given, book


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
        ("item_withdrawn", "", ("unit",)),
        ("reopened", "", ("members",)),
    }


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


# what it says


@pytest.mark.trap(28)
def test_no_mail_holds_a_word_of_the_case(city, worker, post, told, booked):
    given, book = booked
    told()
    reporter = city.reporter(given.report_id)
    body = "我是张三，电话 13800001111"
    at(city, worker, reporter, c.Ask, given.case_id, report_id=given.report_id, body=body)
    told()
    worker.until(worker.at + 12 * DAY, step=6 * HOUR)
    assert len(post.taken) > 8
    secrets = [TEXT[:6], PLACE[:4], "张三", "13800001111", "示例包装", "铁链", "武进", "member"]
    for to, mail in post.taken:
        said = f"{mail['Subject']}\n{mail.get_content()}"
        assert not [word for word in secrets if word in said], (to, said)
        assert str(given.report_id) not in said


@pytest.mark.trap(28)
def test_no_paper_and_no_page_of_a_unit_holds_a_word_of_the_report(city, worker, app, booked):
    given, book = booked
    body = "我是张三，电话 13800001111"
    reporter = city.reporter(given.report_id)
    at(city, worker, reporter, c.Ask, given.case_id, report_id=given.report_id, body=body)
    client, token = app.test_client(), link_token(book.id)
    secrets = [
        TEXT[:6],
        TEXT[8:16],
        PLACE,
        "18 号",
        "张三",
        "13800001111",
        str(given.report_id),
        str(given.case_id),
        "320412",
        "举报人",
        "reporter",
    ]
    for path in ("", "/print"):
        for language in ("zh", "en"):
            page = client.get(f"/unit/{token}{path}?lang={language}").text
            assert "拆除铁链" in page
            assert not [word for word in secrets if word in page], (path, language)


def test_a_mail_speaks_the_language_of_who_reads_it(city, worker, post, told):
    member(city, "insp-fire", name="anna")
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    told()
    [english], [chinese] = post.to("anna@example.org"), post.to("lead@example.org")
    assert english["Subject"] == "A case needs you"
    assert chinese["Subject"] == "有一件案子需要你办理"
    for mail in (english, chinese):
        assert f"/staff/cases/{filed.case_id}" in mail.get_content()


def test_the_head_names_no_host_no_process_and_no_minute(city, worker, post, told):
    worker.at = NOON + timedelta(minutes=37, seconds=12)
    filed = city.file(now=worker.at)
    city.accepted(filed.case_id, now=worker.at)
    city.dispatched(filed.case_id, now=worker.at)
    told(2 * MINUTE)
    heads = [raw.split(b"\r\n\r\n")[0].decode() for raw in post.raw]
    for _to, mail in post.taken:
        assert mail["Date"].datetime == NOON
        assert mail["Message-ID"].endswith("@localhost>")
    assert len({mail["Message-ID"] for _to, mail in post.taken}) == len(post.taken)
    assert set(post.greetings) == {"localhost"}
    for head in heads:
        assert f".{os.getpid()}." not in head
        assert socket.gethostname() not in head
        assert "X-Mailer" not in head


# getting through


def test_a_server_that_is_down_for_a_day_loses_nothing(city, worker, post, told):
    post.refuse["*"] = "451 try later"
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.until(NOON + DAY, step=MINUTE * 30)
    assert post.taken == []
    shown = failures(city.session, now=worker.at)
    assert {(f.error, f.given_up) for f in shown} == {("451", False)}
    assert [f.kind for f in shown].count("case") == 3
    tries = city.session.scalars(select(Delivery.attempts).where(Delivery.kind == "case")).all()
    assert all(10 <= n <= 40 for n in tries), tries
    del post.refuse["*"]
    assert told() >= GROUP
    assert (
        len([m for m in post.to("lead@example.org") if m["Subject"] == "有一件案子需要你办理"]) == 1
    )
    assert failures(city.session, now=worker.at) == []


def test_a_server_that_cannot_be_reached_is_tried_again_and_named(city, worker, app, free_port):
    app.extensions["portal-post"] = Post({**app.config, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": 1})
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.until(NOON + 30 * MINUTE, step=MINUTE)
    shown = failures(city.session, now=worker.at)
    assert {f.error for f in shown} == {"ConnectionRefusedError"}


@pytest.mark.trap(25)
def test_a_refused_recipient_is_parked_at_once_and_others_are_not_held_up(city, worker, post, told):
    post.refuse["lead@example.org"] = "550 5.1.1 <lead@example.org> user unknown"
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    assert told(2 * MINUTE) == GROUP - {"lead@example.org"}
    [shown] = failures(city.session, now=worker.at)
    assert (shown.error, shown.given_up, shown.attempts) == ("550", True, 1)
    assert shown.account_id == city.lead.account_id


def test_a_mail_too_many_tries_is_parked_and_can_be_sent_again(city, worker, post, monkeypatch):
    monkeypatch.setattr("portal.notices.services.TRIES", 4)
    post.answer = "452 full"
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.until(NOON + HOUR, step=MINUTE)
    shown = failures(city.session, now=worker.at)
    assert {(f.error, f.given_up, f.attempts) for f in shown} == {("452", True, 4)}
    post.answer = None
    with unit_of_work(city.session) as session:
        try_again(session, shown[0].delivery_id, now=worker.at)
    worker.minute()
    assert len(post.taken) == 1


def test_pauses_grow_from_a_minute_to_an_hour():
    minutes = [pause_after(n) // MINUTE for n in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause_after(78) == HOUR


@pytest.mark.parametrize("same_job", [True, False], ids=["taken up again", "lost"])
def test_a_mail_that_may_have_gone_out_is_sent_at_most_once_more(
    city, worker, post, monkeypatch, same_job
):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.at += MINUTE
    notice = city.session.scalar(select(Notice.id).where(Notice.event == "dispatched"))
    worker.run("spread_notice", 1, {"notice_id": str(notice)})
    mail = city.session.scalars(select(Delivery.id)).first()

    class Killed(BaseException):
        pass

    def die(*_args, **_more):
        raise Killed

    # The mail leaves and the process dies before it can write that down, again and again.
    with monkeypatch.context() as broken:
        broken.setattr("portal.notices.services.delivered", die)
        for number in range(5):
            job = 7 if same_job else 7 + number
            with contextlib.suppress(Killed):
                worker.run("deliver", job, {"delivery_id": str(mail)})
            worker.at += HOUR
    assert len(post.taken) == 2
    city.session.expire_all()
    row = city.session.get_one(Delivery, mail)
    assert (row.state, row.error) == (DeliveryState.FAILED, "unknown")
    assert "unknown" in {f.error for f in failures(city.session, now=worker.at)}


def test_another_job_does_not_send_a_mail_that_is_being_sent(city, worker, post):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.at += MINUTE
    notice = city.session.scalar(select(Notice.id).where(Notice.event == "dispatched"))
    worker.run("spread_notice", 1, {"notice_id": str(notice)})
    mail = city.session.scalars(select(Delivery.id)).first()
    with unit_of_work(city.session) as session:
        assert claim(session, mail, job_id=7, now=worker.at)
    worker.run("deliver", 8, {"delivery_id": str(mail)})
    assert post.taken == []


def test_a_notice_spread_twice_makes_one_mail_each(city, worker, post, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.at += MINUTE
    notice = city.session.scalar(select(Notice.id).where(Notice.event == "dispatched"))
    for number in range(3):
        worker.run("spread_notice", number, {"notice_id": str(notice)})
    told()
    assert sorted(post.addresses) == sorted(GROUP)


def test_a_deleted_job_is_made_up_for(city, worker, post, superuser, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    with superuser.begin() as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
    assert told(2 * MINUTE) == GROUP


def test_the_sweep_does_not_pile_up_jobs(city, worker, superuser):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    worker.at += HOUR
    for _ in range(5):
        with worker.app.app_context():
            tasks.sweep.func(timestamp=0)
    with superuser.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar() == 1


def test_a_rolled_back_move_tells_nobody(city, worker, told):
    filed = city.file()
    city.accepted(filed.case_id)
    with pytest.raises(RuntimeError), unit_of_work(city.session) as session:
        command = c.Dispatch(
            case_id=filed.case_id,
            seen=city.version(filed.case_id),
            group_id=city.group("insp-fire"),
            priority=Priority.NORMAL,
            suspected_major=False,
        )
        move_case(session, city.dispatcher, command, now=NOON)
        raise RuntimeError
    assert told() == set()
    assert city.session.scalar(select(Notice.id).where(Notice.event == "dispatched")) is None


def test_who_left_the_group_is_told_nothing(city, worker, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    held = city.session.scalar(
        select(Membership).where(Membership.account_id == city.second_member.account_id)
    )
    held.ends_on = date(2026, 11, 10)
    city.session.get_one(Account, city.member.account_id).active = False
    city.session.commit()
    assert told() == {"lead@example.org"}


def test_states_of_notice_and_mail_say_what_became_of_them(city, worker, told):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    told()
    [notice] = city.session.scalars(select(Notice)).all()
    assert notice.state is NoticeState.SPREAD
    mails = city.session.scalars(select(Delivery)).all()
    assert {mail.state for mail in mails} == {DeliveryState.SENT}
    assert all(mail.sent_at and mail.claimed_at is None for mail in mails)
    assert city.session.scalar(select(Objection.id)) is None
