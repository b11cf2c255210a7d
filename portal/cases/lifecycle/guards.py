"""When a move is open, and what its command must bring.

`open_…` looks at the case and the person alone: the move panel prints its reason. `needs_…`
looks at the command too: the form prints its reason at the field.
"""

from datetime import timedelta
from uuid import UUID

from portal.access.kinds import GroupKind, Role
from portal.cases.kinds import OFFICE_SAID, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Lack
from portal.cases.lifecycle.facts import Facts
from portal.inspections.kinds import Level
from portal.inspections.lifecycle import lacking, unsigned
from portal.taskbooks.kinds import ItemState

#: Further ahead nobody plans, and the calendar ends somewhere.
LONGEST_AHEAD = timedelta(days=3650)
#: So long inspectors may have been on site before they begin a planned visit in the portal.
ON_SITE = timedelta(hours=12)
#: What a task of a major hazard must hold besides, and what is said where it does not.
OF_MAJOR = {
    "evidence_asked": "proof_missing",
    "funds": "funds_missing",
    "contingency": "contingency_missing",
    "interim": "interim_missing",
}


def blank(words: str | None) -> bool:
    return not (words or "").strip()


def always_open(facts: Facts) -> Lack | None:
    return None


def needs_nothing(facts: Facts, command: c.Command) -> Lack | None:
    return None


def untied(facts: Facts, command: c.Command | None = None) -> Lack | None:
    """Refuse people with a tie to the unit, unless a lead overrides it with a reason."""
    if facts.actor.person_id is None or facts.actor.person_id not in facts.barred:
        return None
    if command and facts.actor.role is Role.LEAD and not blank(command.override_reason):
        return None
    return Lack("tie", "override_reason")


# sorting


def open_accept(facts: Facts) -> Lack | None:
    return Lack("already_accepted") if facts.case.accepted_at else None


def needs_accept(facts: Facts, command: c.Accept) -> Lack | None:
    if command.kind not in facts.kinds:
        return Lack("kind_missing", "kind")
    if command.category not in facts.categories:
        return Lack("category_missing", "category")
    if command.jurisdiction not in facts.jurisdictions:
        return Lack("place_missing", "jurisdiction")
    if command.township is not None and command.township not in facts.townships:
        return Lack("place_missing", "township")
    return None if facts.unit_known else Lack("unit_missing", "unit_id")


def open_dispatch(facts: Facts) -> Lack | None:
    return None if facts.case.accepted_at else Lack("not_accepted")


def needs_dispatch(facts: Facts, command: c.Dispatch) -> Lack | None:
    group = facts.groups.get(command.group_id) if command.group_id else None
    if command.group_id is None:
        return Lack("group_missing", "group_id")
    if group is None or not group.people_count:
        return Lack("group_gone", "group_id")
    if group.kind is GroupKind.DESK:
        return Lack("desk_is_no_target", "group_id")
    if command.group_id in facts.case.hidden_from:
        return Lack("group_had_part", "group_id")
    if command.group_id != facts.proposed_group and blank(command.reason):
        return Lack("reason_missing", "reason")
    return None


def open_refuse(facts: Facts) -> Lack | None:
    return Lack("accepted_stands") if facts.case.accepted_at else None


def needs_refuse(facts: Facts, command: c.Refuse) -> Lack | None:
    if command.reason_code not in facts.refusal_reasons:
        return Lack("reason_unlisted", "reason_code")
    return Lack("reason_missing", "explanation") if blank(command.explanation) else None


def no_open_items(facts: Facts) -> Lack | None:
    left = len(facts.open_items)
    return Lack("open_items", values={"count": left}) if left else None


def needs_handover(facts: Facts, command: c.TransferOut | c.ReferAccident) -> Lack | None:
    move = "refer_accident" if isinstance(command, c.ReferAccident) else "transfer_out"
    if move not in facts.offices.get(command.office, ()):
        return Lack("office_missing", "office")
    if blank(command.handover):
        return Lack("handover_missing", "handover")
    return Lack("reason_missing", "explanation") if blank(command.explanation) else None


def open_record_reply(facts: Facts) -> Lack | None:
    handed_over = facts.case.resolution in (Resolution.TRANSFERRED_OUT, Resolution.ACCIDENT)
    return None if handed_over else Lack("not_handed_over")


def needs_reply(facts: Facts, command: c.RecordReply) -> Lack | None:
    if command.said not in OFFICE_SAID:
        return Lack("office_said_missing", "said")
    return Lack("reply_missing", "reply") if blank(command.reply) else None


def needs_merge(facts: Facts, command: c.Merge) -> Lack | None:
    if command.into_id is None or facts.other is None:
        return Lack("target_missing", "into_id")
    if command.into_id == facts.case.id:
        return Lack("target_same", "into_id")
    if facts.other.state is State.CLOSED:
        return Lack("target_closed", "into_id")
    if facts.other.is_concluded:
        # Nobody would ever answer the reports that come in after the answer.
        return Lack("target_concluded", "into_id")
    if facts.other.hidden_from != frozenset(facts.case.hidden_from):
        # Merged, either would be shown to people who must not know of it.
        return Lack("target_hidden", "into_id")
    return none_unfinished(facts)


