"""The one function that moves a case."""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import require
from portal.accounts.queries import stays_in
from portal.cases import queries
from portal.cases.kinds import WITH_BOOK, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, OtherChange, Row
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.gate import check
from portal.cases.lifecycle.move import Move
from portal.cases.lifecycle.moves import BY_COMMAND
from portal.cases.models import Case, Objection
from portal.cases.services.helping import HELP_BARRED, keep_barred
from portal.cases.services.starting import Start, start_case
from portal.cases.services.writing import (
    keep_clocks,
    keep_clocks_elsewhere,
    keep_grams,
    keep_words,
    link_token,
    next_number,
    renew_grams,
    write_rows,
)
from portal.discipline.services import step_token, token_digest
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, NotAllowed, Stale
from portal.history.kinds import EventKind
from portal.history.queries import events_of
from portal.history.services import record
from portal.notices.services import (
    cancel_notices,
    erase_with_case,
    mark_news,
    queue_notices,
    tells_reporters,
)
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.models import Report
from portal.rewards.lifecycle import RewardRow
from portal.rewards.services import claim_voucher, issue_voucher, lapse_voucher
from portal.taskbooks.kinds import ItemState
from portal.taskbooks.models import TaskBook, TaskItem


def move_case(
    session: Session,
    actor: Actor,
    command: c.Command,
    *,
    now: datetime,
    tell: bool = True,
) -> Case:
    """Carry out one move of the table in `lifecycle` and return the case.

    `tell=False` queues no notices: for the demo's simulated past, of which nobody needs a mail.
    Raises NotFound (404), NotAllowed (403), Stale and OutOfTurn (409), Incomplete (422).
    """
    case = _locked(session, actor, command)  # 1 load what is visible
    case = move_locked(session, actor, case, command, now=now, tell=tell)
    after = _what_follows(session, case, command)
    if after is None:
        return case
    return move_locked(session, actor, case, after, now=now, tell=tell, follows=True)


def _what_follows(session: Session, case: Case, command: c.Command) -> c.Command | None:
    """Return the move that a ruling brings with it: a task whose objection was upheld ends."""
    if not isinstance(command, c.DecideObjection) or not command.upheld:
        return None
    wanted = (
        select(TaskItem.id)
        .join(Objection, Objection.item_id == TaskItem.id)
        .join(TaskBook, TaskBook.id == TaskItem.task_book_id)
        .where(
            Objection.id == command.objection_id,
            TaskItem.state.in_((ItemState.WITH_UNIT, ItemState.REPORTED)),
            TaskBook.episode == case.reopen_count,
        )
    )
    item_id = session.scalar(wanted)
    if item_id is None or case.state not in WITH_BOOK:
        return None
    return c.WithdrawItem(
        case_id=case.id,
        seen=case.version,
        override_reason=command.override_reason,
        item_id=item_id,
        reason=command.reason,
    )


