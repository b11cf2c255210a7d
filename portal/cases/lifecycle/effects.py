"""What each move changes besides the state: pure, from facts and command to `Changes`."""

from collections.abc import Iterable
from typing import Any

from portal.access.kinds import Role
from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, NewId, OtherChange, Row, TextOf, Words
from portal.cases.lifecycle.facts import Facts, ItemFacts, derived_state
from portal.history.kinds import TextKind
from portal.inspections.kinds import Level
from portal.reports.kinds import Sender
from portal.taskbooks.kinds import ItemState


def _reason(body: str, key: str = "reason", kind: TextKind = TextKind.REASON) -> list[Words]:
    return [Words(key, kind, body.strip())] if body.strip() else []


def _with_override(command: c.Command, words: list[Words]) -> list[Words]:
    return words + _reason(command.override_reason, "override")


def nothing(facts: Facts, command: c.Command, new_id: NewId) -> Changes:
    return Changes()


# sorting


def accept(facts: Facts, command: c.Accept, new_id: NewId) -> Changes:
    return Changes(
        set={
            "kind": command.kind,
            "category": command.category,
            "sector": facts.categories[command.category],
            "jurisdiction": command.jurisdiction,
            "township": command.township,
            "unit_id": command.unit_id or facts.case.unit_id,
            "accepted_at": facts.now,
            "set_aside_until": None,
        },
        facts={"category": command.category},
    )


def dispatch(facts: Facts, command: c.Dispatch, new_id: NewId) -> Changes:
    number = facts.case.dispatch_count + 1
    return Changes(
        set={
            "group_id": command.group_id,
            "handler_id": None,
            "priority": command.priority,
            "suspected_major": command.suspected_major,
            "dispatched_at": facts.now,
            "dispatched_by": facts.actor.account_id,
            "dispatch_count": number,
            # Accepting and dispatching by one press: taking it back undoes both.
            "accepted_with_dispatch": facts.case.accepted_at == facts.now,
            "set_aside_until": None,
        },
        words=_reason(command.reason),
        facts={
            "group": facts.groups[command.group_id].code if command.group_id else None,
            "priority": command.priority,
            "suspected_major": command.suspected_major,
            "dispatch": number,
            "routing": facts.routing,
            "as_proposed": command.group_id == facts.proposed_group,
        },
    )


def _ended(facts: Facts, resolution: Resolution) -> dict[str, Any]:
    return {
        "closed_at": facts.now,
        "resolution": resolution,
        "set_aside_until": None,
        "paused_at": None,
    }


def refuse(facts: Facts, command: c.Refuse, new_id: NewId) -> Changes:
    return Changes(
        set=_ended(facts, Resolution.REFUSED),
        words=_reason(command.explanation),
        rows=_answers(facts, "reason"),
        facts={"reason": command.reason_code},
    )


def _answers(facts: Facts, key: str) -> list[Row]:
    """What ends a case before it is concluded answers every reporter with the same words."""
    return [
        Row(
            "reports",
            report.id,
            {"answered_at": facts.now, "answer_text_id": TextOf(key)},
            is_new=False,
        )
        for report in facts.reports
    ]


def hand_over(facts: Facts, command: c.TransferOut | c.ReferAccident, new_id: NewId) -> Changes:
    is_accident = isinstance(command, c.ReferAccident)
    resolution = Resolution.ACCIDENT if is_accident else Resolution.TRANSFERRED_OUT
    withdrawn = [
        Row("task_items", item.id, {"state": ItemState.WITHDRAWN}, is_new=False)
        for item in facts.open_items
    ]
    return Changes(
        set=_ended(facts, resolution),
        words=[
            *_reason(command.explanation),
            Words("handover", TextKind.HANDOVER, command.handover.strip()),
        ],
        rows=[*_answers(facts, "reason"), *withdrawn],
        facts={"office": command.office},
    )


def merge(facts: Facts, command: c.Merge, new_id: NewId) -> Changes:
    assert command.into_id is not None  # noqa: S101  needs_merge has seen to it
    moved = [str(report.id) for report in facts.reports]
    return Changes(
        set=_ended(facts, Resolution.DUPLICATE) | {"merged_into": command.into_id},
        words=_reason(command.reason),
        rows=[
            Row("reports", report.id, {"case_id": command.into_id}, is_new=False)
            for report in facts.reports
        ],
        facts={"into": command.into_id, "reports": moved},
        other=OtherChange(command.into_id, set={}, facts={"from": facts.case.id, "reports": moved}),
    )


