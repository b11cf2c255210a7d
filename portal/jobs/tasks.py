"""The tasks: each one unit of work around one service, safe to run twice."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from procrastinate import JobContext
from procrastinate.jobs import Status
from sqlalchemy.orm import Session

from portal.accounts.services import forget_ended_sessions
from portal.attachments.services import sweep as sweep_files
from portal.cases import services as cases
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.history.services import HEAD_FILE, keep_newest, seal_pending
from portal.integrations.mail import Letter, NotTaken, Post
from portal.integrations.webhook import NotReached, Refused, Webhooks
from portal.jobs.app import Patient, jobs_app
from portal.jobs.letters import account_letter, letter_for, reporter_letter
from portal.notices import services as notices
from portal.notices.lifecycle import quiet_until
from portal.notices.queries import reporters_to_tell
from portal.presets.queries import in_force
from portal.reports.services import DRAFT_LIFE, drop_expired_drafts, drop_spent_challenges
from portal.selfinspections.services import (
    REMINDED_AT_ONCE,
    TOLD_AT_ONCE,
    remind_of_declarations,
    tell_of_inside,
)
from portal.web.uploads import store

EVERY_MINUTE = "* * * * *"
EVERY_FIVE_MINUTES = "*/5 * * * *"
EVERY_HOUR = "7 * * * *"
AT_HALF_PAST = "30 * * * *"
#: Longer than any worker stands still unnoticed.
LATELY = timedelta(days=7)
#: A worker that gave no sign for so long is dead; its jobs are taken up again.
SILENT_SECONDS = 30
#: A job that took its worker along so often is parked.
DEATHS = 3


def in_unit_of_work(service: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a service in a unit of work of its own."""
    with unit_of_work(db.session()) as session:
        return service(session, *arguments, **named)


@jobs_app.task(name="spread_notice", retry=Patient())
def spread_notice(notice_id: str) -> None:
    in_unit_of_work(cases.spread_notice, UUID(notice_id), now=now())


@jobs_app.task(name="deliver", retry=Patient(), pass_context=True)
def deliver(context: JobContext, delivery_id: str) -> None:
    """Send one mail; what fails for now is taken up by the sweep when its pause is over."""
    with suppress(NotTaken):
        seen_out(UUID(delivery_id), context.job.id or 0, letter_for)


@jobs_app.task(name="send_account_mail", retry=Patient(), pass_context=True)
def send_account_mail(context: JobContext, delivery_id: str, generation: str) -> None:
    """Send a mail about an account; only this job can make its link, so it tries again itself."""
    letter_of = partial(account_letter, generation=generation)
    seen_out(UUID(delivery_id), context.job.id or 0, letter_of)


def seen_out(mail_id: UUID, job_id: int, letter_of: Callable[..., Letter | None]) -> None:
    """Claim a mail, send it outside any transaction, write down what came of it.

    Raises NotTaken if another try may help.
    """
    letter = in_unit_of_work(claimed_letter, mail_id, job_id, letter_of)
    if letter is None:
        return
    post: Post = current_app.extensions["portal-post"]
    try:
        post.send(letter, now=now())
    except NotTaken as error:
        fault = {"error": error.code, "for_good": error.for_good}
        in_unit_of_work(notices.not_delivered, mail_id, **fault, now=now())
        if not error.for_good:
            raise
    else:
        in_unit_of_work(notices.delivered, mail_id, now=now())


def claimed_letter(
    session: Session, mail_id: UUID, job_id: int, letter_of: Callable[..., Letter | None]
) -> Letter | None:
    """Claim a mail and return its letter; None where there is nothing to send (any more)."""
    delivery = notices.claim(session, mail_id, job_id=job_id, now=now())
    if delivery is None:
        return None
    letter = letter_of(session, delivery, now=now())
    if letter is None:
        notices.call_off(session, mail_id)
    return letter


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="sweep")
def sweep(timestamp: int) -> None:
    """Take up what waits without a job: reporters' acts, what was put off, what was lost."""
    in_unit_of_work(notices.take_up_lost, now=now())


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="remind")
def remind(timestamp: int) -> None:
    in_unit_of_work(cases.remind_of_due, now=now())


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="digest")
def digest(timestamp: int) -> None:
    in_unit_of_work(cases.make_digests, now=now())


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="remind_of_declarations")
def remind_units(timestamp: int) -> None:
    """Remind units of the month that is to be declared; so many at once, until all are told."""
    while in_unit_of_work(reminded_units) >= REMINDED_AT_ONCE:
        pass


