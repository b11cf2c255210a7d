"""What each move changes besides the state: pure, from facts and command to `Changes`."""

from typing import Any

from portal.cases.kinds import Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, NewId, OtherChange, Row, TextOf, Words
from portal.cases.lifecycle.facts import Facts, derived_state
from portal.history.kinds import TextKind
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState


def reason(body: str, key: str = "reason", kind: TextKind = TextKind.REASON) -> list[Words]:
    return [Words(key, kind, body.strip())] if body.strip() else []


def with_override(command: c.Command, words: list[Words]) -> list[Words]:
    return words + reason(command.override_reason, "override")


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
            # Somebody has read it: should it come back, it does not wait behind the others.
            "slow_lane": False,
        },
        words=reason(command.reason),
        facts={
            "group": facts.groups[command.group_id].code if command.group_id else None,
            "priority": command.priority,
            "suspected_major": command.suspected_major,
            "dispatch": number,
            "routing": facts.routing,
            "as_proposed": command.group_id == facts.proposed_group,
        },
    )


def ended(facts: Facts, resolution: Resolution) -> dict[str, Any]:
    return {
        "closed_at": facts.now,
        "resolution": resolution,
        "set_aside_until": None,
        "return_asked_at": None,
        "paused_at": None,
        "pause_days": facts.case.pause_days + paused_days(facts),
    }


def paused_days(facts: Facts) -> int:
    """Return what the present pause uses up: the days after the one on which it began."""
    return (facts.today - facts.paused_on).days if facts.paused_on else 0


def refuse(facts: Facts, command: c.Refuse, new_id: NewId) -> Changes:
    return Changes(
        set=ended(facts, Resolution.REFUSED),
        words=reason(command.explanation),
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
        set=ended(facts, resolution),
        words=[
            *reason(command.explanation),
            Words("handover", TextKind.HANDOVER, command.handover.strip()),
        ],
        rows=[*_answers(facts, "reason"), *withdrawn],
        facts={"office": command.office},
    )


def record_reply(facts: Facts, command: c.RecordReply, new_id: NewId) -> Changes:
    """The case stays as it ended; that the office answered stops the clock of the hand-over."""
    return Changes(
        words=[Words("reply", TextKind.REPLY, command.reply.strip())],
        facts={"said": command.said},
    )


def merge(facts: Facts, command: c.Merge, new_id: NewId) -> Changes:
    assert command.into_id is not None  # noqa: S101  needs_merge has seen to it
    moved = [str(report.id) for report in facts.reports]
    assert facts.other is not None  # noqa: S101  needs_merge has seen to it
    return Changes(
        # Pause, waiting return and setting aside stay, so that a split gives back what was.
        set={
            "closed_at": facts.now,
            "resolution": Resolution.DUPLICATE,
            "merged_into": command.into_id,
            "unanswered_count": 0,
        },
        words=reason(command.reason),
        rows=[
            Row("reports", report.id, {"case_id": command.into_id}, is_new=False)
            for report in facts.reports
        ],
        facts={"into": command.into_id, "reports": moved},
        other=OtherChange(
            command.into_id,
            set={"unanswered_count": facts.other.unanswered + facts.unanswered},
            facts={"from": facts.case.id, "reports": moved},
        ),
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
    waiting = sum(r.unanswered for r in leaving)
    return Changes(
        set={"unanswered_count": facts.unanswered - waiting},
        rows=[
            Row("reports", r.id, {"case_id": report.origin_case_id}, is_new=False) for r in leaving
        ],
        facts={"back_to": report.origin_case_id, "reports": [str(r.id) for r in leaving]},
        other=OtherChange(
            report.origin_case_id,
            set={
                "merged_into": None,
                "closed_at": None,
                "resolution": None,
                "unanswered_count": waiting,
            },
            facts={"from": facts.case.id, "reports": [str(r.id) for r in leaving]},
        ),
    )


def set_aside(facts: Facts, command: c.SetAside, new_id: NewId) -> Changes:
    return Changes(
        set={"set_aside_until": command.until},
        words=reason(command.reason),
        facts={"until": command.until},
    )


def change_lane(facts: Facts, command: c.ChangeLane, new_id: NewId) -> Changes:
    return Changes(set={"slow_lane": command.slow}, facts={"slow": command.slow})


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
        words=with_override(command, []),
    )


def give_back(facts: Facts, command: c.ReturnDispatch, new_id: NewId) -> Changes:
    return Changes(set=_returned(facts), words=reason(command.reason))


def _returned(facts: Facts) -> dict[str, Any]:
    return {
        "group_id": None,
        "handler_id": None,
        "dispatched_at": None,
        "dispatched_by": None,
        "accepted_with_dispatch": False,
        "signed_for_at": None,
        "ever_signed": False,
        "return_asked_at": None,
        "return_count": facts.case.return_count + 1,
    }


def ask_return(facts: Facts, command: c.AskReturn, new_id: NewId) -> Changes:
    return Changes(set={"return_asked_at": facts.now}, words=reason(command.reason))


def decide_return(facts: Facts, command: c.DecideReturn, new_id: NewId) -> Changes:
    return Changes(
        set=_returned(facts) if command.upheld else {"return_asked_at": None},
        state=State.RECEIVED if command.upheld else None,
        words=reason(command.reason),
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
        words=reason(command.reason),
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
        words=with_override(command, []),
        facts={"handler": command.account_id} | ({"left": True} if command.hands_over else {}),
    )


def inspect(facts: Facts, command: c.Inspect, new_id: NewId) -> Changes:
    visit = command.inspection_id or new_id()
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
        words=with_override(command, words),
        facts={
            "visited_at": command.visited_at,
            "hazards": len(command.hazards),
            **({"files": list(command.files)} if command.files else {}),
        },
    )


def assess_risk(facts: Facts, command: c.AssessRisk, new_id: NewId) -> Changes:
    assert facts.risk is not None  # noqa: S101  needs_risk has seen to it
    assert command.hazard_id is not None  # noqa: S101
    value, colour = facts.risk
    return Changes(
        words=reason(command.reason),
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


#: What a task of a major hazard holds besides, and what any task may hold.
MAJOR_FIELDS = ("funds", "contingency", "interim")
MORE_FIELDS = ("basis", *MAJOR_FIELDS)


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
        words += reason(item.evidence_asked, f"evidence-{number}", TextKind.TASK)
        for name in MORE_FIELDS:
            words += reason(getattr(item, name), f"{name}-{number}", TextKind.TASK)
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
                    "signed_by": None,
                    "signed_at": None,
                    "signed_text_id": None,
                    "interim_at": None,
                    "interim_by_text_id": None,
                    "interim_said_text_id": None,
                    **{
                        f"{name}_text_id": TextOf(f"{name}-{number}")
                        if getattr(item, name).strip()
                        else None
                        for name in MORE_FIELDS
                    },
                },
            )
        )
        told = {"id": item_id, "due_on": item.due_on, "done": item.done, "level": level}
        if item.interim.strip() and not item.done:
            told["interim"] = True
        listed.append(told)
    states = [item.state for item in facts.live_items]
    states += [ItemState.REPORTED if item.done else ItemState.WITH_UNIT for item in command.items]
    return Changes(
        set={"unit_id": unit},
        state=derived_state(facts.case, states),
        rows=rows,
        words=words,
        facts={"book": book, "items": listed},
    )