def split(facts: Facts, command: c.Split, new_id: NewId) -> Changes:
    """A report that was merged in leaves: its case goes back to where it was.

    A part becomes a case of its own; the service opens it from `facts["part"]`.
    """
    if command.report_id is None:
        return Changes(
            words=[Words("part", TextKind.SUMMARY, command.part.strip())],
            facts={"new_case": new_id()},
        )
    report = facts.report(command.report_id)
    assert report is not None  # noqa: S101  needs_split has seen to it
    leaving = [r for r in facts.reports if r.origin_case_id == report.origin_case_id]
    return Changes(
        rows=[
            Row("reports", r.id, {"case_id": report.origin_case_id}, is_new=False) for r in leaving
        ],
        facts={"back_to": report.origin_case_id, "reports": [str(r.id) for r in leaving]},
        other=OtherChange(
            report.origin_case_id,
            set={"merged_into": None, "closed_at": None, "resolution": None},
            facts={"from": facts.case.id, "reports": [str(r.id) for r in leaving]},
        ),
    )


def set_aside(facts: Facts, command: c.SetAside, new_id: NewId) -> Changes:
    return Changes(
        set={"set_aside_until": command.until},
        words=_reason(command.reason),
        facts={"until": command.until},
    )


def take_back(facts: Facts, command: c.TakeBack, new_id: NewId) -> Changes:
    case = facts.case
    undone: dict[str, Any] = {
        "group_id": None,
        "handler_id": None,
        "dispatched_at": None,
        "dispatched_by": None,
        "accepted_with_dispatch": False,
    }
    if case.accepted_with_dispatch:
        undone["accepted_at"] = None
    return Changes(set=undone, facts={"acceptance_too": case.accepted_with_dispatch})


# at the group


def sign_for(facts: Facts, command: c.SignFor, new_id: NewId) -> Changes:
    return Changes(
        set={
            "signed_for_at": facts.now,
            "ever_signed": True,
            "handler_id": facts.case.handler_id or facts.actor.account_id,
        },
        words=_with_override(command, []),
    )


def give_back(facts: Facts, command: c.ReturnDispatch, new_id: NewId) -> Changes:
    return Changes(set=_returned(facts), words=_reason(command.reason))


def _returned(facts: Facts) -> dict[str, Any]:
    return {
        "group_id": None,
        "handler_id": None,
        "dispatched_at": None,
        "dispatched_by": None,
        "accepted_with_dispatch": False,
        "signed_for_at": None,
        "return_asked_at": None,
        "return_count": facts.case.return_count + 1,
    }


def ask_return(facts: Facts, command: c.AskReturn, new_id: NewId) -> Changes:
    return Changes(set={"return_asked_at": facts.now}, words=_reason(command.reason))


def decide_return(facts: Facts, command: c.DecideReturn, new_id: NewId) -> Changes:
    return Changes(
        set=_returned(facts) if command.upheld else {"return_asked_at": None},
        state=State.RECEIVED if command.upheld else None,
        words=_reason(command.reason),
        facts={"upheld": command.upheld},
    )


def reassign(facts: Facts, command: c.Reassign, new_id: NewId) -> Changes:
    number = facts.case.dispatch_count + 1
    return Changes(
        set={
            "group_id": command.group_id,
            "handler_id": None,
            "signed_for_at": None,
            "dispatch_count": number,
        },
        words=_reason(command.reason),
        facts={
            "group": facts.groups[command.group_id].code if command.group_id else None,
            "priority": facts.case.priority,
            "suspected_major": facts.case.suspected_major,
            "dispatch": number,
        },
    )


def assign_handler(facts: Facts, command: c.AssignHandler, new_id: NewId) -> Changes:
    return Changes(
        set={"handler_id": command.account_id},
        words=_with_override(command, []),
        facts={"handler": command.account_id},
    )