def reminded_units(session: Session) -> int:
    """Remind some units and return how many."""
    moment = now()
    return remind_of_declarations(session, in_force(session, moment), now=moment)


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="tell_of_inside")
def tell_units_of_inside(timestamp: int) -> None:
    """Tell units of inside reports that wait or are late; by the hour, so that no minute shows."""
    while in_unit_of_work(told_of_inside) >= TOLD_AT_ONCE:
        pass


def told_of_inside(session: Session) -> int:
    """Tell units of some inside reports and return of how many."""
    moment = now()
    return tell_of_inside(session, in_force(session, moment), now=moment)


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="watch_bursts")
def watch_bursts(timestamp: int) -> None:
    in_unit_of_work(cases.watch_bursts, now=now())


@jobs_app.periodic(cron=AT_HALF_PAST)
@jobs_app.task(name="tell_reporters")
def tell_reporters(timestamp: int) -> None:
    """Tell reporters who left an address that there is something new; once an hour, so that no
    message's arrival tells the minute of anything.
    """
    key = secrets.in_use().key("notice-address")
    for report_id in in_unit_of_work(reporters_to_tell_now, now()):
        where = in_unit_of_work(notices.address_to_tell, report_id, key=key)
        if where is not None:
            reached = written_to(where)
            in_unit_of_work(notices.reporter_told, report_id, reached=reached)


def reporters_to_tell_now(session: Session, moment: datetime) -> list[UUID]:
    """Return whom to tell now: nobody in quiet hours."""
    preset = in_force(session, moment)
    if quiet_until(preset.notices, preset.limits.zone, moment):
        return []
    return list(reporters_to_tell(session))


def written_to(where: Mapping[str, str]) -> bool:
    """Send the one message that there is to an address; return whether it was taken."""
    letter = reporter_letter(where["to"], where["language"])
    try:
        if letter.to.startswith("https://"):
            hooks: Webhooks = current_app.extensions["portal-webhooks"]
            hooks.send(letter.to, letter.body)
        else:
            post: Post = current_app.extensions["portal-post"]
            post.send(letter, now=now())
    except (NotTaken, NotReached, Refused):
        return False
    return True


@jobs_app.periodic(cron=EVERY_FIVE_MINUTES)
@jobs_app.task(name="record_breaches")
def record_breaches(timestamp: int) -> None:
    """Write down what was missed; of what ended late only that of the last days is looked at."""
    moment = now()
    in_unit_of_work(cases.record_breaches, moment, since=moment - LATELY)


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="judge_promises")
def judge_promises(timestamp: int) -> None:
    """Keep what became of the dates that reporters were told, for the figure; a part at a time."""
    moment, last = now(), None
    while (last := in_unit_of_work(cases.judge_promises, now=moment, after=last)) is not None:
        pass


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="lapse_rewards")
def lapse_rewards(timestamp: int) -> None:
    """Note which offers of rewards were not claimed in time; nothing is paid or moved by it."""
    in_unit_of_work(cases.lapse_rewards, now=now())


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="seal_history")
def seal_history(timestamp: int) -> None:
    """Seal what was written, then keep the end of the chain outside the database."""
    in_unit_of_work(seal_pending, secrets.in_use().key("seal-chain"))
    in_unit_of_work(keep_newest, current_app.config["PORTAL_SETTINGS"].data_dir / HEAD_FILE)


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="forget_ended_sessions")
def forget_sessions(timestamp: int) -> None:
    in_unit_of_work(forget_ended_sessions, now=now())


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="drop_expired_drafts")
def drop_drafts(timestamp: int) -> None:
    in_unit_of_work(drop_expired_drafts, now=now())
    in_unit_of_work(drop_spent_challenges, now=now())


@jobs_app.periodic(cron=EVERY_HOUR)
@jobs_app.task(name="sweep_files")
def sweep_attachments(timestamp: int) -> None:
    """Remove the objects of dead drafts and those that no row points to."""
    # As `save_draft`: one hour more, so that flooring takes nobody's last hour.
    life = DRAFT_LIFE + timedelta(hours=1)
    in_unit_of_work(sweep_files, store(), draft_life=life, now=now())


@jobs_app.periodic(cron=EVERY_MINUTE)
@jobs_app.task(name="rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Take up the jobs of dead workers again; one that keeps killing its worker is parked."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        if job.attempts < DEATHS:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