def none_unfinished(facts: Facts) -> Lack | None:
    """No report goes to another case while somebody has to sign for its reward, or to claim it."""
    found = any(one.is_unfinished for one in facts.rewards.rewards)
    return Lack("reward_open") if found else None


def needs_split(facts: Facts, command: c.Split) -> Lack | None:
    if command.report_id is None:
        return Lack("part_missing", "part") if blank(command.part) else None
    report = facts.report(command.report_id)
    if report is None or report.origin_case_id == facts.case.id:
        return Lack("report_missing", "report_id")
    return none_unfinished(facts)


def open_set_aside(facts: Facts) -> Lack | None:
    return None


def needs_set_aside(facts: Facts, command: c.SetAside) -> Lack | None:
    if command.until is None:
        # Bringing it back: possible where it is away.
        return None if facts.case.set_aside_until else Lack("until_missing", "until", _days(facts))
    latest = facts.today + timedelta(days=facts.windows.set_aside_days)
    if not facts.today < command.until <= latest:
        return Lack("until_missing", "until", _days(facts))
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def needs_other_lane(facts: Facts, command: c.ChangeLane) -> Lack | None:
    other = not facts.case.slow_lane
    return None if command.slow is other else Lack("lane_the_same")


def _days(facts: Facts) -> dict[str, object]:
    return {"days": facts.windows.set_aside_days}


def open_take_back(facts: Facts) -> Lack | None:
    case = facts.case
    if case.ever_signed:
        return Lack("signed_for_already")
    if case.dispatched_by != facts.actor.account_id:
        return Lack("not_sent_by_you")
    limit = timedelta(minutes=facts.windows.take_back_minutes)
    if case.dispatched_at is None or facts.now - case.dispatched_at > limit:
        return Lack("take_back_over", values={"minutes": facts.windows.take_back_minutes})
    return None


# at the group


def open_return(facts: Facts) -> Lack | None:
    return Lack("return_once") if facts.case.return_count else _return_possible(facts)


def open_ask_return(facts: Facts) -> Lack | None:
    if not facts.case.return_count:
        return Lack("return_first")
    if facts.case.return_asked_at:
        return Lack("return_pending")
    return _return_possible(facts)


def _return_possible(facts: Facts) -> Lack | None:
    if facts.books:
        return Lack("book_issued")
    due = facts.windows.return_due
    if due is not None and facts.now > due:
        return Lack("return_over", values={"due": due})
    return None


def open_decide_return(facts: Facts) -> Lack | None:
    if not facts.case.return_asked_at:
        return Lack("no_return_asked")
    # The director arbitrates where the returning group is the supervision group itself.
    group = facts.groups.get(facts.case.group_id) if facts.case.group_id else None
    is_supervision = group is not None and group.kind is GroupKind.SUPERVISION
    if facts.actor.role is Role.DIRECTOR and not is_supervision:
        return Lack("not_yours")
    return None


def needs_reason(facts: Facts, command: c.ReturnDispatch | c.AskReturn) -> Lack | None:
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def needs_ruling(facts: Facts, command: c.DecideReturn) -> Lack | None:
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def no_return_pending(facts: Facts) -> Lack | None:
    return Lack("return_pending") if facts.case.return_asked_at else None


def needs_reassign(facts: Facts, command: c.Reassign) -> Lack | None:
    group = facts.groups.get(command.group_id) if command.group_id else None
    if command.group_id is None:
        return Lack("group_missing", "group_id")
    if command.group_id == facts.case.group_id:
        return Lack("group_same", "group_id")
    if group is None or not group.people_count:
        return Lack("group_gone", "group_id")
    if group.kind is GroupKind.DESK:
        return Lack("desk_is_no_target", "group_id")
    if command.group_id in facts.case.hidden_from:
        return Lack("group_had_part", "group_id")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def needs_handler(facts: Facts, command: c.AssignHandler) -> Lack | None:
    if command.account_id is None:
        return Lack("handler_missing", "account_id")
    if command.account_id not in facts.members:
        return Lack("handler_elsewhere", "account_id")
    if facts.members[command.account_id] in facts.barred and blank(command.override_reason):
        return Lack("tie", "override_reason")
    return None