def inspect(facts: Facts, command: c.Inspect, new_id: NewId) -> Changes:
    visit = new_id()
    words = [Words("finding", TextKind.FINDING, command.finding.strip())]
    rows = [
        Row(
            "inspections",
            visit,
            {
                "visited_at": command.visited_at,
                "inspectors": sorted(command.inspectors),
                "finding_text_id": TextOf("finding"),
                "recorded_at": facts.now,
                "recorded_by": facts.actor.person_id,
            },
        )
    ]
    first = max((hazard.number for hazard in facts.hazards), default=0) + 1
    for number, found in enumerate(command.hazards, start=first):
        key = f"hazard-{number}"
        words.append(Words(key, TextKind.HAZARD, found.description.strip()))
        rows.append(
            Row(
                "hazards",
                new_id(),
                {
                    "inspection_id": visit,
                    "number": number,
                    "text_id": TextOf(key),
                    "level": Level.GENERAL,
                    "on_spot": found.fixed_on_spot,
                    "episode": facts.case.reopen_count,
                    "colour": None,
                },
            )
        )
    return Changes(
        set={
            "inspected_at": facts.case.inspected_at or command.visited_at,
            "unit_id": command.unit_id or facts.case.unit_id,
        },
        rows=rows,
        words=_with_override(command, words),
        facts={"visited_at": command.visited_at, "hazards": len(command.hazards)},
    )


def assess_risk(facts: Facts, command: c.AssessRisk, new_id: NewId) -> Changes:
    assert facts.risk is not None and command.hazard_id is not None  # noqa: S101  needs_risk
    value, colour = facts.risk
    return Changes(
        words=_reason(command.reason),
        rows=[
            Row(
                "risk_assessments",
                new_id(),
                {
                    "hazard_id": command.hazard_id,
                    "method": command.method,
                    "inputs": dict(command.inputs),
                    "value": value,
                    "colour": colour,
                    "reason_text_id": TextOf("reason"),
                    "assessed_at": facts.now,
                    "assessed_by": facts.actor.person_id,
                },
            ),
            Row("hazards", command.hazard_id, {"colour": colour}, is_new=False),
        ],
        facts={"hazard": command.hazard_id, "colour": colour},
    )


def issue_task_book(facts: Facts, command: c.IssueTaskBook, new_id: NewId) -> Changes:
    """`number` and `token_hash` of the book are the service's: counter and key are not pure."""
    book = new_id()
    unit = command.unit_id or facts.case.unit_id
    rows = [
        Row(
            "task_books",
            book,
            {
                "unit_id": unit,
                "episode": facts.case.reopen_count,
                "issued_at": facts.now,
                "issued_by": facts.actor.person_id,
                "signed_at": None,
                "signed_by_text_id": None,
            },
        )
    ]
    words: list[Words] = []
    listed = []
    for number, item in enumerate(command.items, start=1):
        words.append(Words(f"task-{number}", TextKind.TASK, item.task.strip()))
        words.append(Words(f"responsible-{number}", TextKind.WHO, item.responsible.strip()))
        words += _reason(item.evidence_asked, f"evidence-{number}", TextKind.TASK)
        item_id = new_id()
        level = next(h.level for h in facts.hazards if h.id == item.hazard_id)
        rows.append(
            Row(
                "task_items",
                item_id,
                {
                    "task_book_id": book,
                    "number": number,
                    "hazard_id": item.hazard_id,
                    "text_id": TextOf(f"task-{number}"),
                    "responsible_text_id": TextOf(f"responsible-{number}"),
                    "evidence_text_id": TextOf(f"evidence-{number}")
                    if item.evidence_asked.strip()
                    else None,
                    "due_on": item.due_on,
                    "state": ItemState.REPORTED if item.done else ItemState.WITH_UNIT,
                    "reported_at": facts.now if item.done else None,
                    "reported_by_text_id": None,
                    "statement_text_id": None,
                    "passed_at": None,
                    "failed_count": 0,
                },
            )
        )
        listed.append({"id": item_id, "due_on": item.due_on, "done": item.done, "level": level})
    states = [item.state for item in facts.live_items]
    states += [ItemState.REPORTED if item.done else ItemState.WITH_UNIT for item in command.items]
    return Changes(
        set={"unit_id": unit},
        state=derived_state(facts.case, states),
        rows=rows,
        words=words,
        facts={"book": book, "items": listed},
    )