def move_locked(
    session: Session,
    actor: Actor,
    case: Case,
    command: c.Command,
    *,
    now: datetime,
    tell: bool = True,
    last: bool = True,
    follows: bool = False,
) -> Case:
    """Carry out a move of a case that this unit of work has loaded for the actor and locked.

    `last=False`: another move of the case follows in this unit of work, which keeps its clocks.
    `follows`: from an act which the policy allowed already, and of which it is a part: handing
    over, and a ruling that ends a task.
    """
    if command.seen != case.version:
        raise Stale(command.seen, case.version)
    move = BY_COMMAND[type(command)]
    if not follows:
        require(actor, move.action, case)  # 2 policy
    # What a reporter does is stored no finer than the hour.
    at = floored_to_hour(now) if actor.role is Role.REPORTER else now
    facts = queries.facts_of(session, case, actor, now=now, command=command, stored_at=at)
    try:
        check(move, facts, command)  # 3 lifecycle
    except Incomplete as lack:
        if lack.reason == HELP_BARRED:
            keep_barred(session, actor, command, now=now)
        raise
    changes = move.effect(facts, command, uuid4)  # 4 columns, things
    _keep_handler_here(session, case, changes, facts)
    seq = _write(session, actor, move, case, facts, changes, at)  # 5 history
    preset = in_force(session, now)
    if changes.other:
        _write_other(session, actor, move, changes.other, at, preset)
    if isinstance(command, c.Split) and "new_case" in changes.facts:
        _open_part(session, actor, case, changes, command.part, at, preset, tell=tell)
    if changes.other or any(row.table == "reports" for row in changes.rows):
        session.expire(case, ["reports"])
    if last:
        # By the real moment: the events of the running hour count, too. It is not stored.
        keep_clocks(session, case, preset, now=now)
        keep_clocks_elsewhere(session, case, preset, now=now)
    keep_grams(session, case, [words.body for words in changes.words])
    if changes.other:
        for touched in (case.id, changes.other.case_id):
            renew_grams(session, session.get_one(Case, touched))
    if move.event is EventKind.TAKEN_BACK:
        cancel_notices(session, case.id, EventKind.DISPATCHED)
    if tell:
        queue_notices(  # 6 notices
            session, actor, move.event, preset.notices, case_id=case.id, seq=seq, now=at
        )
        if tells_reporters(preset.notices, move.event, actor):
            mark_news(session, _to_whom_it_is_news(case, changes))
    if case.state is State.CLOSED and case.reports:
        erase_with_case(session, [report.id for report in case.reports])
    return case


def _to_whom_it_is_news(case: Case, changes: Changes) -> list[UUID]:
    """Return the reports whose reporters are told: a reward is one reporter's affair, and what
    concerns one task of the unit is no news to those who reported.
    """
    if "reward" in changes.facts:
        return [changes.facts["news_for"]] if "news_for" in changes.facts else []
    return [] if "item" in changes.facts else [report.id for report in case.reports]


def _keep_handler_here(session: Session, case: Case, changes: Changes, facts: Facts) -> None:
    """See that whoever the move makes the handler is in the group until it is committed.

    Whoever ends the role at the same time waits, and then sees this case; or was faster, and the
    move is refused. Raises Incomplete, and NotAllowed to whoever would handle it themselves.
    """
    handler = changes.set.get("handler_id")
    if handler is None or handler == case.handler_id:
        return
    group = changes.set.get("group_id", case.group_id)
    if not stays_in(session, handler, group, on=facts.today):
        if handler == facts.actor.account_id:
            raise NotAllowed(Action.SIGN_FOR)
        raise Incomplete("account_id", "handler_elsewhere")


def _locked(session: Session, actor: Actor, command: c.Command) -> Case:
    """Lock the case; where a second one changes too, both in the order of their ids."""
    second = command.into_id if isinstance(command, c.Merge) else None
    if isinstance(command, c.Split) and command.report_id:
        second = session.scalar(select(Report.origin_case_id).where(Report.id == command.report_id))
    if second is not None and second < command.case_id:
        _lock(session, second)
    case = queries.case_of(session, actor, command.case_id, lock=True)
    if second is not None and second > command.case_id:
        # Before the guards look at it: it could be closed between their look and the change.
        _lock(session, second)
    return case


def _lock(session: Session, case_id: UUID) -> None:
    session.execute(select(Case.id).where(Case.id == case_id).with_for_update())


def _write(
    session: Session,
    actor: Actor,
    move: Move,
    case: Case,
    facts: Facts,
    changes: Changes,
    at: datetime,
) -> int:
    """Write columns, things and words, and the event that gives them all."""
    texts = keep_words(session, case.id, changes.words)
    rows = [_numbered(session, row, facts) for row in changes.rows]
    written = write_rows(session, case.id, rows, {key: ref.id for key, ref in texts.items()})
    before = case.state
    case.state = changes.state or move.target or case.state
    for column, value in changes.set.items():
        setattr(case, column, value)
    case.version += 1
    session.flush()  # the event's fence reads the row
    return record(
        session,
        actor,
        move.event,
        at=at,
        case_id=case.id,
        case_version=case.version,
        from_state=before,
        to_state=case.state,
        payload={
            **changes.facts,
            "set": changes.set,
            "rows": written,
            "texts": texts,
        },
    )


