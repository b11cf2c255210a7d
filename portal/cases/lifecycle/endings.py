"""Effects at the unit, of checking, deciding and talking; see `effects` for those before."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from portal.access.kinds import Role
from portal.cases.kinds import Finding, Resolution, Shows, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import ended, paused_days, reason
from portal.cases.lifecycle.facts import (
    Facts,
    ItemFacts,
    derived_state,
    ends_by_reviews,
    none_remains,
)
from portal.cases.lifecycle.replay import Recorded
from portal.history.kinds import TextKind
from portal.reports.kinds import Sender
from portal.taskbooks.kinds import ItemState


def _state_with(facts: Facts, changed: ItemFacts, state: ItemState) -> State:
    states = [state if item.id == changed.id else item.state for item in facts.live_items]
    return derived_state(facts.case, states)


def _item(facts: Facts, item_id: object) -> ItemFacts:
    return next(item for item in facts.live_items if item.id == item_id)


# at the unit


def link_use(facts: Facts, book: object, act: str, new_id: NewId) -> Row:
    return Row(
        "link_uses",
        new_id(),
        {"task_book_id": book, "at": facts.now, "who_text_id": TextOf("who"), "act": act},
    )


def who_acts(name: str, post: str) -> Words:
    return Words("who", TextKind.WHO, f"{name.strip()}\n{post.strip()}")


def sign_task_book(facts: Facts, command: c.SignTaskBook, new_id: NewId) -> Changes:
    return Changes(
        words=[who_acts(command.name, command.post)],
        rows=[
            Row(
                "task_books",
                command.task_book_id,
                {"signed_at": facts.now, "signed_by_text_id": TextOf("who")},
                is_new=False,
            ),
            link_use(facts, command.task_book_id, "signed", new_id),
        ],
        facts={"book": command.task_book_id},
    )


def report_item_done(facts: Facts, command: c.ReportItemDone, new_id: NewId) -> Changes:
    item = _item(facts, command.item_id)
    words = [who_acts(command.name, command.post)]
    words += reason(command.statement, "statement", TextKind.STATEMENT)
    return Changes(
        state=_state_with(facts, item, ItemState.REPORTED),
        words=words,
        rows=[
            Row(
                "task_items",
                item.id,
                {
                    "state": ItemState.REPORTED,
                    "reported_at": facts.now,
                    "reported_by_text_id": TextOf("who"),
                    "statement_text_id": TextOf("statement") if command.statement.strip() else None,
                },
                is_new=False,
            ),
            link_use(facts, item.task_book_id, "reported", new_id),
        ],
        facts={"item": item.id, "files": list(command.files)},
    )


def withdraw_item(facts: Facts, command: c.WithdrawItem, new_id: NewId) -> Changes:
    item = _item(facts, command.item_id)
    return Changes(
        state=_state_with(facts, item, ItemState.WITHDRAWN),
        words=reason(command.reason),
        rows=[Row("task_items", item.id, {"state": ItemState.WITHDRAWN}, is_new=False)],
        facts={"item": item.id},
    )


# checking


def review(facts: Facts, command: c.PassReview | c.FailReview, new_id: NewId) -> Changes:
    item = _item(facts, command.item_id)
    failed = isinstance(command, c.FailReview)
    new_due = command.new_due_on if isinstance(command, c.FailReview) else None
    change: dict[str, Any] = (
        {
            "state": ItemState.WITH_UNIT,
            "failed_count": item.failed_count + 1,
            "due_on": new_due,
            "reported_at": None,
            # The next check is signed for anew.
            "signed_by": None,
            "signed_at": None,
            "signed_text_id": None,
        }
        if failed
        else {"state": ItemState.PASSED, "passed_at": facts.now}
    )
    return Changes(
        state=_state_with(facts, item, change["state"]),
        words=[Words("opinion", TextKind.OPINION, command.opinion.strip())],
        rows=[
            Row(
                "reviews",
                new_id(),
                {
                    "item_id": item.id,
                    "passed": not failed,
                    "on_site": command.on_site,
                    "opinion_text_id": TextOf("opinion"),
                    "new_due_on": new_due,
                    "reviewed_at": facts.now,
                    "reviewer": facts.actor.person_id,
                },
            ),
            Row("task_items", item.id, change, is_new=False),
        ],
        facts={
            "item": item.id,
            "new_due_on": new_due,
            **({"files": list(command.files)} if command.files else {}),
        },
    )


# deciding


def verify(facts: Facts, command: c.Verify, new_id: NewId) -> Changes:
    return Changes(
        set={"verified_at": facts.now, "finding": command.finding},
        words=reason(command.reason, kind=TextKind.FINDING),
        facts={"finding": command.finding, "inspected": facts.case.inspected_at is not None},
    )


def conclude(facts: Facts, command: c.Conclude, new_id: NewId) -> Changes:
    words: list[Words] = []
    rows: list[Row] = []
    answered: list[str] = []
    for report_id, body in dict(command.answers).items():
        if not body.strip():
            continue
        key = f"answer-{report_id}"
        words.append(Words(key, TextKind.ANSWER, body.strip()))
        answered.append(str(report_id))
        rows.append(
            Row(
                "reports",
                report_id,
                {"answered_at": facts.now, "answer_text_id": TextOf(key)},
                is_new=False,
            )
        )
        rows.append(_message(facts, new_id(), report_id, Sender.STAFF, key))
    left = sum(r.unanswered for r in facts.reports if str(r.id) not in answered)
    return Changes(
        set={"concluded_at": facts.now, "unanswered_count": left},
        words=words,
        rows=rows,
        facts={"reports": answered},
    )


def close(facts: Facts, command: c.Close, new_id: NewId) -> Changes:
    all_withdrawn = bool(facts.reports) and all(report.withdrawn for report in facts.reports)
    if ends_by_reviews(facts):
        resolution = Resolution.RECTIFIED
    elif all_withdrawn:
        resolution = Resolution.WITHDRAWN
    elif facts.case.finding is Finding.NOT_TRUE or none_remains(facts):
        resolution = Resolution.UNFOUNDED
    else:
        resolution = Resolution.UNVERIFIABLE
    return Changes(
        set=ended(facts, resolution),
        words=reason(command.reason),
        facts={"resolution": resolution, "lesson_considered": command.lesson_considered},
    )


def withdraw(facts: Facts, command: c.Withdraw, new_id: NewId) -> Changes:
    report_id = facts.actor.report_id
    assert report_id is not None  # noqa: S101  own_report has seen to it
    others = [r for r in facts.reports if r.id != report_id]
    all_gone = all(report.withdrawn for report in others)
    return Changes(
        set={"withdrawn_at": facts.now} if all_gone else {},
        words=reason(command.reason),
        rows=[Row("reports", report_id, {"withdrawn_at": facts.now}, is_new=False)],
        facts={"report": report_id},
    )


def object_to(facts: Facts, command: c.Object, new_id: NewId) -> Changes:
    objection = new_id()
    report = facts.actor.report_id if facts.actor.role is Role.REPORTER else None
    item = None if report else command.item_id
    words = [Words("objection", TextKind.OBJECTION, command.body.strip())]
    use = []
    if command.task_book_id is not None:
        words.append(who_acts(command.name, command.post))
        use.append(link_use(facts, command.task_book_id, "objected", new_id))
    return Changes(
        words=words,
        rows=[
            *use,
            Row(
                "objections",
                objection,
                {
                    "report_id": report,
                    "task_book_id": None if report else facts.actor.task_book_id,
                    "item_id": item,
                    "text_id": TextOf("objection"),
                    "objected_at": facts.now,
                    "episode": facts.case.reopen_count,
                    "upheld": None,
                    "decided_at": None,
                    "ruling_text_id": None,
                },
            ),
        ],
        facts={"objection": objection, "report": report} | ({"item": item} if item else {}),
    )


def decide_objection(facts: Facts, command: c.DecideObjection, new_id: NewId) -> Changes:
    assert command.objection_id is not None  # noqa: S101  needs_objection_ruling
    item = next(one.item_id for one in facts.objections if one.id == command.objection_id)
    refuted = _item(facts, item).hazard_id if command.no_hazard else None
    return Changes(
        words=reason(command.reason),
        rows=[
            *([_refuted(facts, refuted)] if refuted else []),
            Row(
                "objections",
                command.objection_id,
                {
                    "upheld": command.upheld,
                    "decided_at": facts.now,
                    "ruling_text_id": TextOf("reason"),
                },
                is_new=False,
            ),
        ],
        facts={
            "objection": command.objection_id,
            "upheld": command.upheld,
            **({"item": item} if item else {}),
            **({"no_hazard": refuted} if refuted else {}),
        },
    )


def _refuted(facts: Facts, hazard: UUID) -> Row:
    return Row("hazards", hazard, {"refuted_at": facts.now}, is_new=False)


def reopen(facts: Facts, command: c.Reopen, new_id: NewId) -> Changes:
    back_to_group = facts.case.ever_signed and facts.case.group_id is not None
    # A group that never signed for it does not hold it: the desk sends it anew.
    at_the_desk: dict[str, Any] = {
        "group_id": None,
        "handler_id": None,
        "dispatched_at": None,
        "dispatched_by": None,
        "accepted_with_dispatch": False,
    }
    return Changes(
        set={
            **({} if back_to_group else at_the_desk),
            "closed_at": None,
            "resolution": None,
            "verified_at": None,
            "finding": None,
            "concluded_at": None,
            "withdrawn_at": None,
            "reopen_count": facts.case.reopen_count + 1,
        },
        state=State.IN_HAND if back_to_group else State.RECEIVED,
        words=reason(command.reason),
        rows=[
            Row("reports", report.id, {"answered_at": None}, is_new=False)
            for report in facts.reports
        ],
        facts={"ground": command.ground},
    )


def pause(facts: Facts, command: c.Pause, new_id: NewId) -> Changes:
    return Changes(
        set={"paused_at": facts.now},
        words=reason(command.reason),
        facts={"reason": command.reason_code},
    )


def resume(facts: Facts, command: c.Resume, new_id: NewId) -> Changes:
    return Changes(
        set={"paused_at": None, "pause_days": facts.case.pause_days + paused_days(facts)},
        words=reason(command.reason),
    )


# talking


def _message(facts: Facts, message: UUID, report: object, sender: Sender, key: str) -> Row:
    return Row(
        "messages",
        message,
        {
            "report_id": report,
            "sender": sender,
            "text_id": TextOf(key),
            "at": facts.now,
            "account_id": facts.actor.account_id,
        },
    )


def talk(facts: Facts, command: c.Ask | c.Answer, new_id: NewId) -> Changes:
    is_reporter = facts.actor.role is Role.REPORTER
    sender = Sender.REPORTER if is_reporter else Sender.STAFF
    left = {report.id: report.unanswered for report in facts.reports}
    assert command.report_id is not None  # noqa: S101  needs_message has seen to it
    left[command.report_id] = left[command.report_id] + 1 if is_reporter else 0
    return Changes(
        set={"unanswered_count": sum(left.values())},
        words=[Words("message", TextKind.MESSAGE, command.body.strip())],
        rows=[
            _message(facts, command.message_id or new_id(), command.report_id, sender, "message")
        ],
        # A person's words count as the first response; an automatic receipt never would.
        facts={
            "report": command.report_id,
            "substantive": not is_reporter,
            "by_person": True,
            # A reporter promises nothing.
            "promised_on": None if is_reporter else command.promised_on,
            **({"files": list(command.files)} if command.files else {}),
        },
    )


def add_evidence(facts: Facts, command: c.AddEvidence, new_id: NewId) -> Changes:
    return Changes(facts={"files": list(command.files), "report": command.report_id})


def release_files(facts: Facts, command: c.ReleaseFiles, new_id: NewId) -> Changes:
    return Changes(facts={"released": {str(file): shows for file, shows in command.files}})


def released(events: Iterable[Recorded]) -> dict[UUID, Shows]:
    """Return the pictures that reporters of the case are shown: the last release says it whole."""
    found: Mapping[str, str] = {}
    for event in events:
        found = event.payload.get("released", found)
    return {UUID(file): Shows(shows) for file, shows in found.items()}


def rate(facts: Facts, command: c.Rate, new_id: NewId) -> Changes:
    assert facts.actor.report_id is not None  # noqa: S101  own_report has seen to it
    return Changes(
        rows=[
            Row(
                "reports",
                facts.actor.report_id,
                {
                    "contacted": command.contacted,
                    "solved": command.solved,
                    "satisfied": command.satisfied,
                    "rated_at": facts.now,
                },
                is_new=False,
            )
        ],
        facts={
            "report": facts.actor.report_id,
            # Ratings from before this was asked lack it.
            "contacted": command.contacted,
            "solved": command.solved,
            "satisfied": command.satisfied,
        },
    )


def note(facts: Facts, command: c.Note, new_id: NewId) -> Changes:
    return Changes(words=[Words("note", TextKind.NOTE, command.body.strip())])


def recuse(facts: Facts, command: c.Recuse, new_id: NewId) -> Changes:
    stepped_back = sorted({*facts.recused, facts.actor.person_id}, key=str)
    is_handler = facts.case.handler_id == facts.actor.account_id
    return Changes(
        set={
            "recused": stepped_back,
            "handler_id": None if is_handler else facts.case.handler_id,
        },
        words=reason(command.reason),
    )


def revoke_link(facts: Facts, command: c.RevokeLink, new_id: NewId) -> Changes:
    assert command.task_book_id is not None  # noqa: S101  needs_revoke has seen to it
    return Changes(
        words=reason(command.reason),
        rows=[Row("task_books", command.task_book_id, {"token_hash": None}, is_new=False)],
        facts={"book": command.task_book_id},
    )


def breach(facts: Facts, command: c.Breach, new_id: NewId) -> Changes:
    return Changes(
        facts={
            "clock": command.clock,
            "subject": command.subject,
            "episode": command.episode,
            "due_at": command.due_at,
        }
    )