def _state_with(facts: Facts, changed: ItemFacts, state: ItemState) -> State:
    states = [state if item.id == changed.id else item.state for item in facts.live_items]
    return derived_state(facts.case, states)


def _item(facts: Facts, item_id: object) -> ItemFacts:
    return next(item for item in facts.live_items if item.id == item_id)


# at the unit


def _use(facts: Facts, book: object, act: str, new_id: NewId) -> Row:
    return Row(
        "link_uses",
        new_id(),
        {"task_book_id": book, "at": facts.now, "who_text_id": TextOf("who"), "act": act},
    )


def _who(name: str, post: str) -> Words:
    return Words("who", TextKind.WHO, f"{name.strip()}\n{post.strip()}")


def sign_task_book(facts: Facts, command: c.SignTaskBook, new_id: NewId) -> Changes:
    return Changes(
        words=[_who(command.name, command.post)],
        rows=[
            Row(
                "task_books",
                command.task_book_id,
                {"signed_at": facts.now, "signed_by_text_id": TextOf("who")},
                is_new=False,
            ),
            _use(facts, command.task_book_id, "signed", new_id),
        ],
        facts={"book": command.task_book_id},
    )


def report_item_done(facts: Facts, command: c.ReportItemDone, new_id: NewId) -> Changes:
    item = _item(facts, command.item_id)
    words = [_who(command.name, command.post)]
    words += _reason(command.statement, "statement", TextKind.STATEMENT)
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
            _use(facts, item.task_book_id, "reported", new_id),
        ],
        facts={"item": item.id, "files": command.files},
    )


def withdraw_item(facts: Facts, command: c.WithdrawItem, new_id: NewId) -> Changes:
    item = _item(facts, command.item_id)
    return Changes(
        state=_state_with(facts, item, ItemState.WITHDRAWN),
        words=_reason(command.reason),
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
        facts={"item": item.id, "new_due_on": new_due},
    )


# deciding


def verify(facts: Facts, command: c.Verify, new_id: NewId) -> Changes:
    return Changes(
        set={"verified_at": facts.now, "finding": command.finding},
        words=_reason(command.reason, kind=TextKind.FINDING),
        facts={"finding": command.finding, "inspected": facts.case.inspected_at is not None},
    )


def conclude(facts: Facts, command: c.Conclude, new_id: NewId) -> Changes:
    words: list[Words] = []
    rows: list[Row] = []
    answered: list[str] = []
    for report_id, body in command.answers:
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
        rows.append(_message(facts, new_id, report_id, Sender.STAFF, key))
    return Changes(
        set={"concluded_at": facts.now, "unanswered_count": 0},
        words=words,
        rows=rows,
        facts={"reports": answered},
    )


def close(facts: Facts, command: c.Close, new_id: NewId) -> Changes:
    finding = facts.case.finding
    all_withdrawn = bool(facts.reports) and all(report.withdrawn for report in facts.reports)
    if finding in (Finding.TRUE, Finding.PARTLY):
        resolution = Resolution.RECTIFIED
    elif all_withdrawn:
        resolution = Resolution.WITHDRAWN
    elif finding is Finding.NOT_TRUE:
        resolution = Resolution.UNFOUNDED
    else:
        resolution = Resolution.UNVERIFIABLE
    return Changes(
        set=_ended(facts, resolution),
        words=_reason(command.reason),
        facts={"resolution": resolution, "lesson_considered": command.lesson_considered},
    )


def withdraw(facts: Facts, command: c.Withdraw, new_id: NewId) -> Changes:
    report_id = facts.actor.report_id
    assert report_id is not None  # noqa: S101  own_report has seen to it
    others = [r for r in facts.reports if r.id != report_id]
    all_gone = all(report.withdrawn for report in others)
    return Changes(
        set={"withdrawn_at": facts.now} if all_gone else {},
        words=_reason(command.reason),
        rows=[Row("reports", report_id, {"withdrawn_at": facts.now}, is_new=False)],
        facts={"report": report_id},
    )


