"""What mails say, and that they get through, once, over real SMTP."""

import contextlib
import os
import socket
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.kinds import AccountMail
from portal.accounts.models import Account, Membership
from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.models import Objection
from portal.cases.services import link_token, move_case
from portal.foundation.transaction import unit_of_work
from portal.integrations.mail import NotTaken, Post
from portal.jobs import tasks
from portal.notices.kinds import DeliveryState, NoticeState
from portal.notices.lifecycle import pause_after
from portal.notices.models import Delivery, Notice
from portal.notices.queries import failures
from portal.notices.services import claim, queue_account_mail, try_again
from portal.web.identity import generation_mark
from tests.support.city import NOON, PLACE, TEXT
from tests.support.staff_moves import at, member

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GROUP = {"lead@example.org", "member@example.org", "second_member@example.org"}


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


# about an account


def account_mail(city, kind, generation=None):
    """Queue a mail to the lead about the account itself."""
    with unit_of_work(city.session) as session:
        account = session.get_one(Account, city.lead.account_id)
        mark = generation or generation_mark(account)
        return queue_account_mail(session, account.id, kind, generation=mark, now=NOON)


def test_an_account_s_mail_holds_a_link_that_the_queue_does_not(city, worker, post, superuser):
    account_mail(city, AccountMail.RESET)
    with superuser.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT args::text FROM procrastinate_jobs UNION ALL SELECT d::text FROM deliveries d"
        ).scalars()
        assert not any("reset/" in row for row in rows)
    worker.drain()
    [mail] = post.to("lead@example.org")
    assert "/reset/" in mail.get_content()


def test_a_link_of_an_older_generation_is_not_sent(city, worker, post):
    mail = account_mail(city, AccountMail.INVITATION, generation="0" * 16)
    worker.drain()
    assert post.taken == []
    assert city.session.get_one(Delivery, mail).state is DeliveryState.CANCELLED


def test_an_account_s_mail_is_tried_again_by_its_own_job(city, worker, post):
    post.answer = "451 later"
    mail = account_mail(city, AccountMail.PASSWORD_SET)
    with pytest.raises(NotTaken):
        worker.drain()
    post.answer = None
    worker.at += MINUTE
    with unit_of_work(city.session) as session:
        mark = generation_mark(session.get_one(Account, city.lead.account_id))
    worker.minute()
    assert post.taken == []
    worker.run("send_account_mail", 1, {"delivery_id": str(mail), "generation": mark})
    [sent] = post.to("lead@example.org")
    assert "http" not in sent.get_content()


def test_an_account_s_mail_is_sent_by_its_job_whose_worker_died_after_a_failed_try(
    city, worker, post
):
    """Nobody else ever sends it: were the pause to hold the job taken up anew, it were lost."""
    post.answer = "451 later"
    mail = account_mail(city, AccountMail.PASSWORD_SET)
    with pytest.raises(NotTaken):
        worker.drain()
    post.answer = None
    with unit_of_work(city.session) as session:
        mark = generation_mark(session.get_one(Account, city.lead.account_id))
    worker.run("send_account_mail", 1, {"delivery_id": str(mail), "generation": mark})
    assert len(post.to("lead@example.org")) == 1