def needs_inspect(facts: Facts, command: c.Inspect) -> Lack | None:
    people = frozenset(command.inspectors)
    if len(people) < 2:
        return Lack("two_inspectors", "inspectors")
    if not people <= frozenset(facts.members.values()):
        return Lack("inspector_elsewhere", "inspectors")
    may_override = facts.actor.role is Role.LEAD and not blank(command.override_reason)
    if people & facts.barred and not may_override:
        return Lack("tie", "override_reason")
    if command.visited_at is None or command.visited_at > facts.now:
        return Lack("visit_in_future", "visited_at")
    # A visit that a plan asks for opens its case itself, when somebody on site presses.
    before = timedelta() if facts.case.dispatch_count else ON_SITE
    if command.visited_at < facts.case.opened_at - before:
        return Lack("visit_before_report", "visited_at")
    if blank(command.finding):
        return Lack("finding_missing", "finding")
    for item, code in lacking(command.checked) if command.checked else ():
        return Lack(code, "checked", {"item": item})
    missing = unsigned(command.signatures, command.inspectors) if command.checked else None
    if missing:
        return Lack(*missing)
    for number, hazard in enumerate(command.hazards, start=1):
        if blank(hazard.description):
            where: dict[str, object] = {"number": number}
            return Lack("hazard_words_missing", f"hazards-{number - 1}-description", where)
    return None if facts.unit_known else Lack("unit_missing", "unit_id")


def open_with_hazard(facts: Facts) -> Lack | None:
    return None if facts.hazards else Lack("no_hazard")


def open_issue(facts: Facts) -> Lack | None:
    return no_return_pending(facts) or open_with_hazard(facts)


def needs_risk(facts: Facts, command: c.AssessRisk) -> Lack | None:
    if command.hazard_id not in {hazard.id for hazard in facts.hazards}:
        return Lack("hazard_missing", "hazard_id")
    if facts.risk is None:
        return Lack("risk_missing", "inputs")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def needs_items(facts: Facts, command: c.IssueTaskBook) -> Lack | None:
    if not facts.unit_known or (command.unit_id is None and facts.case.unit_id is None):
        return Lack("unit_missing", "unit_id")
    if not command.items:
        return Lack("items_missing", "items")
    known = {hazard.id: hazard for hazard in facts.hazards}
    for number, item in enumerate(command.items, start=1):
        where: dict[str, object] = {"number": number}
        hazard = known.get(item.hazard_id) if item.hazard_id else None
        if hazard is None:
            return Lack("hazard_unknown", f"items-{number - 1}-hazard_id", where)
        if item.done and not hazard.on_spot:
            return Lack("not_on_spot", f"items-{number - 1}-done", where)
        if blank(item.task):
            return Lack("task_missing", f"items-{number - 1}-task", where)
        if blank(item.responsible):
            return Lack("responsible_missing", f"items-{number - 1}-responsible", where)
        if hazard.level is Level.MAJOR and not item.done:
            for field, reason in OF_MAJOR.items():
                if blank(getattr(item, field)):
                    return Lack(reason, f"items-{number - 1}-{field}", where)
        if item.due_on is None or item.due_on < facts.today:
            return Lack("due_missing", f"items-{number - 1}-due_on", where)
        if item.due_on > facts.today + LONGEST_AHEAD:
            return Lack("due_too_far", f"items-{number - 1}-due_on", where)
    return None


# at the unit


def _elsewhere(facts: Facts, book: UUID) -> bool:
    """Say whether the book is not the one whose link the unit holds: a case can have several."""
    return facts.actor.role is Role.UNIT and facts.actor.task_book_id != book


def needs_signature(facts: Facts, command: c.SignTaskBook) -> Lack | None:
    book = next((book for book in facts.books if book.id == command.task_book_id), None)
    if book is None or not book.has_link or _elsewhere(facts, book.id):
        return Lack("link_revoked")
    if book.is_signed:
        return Lack("signed_already")
    if blank(command.name):
        return Lack("name_missing", "name")
    return Lack("post_missing", "post") if blank(command.post) else None


def no_link_to(facts: Facts, book_id: UUID) -> bool:
    """Say whether the unit's link to a task book was withdrawn."""
    return not any(book.id == book_id and book.has_link for book in facts.books)


def needs_done(facts: Facts, command: c.ReportItemDone) -> Lack | None:
    item = facts.item(command.item_id)
    if item is None or _elsewhere(facts, item.task_book_id):
        return Lack("item_missing", "item_id")
    if no_link_to(facts, item.task_book_id):
        return Lack("link_revoked")
    if item.state is not ItemState.WITH_UNIT:
        return Lack("item_not_with_unit", "item_id")
    if blank(command.name):
        return Lack("name_missing", "name")
    if blank(command.post):
        return Lack("post_missing", "post")
    if blank(command.statement) and not command.files:
        return Lack("evidence_missing", "statement")
    return None


def needs_withdraw_item(facts: Facts, command: c.WithdrawItem) -> Lack | None:
    item = facts.item(command.item_id)
    if item is None:
        return Lack("item_missing", "item_id")
    if item.state is ItemState.PASSED:
        return Lack("item_not_open", "item_id")
    return Lack("reason_missing", "reason") if blank(command.reason) else None