def _numbered(session: Session, row: Row, facts: Facts) -> Row:
    """Give what goes out by a link the hash of its token, and a new task book its number."""
    if row.table == "disciplinary_steps" and row.is_new:
        digest = token_digest(step_token(row.id))
        return Row(row.table, row.id, {**row.values, "token_hash": digest})
    if row.table == "listings" and row.is_new:
        number = next_number(session, "listing", facts.today.year)
        return Row(row.table, row.id, {**row.values, "number": f"{facts.today.year}-L{number:04d}"})
    if row.table == "rewards":
        _follow_voucher(session, row, facts)
    if row.table != "task_books" or not row.is_new:
        return row
    number = next_number(session, "task_book", facts.today.year)
    token = link_token(row.id)
    return Row(
        row.table,
        row.id,
        {
            **row.values,
            "number": f"{facts.today.year}-T{number:04d}",
            "token_hash": hashlib.sha256(token.encode()).digest(),
        },
    )


def _follow_voucher(session: Session, row: Row, facts: Facts) -> None:
    """Let the treasury know what a move does to a reward: its amount and the month, no more."""
    reward = facts.rewards.reward(row.id)
    if reward is None:
        return
    if "voucher_id" in row.values:
        issue_voucher(
            session,
            row.values["voucher_id"],
            year=facts.today.year,
            number=next_number(session, "reward", facts.today.year),
            amount=reward.amount or 0,
            on=facts.today,
            decided_by=_deciders(reward, facts.actor),
        )
    elif "claimed_at" in row.values and reward.voucher_id:
        claim_voucher(session, reward.voucher_id, on=facts.today)
    elif "lapsed_at" in row.values and reward.voucher_id:
        lapse_voucher(session, reward.voucher_id, on=facts.today)


def _deciders(reward: RewardRow, last: Actor) -> set[UUID]:
    """Return who proposed a reward and signed for it, the last of them just now."""
    found = (reward.proposed_by, reward.approved_by, last.person_id)
    return {person for person in found if person is not None}


def _write_other(
    session: Session,
    actor: Actor,
    move: Move,
    change: OtherChange,
    at: datetime,
    preset: Preset,
) -> None:
    """Change the second case of a merge or split, with an event of its own."""
    other = session.scalar(
        select(Case)
        .where(Case.id == change.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert other is not None  # noqa: S101  foreign keys have seen to it
    before = other.state
    if move.event is EventKind.SPLIT:
        other.state = _state_before_merge(session, other.id)
    for column, value in change.set.items():
        setattr(other, column, value)
    other.version += 1
    session.flush()
    record(
        session,
        actor,
        move.event,
        at=at,
        case_id=other.id,
        case_version=other.version,
        from_state=before,
        to_state=other.state,
        payload={**change.facts, "set": change.set, "rows": {}, "texts": {}},
    )
    session.expire(other, ["reports"])
    keep_clocks(session, other, preset, now=at)


def _state_before_merge(session: Session, case_id: UUID) -> State:
    """Return the state that the merge ended: a split that undoes it gives it back."""
    merged = [
        event
        for event in events_of(session, case_id)
        if event.kind is EventKind.MERGED and "into" in event.payload
    ]
    return State(merged[-1].from_state or State.RECEIVED)


def _open_part(
    session: Session,
    actor: Actor,
    parent: Case,
    changes: Changes,
    part: str,
    at: datetime,
    preset: Preset,
    *,
    tell: bool,
) -> None:
    """Open the case of a part that is split off; it waits at the desk like a new report."""
    start = Start(
        id=changes.facts["new_case"],
        source=parent.source,
        kind=parent.kind,
        channel=parent.channel,
        jurisdiction=parent.jurisdiction,
        township=parent.township,
        desk_id=parent.desk_id,
        opened_at=at,
        split_from=parent.id,
        summary=part,
        # A part of what somebody must not know of is not known to them either.
        also={"hidden_from": list(parent.hidden_from)},
    )
    opened = start_case(
        session,
        actor,
        EventKind.OPENED,
        start,
        preset,
        now=at,
        facts={"from": parent.id},
        tell=tell,
    )
    # Its clocks begin where those of the whole began: splitting wins no time.
    keep_clocks(session, opened, preset, now=at)