def object_to(facts: Facts, command: c.Object, new_id: NewId) -> Changes:
    objection = new_id()
    report = facts.actor.report_id if facts.actor.role is Role.REPORTER else None
    return Changes(
        words=[Words("objection", TextKind.OBJECTION, command.body.strip())],
        rows=[
            Row(
                "objections",
                objection,
                {
                    "report_id": report,
                    "task_book_id": command.task_book_id,
                    "text_id": TextOf("objection"),
                    "objected_at": facts.now,
                    "episode": facts.case.reopen_count,
                    "upheld": None,
                    "decided_at": None,
                    "ruling_text_id": None,
                },
            )
        ],
        facts={"objection": objection, "report": report},
    )


def decide_objection(facts: Facts, command: c.DecideObjection, new_id: NewId) -> Changes:
    assert command.objection_id is not None  # noqa: S101  needs_objection_ruling
    return Changes(
        words=_reason(command.reason),
        rows=[
            Row(
                "objections",
                command.objection_id,
                {
                    "upheld": command.upheld,
                    "decided_at": facts.now,
                    "ruling_text_id": TextOf("reason"),
                },
                is_new=False,
            )
        ],
        facts={"objection": command.objection_id, "upheld": command.upheld},
    )


def reopen(facts: Facts, command: c.Reopen, new_id: NewId) -> Changes:
    return Changes(
        set={
            "closed_at": None,
            "resolution": None,
            "verified_at": None,
            "finding": None,
            "concluded_at": None,
            "withdrawn_at": None,
            "reopen_count": facts.case.reopen_count + 1,
        },
        state=State.IN_HAND if facts.case.ever_signed and facts.case.group_id else State.RECEIVED,
        words=_reason(command.reason),
        rows=[
            Row("reports", report.id, {"answered_at": None}, is_new=False)
            for report in facts.reports
        ],
        facts={"ground": command.ground},
    )


def pause(facts: Facts, command: c.Pause, new_id: NewId) -> Changes:
    return Changes(
        set={"paused_at": facts.now},
        words=_reason(command.reason),
        facts={"reason": command.reason_code},
    )


def resume(facts: Facts, command: c.Resume, new_id: NewId) -> Changes:
    assert facts.case.paused_at is not None  # noqa: S101  open_resume has seen to it
    days = (facts.now - facts.case.paused_at).days
    return Changes(
        set={"paused_at": None, "pause_days": facts.case.pause_days + days},
        words=_reason(command.reason),
    )


# talking


def _message(facts: Facts, new_id: NewId, report: object, sender: Sender, key: str) -> Row:
    return Row(
        "messages",
        new_id(),
        {
            "report_id": report,
            "sender": sender,
            "text_id": TextOf(key),
            "case_version": facts.case.version + 1,
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
        rows=[_message(facts, new_id, command.report_id, sender, "message")],
        # A person's words count as the first response; an automatic receipt never would.
        facts={"report": command.report_id, "substantive": not is_reporter, "by_person": True},
    )


def add_evidence(facts: Facts, command: c.AddEvidence, new_id: NewId) -> Changes:
    return Changes(facts={"files": list(command.files), "report": command.report_id})


def rate(facts: Facts, command: c.Rate, new_id: NewId) -> Changes:
    assert facts.actor.report_id is not None  # noqa: S101  own_report has seen to it
    return Changes(
        rows=[
            Row(
                "reports",
                facts.actor.report_id,
                {
                    "solved": command.solved,
                    "satisfied": command.satisfied,
                    "rated_at": facts.now,
                },
                is_new=False,
            )
        ],
        facts={
            "report": facts.actor.report_id,
            "solved": command.solved,
            "satisfied": command.satisfied,
        },
    )


def note(facts: Facts, command: c.Note, new_id: NewId) -> Changes:
    return Changes(words=[Words("note", TextKind.NOTE, command.body.strip())])


def recuse(facts: Facts, command: c.Recuse, new_id: NewId) -> Changes:
    stepped_back: Iterable[Any] = sorted({*facts.recused, facts.actor.person_id}, key=str)
    is_handler = facts.case.handler_id == facts.actor.account_id
    return Changes(
        set={
            "recused": list(stepped_back),
            "handler_id": None if is_handler else facts.case.handler_id,
        },
        words=_reason(command.reason),
    )


def revoke_link(facts: Facts, command: c.RevokeLink, new_id: NewId) -> Changes:
    assert command.task_book_id is not None  # noqa: S101  needs_revoke has seen to it
    return Changes(
        words=_reason(command.reason),
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
