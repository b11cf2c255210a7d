"""Guards of checking, deciding and talking; see `guards` for what `open_…` and `needs_…` mean."""

from uuid import UUID

from portal.access.kinds import Role
from portal.cases.kinds import Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import levels, listing
from portal.cases.lifecycle.changes import Lack
from portal.cases.lifecycle.facts import Facts, ItemFacts, ends_by_reviews
from portal.cases.lifecycle.guards import LONGEST_AHEAD, blank
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState

GROUNDS = frozenset({"upheld_objection", "audit_finding", "new_evidence"})


# checking


def open_review(facts: Facts) -> Lack | None:
    if not facts.reported_items:
        return Lack("nothing_reported")
    if all(levels.had_part(facts, item) for item in facts.reported_items):
        return Lack("own_work")
    return None


def needs_review(facts: Facts, command: c.PassReview | c.FailReview) -> Lack | None:
    item = facts.item(command.item_id)
    if item is None:
        return Lack("item_missing", "item_id")
    if item.state is not ItemState.REPORTED:
        return Lack("item_not_reported", "item_id")
    if levels.had_part(facts, item):
        return Lack("own_work", "item_id")
    if isinstance(command, c.PassReview) and (lack := levels.second_signature(facts, item)):
        return lack
    if item.level is Level.MAJOR and not command.on_site:
        return Lack("major_on_site", "on_site")
    if blank(command.opinion):
        return Lack("evidence_missing", "opinion")
    if isinstance(command, c.FailReview):
        where: dict[str, object] = {"number": item.number}
        if command.new_due_on is None or command.new_due_on < facts.today:
            return Lack("due_missing", "new_due_on", where)
        if command.new_due_on > facts.today + LONGEST_AHEAD:
            return Lack("due_too_far", "new_due_on", where)
    return None


# deciding


def open_verify(facts: Facts) -> Lack | None:
    if facts.case.verified_at:
        return Lack("verified_already")
    if facts.inspectors and facts.inspectors == {facts.actor.person_id}:
        return Lack("alone")
    return None


def needs_verify(facts: Facts, command: c.Verify) -> Lack | None:
    if command.finding is None:
        return Lack("finding_missing", "finding")
    if blank(command.reason):
        inspected = facts.case.inspected_at is not None
        return Lack("finding_missing" if inspected else "not_inspected", "reason")
    return None


def open_conclude(facts: Facts) -> Lack | None:
    if facts.case.concluded_at:
        return Lack("concluded_already")
    return None if facts.case.verified_at else Lack("not_verified")


def needs_conclude(facts: Facts, command: c.Conclude) -> Lack | None:
    answers = dict(command.answers)
    if any(facts.report(report_id) is None for report_id in answers):
        return Lack("report_unknown", "answers")
    for report in facts.reports:
        if report.reachable and not report.withdrawn and blank(answers.get(report.id)):
            return Lack("answer_missing", f"answer-{report.id}")
    return None


def open_close(facts: Facts) -> Lack | None:
    case = facts.case
    if not case.concluded_at:
        return Lack("not_concluded")
    if facts.unanswered:
        return Lack("unanswered", values={"count": facts.unanswered})
    if ends_by_reviews(facts):
        return _all_put_right(facts) or listing.unaccepted(facts)
    if case.state is not State.IN_HAND or facts.open_items:
        return Lack("open_items", values={"count": len(facts.open_items)})
    return None


def _all_put_right(facts: Facts) -> Lack | None:
    if not facts.hazards:
        return Lack("no_hazard")
    treated = {item.hazard_id for item in facts.live_items}
    # What an earlier episode put right stays put right; what was found in this one needs an item.
    bare = [
        hazard
        for hazard in facts.hazards
        if hazard.episode == facts.case.reopen_count
        and hazard.id not in treated
        and not hazard.is_refuted
    ]
    if bare:
        return Lack("hazards_without_item", values={"count": len(bare)})
    waiting = len(facts.open_items)
    if waiting or not facts.live_items:
        return Lack("items_not_passed", values={"count": waiting})
    return None


def needs_close(facts: Facts, command: c.Close) -> Lack | None:
    if not command.lesson_considered:
        return Lack("lesson_missing", "lesson_considered")
    if not ends_by_reviews(facts) and blank(command.reason):
        return Lack("no_hazard_reason_missing", "reason")
    return None


def open_withdraw(facts: Facts) -> Lack | None:
    report = facts.report(facts.actor.report_id)
    return Lack("withdrawn_already") if report is None or report.withdrawn else None


def open_object(facts: Facts) -> Lack | None:
    case = facts.case
    if facts.actor.role is Role.UNIT:
        return _open_unit_object(facts)
    if any(one.report_id == facts.actor.report_id for one in facts.objections if one.report_id):
        return Lack("objection_open")
    decided = case.concluded_at or case.resolution in (
        Resolution.REFUSED,
        Resolution.TRANSFERRED_OUT,
    )
    if not decided:
        return Lack("not_concluded_for_objection")
    due = facts.windows.objection_due
    if due is None:
        # This report was never answered: it was withdrawn before.
        return Lack("not_concluded_for_objection")
    return Lack("objection_over", values={"due": due}) if facts.read_at > due else None


def _open_unit_object(facts: Facts) -> Lack | None:
    lacks = [why_not_object(facts, None)]
    lacks += [why_not_object(facts, item.id) for item in facts.live_items if _is_own(facts, item)]
    return None if None in lacks else lacks[0]


def _is_own(facts: Facts, item: ItemFacts) -> bool:
    return item.task_book_id == facts.actor.task_book_id


def why_not_object(facts: Facts, item_id: UUID | None) -> Lack | None:
    """Say why the unit can't object to one of its tasks now, or (None) to its book as a whole."""
    if facts.case.state not in (State.RECTIFYING, State.REVIEWING):
        return Lack("not_concluded_for_objection")
    if item_id is not None:
        item = facts.item(item_id)
        if item is None or not _is_own(facts, item):
            return Lack("item_missing", "item_id")
        if item.state is ItemState.PASSED:
            return Lack("item_not_open", "item_id")
    book = facts.actor.task_book_id
    about = ((one.task_book_id, one.item_id) for one in facts.objections)
    return Lack("objection_open", "body") if (book, item_id) in about else None


def needs_objection(facts: Facts, command: c.Object) -> Lack | None:
    if facts.actor.role is Role.UNIT:
        if command.task_book_id != facts.actor.task_book_id:
            return Lack("link_revoked")
        if lack := why_not_object(facts, command.item_id):
            return lack
        if blank(command.name):
            return Lack("name_missing", "name")
        if blank(command.post):
            return Lack("post_missing", "post")
    return Lack("objection_missing", "body") if blank(command.body) else None


def open_decide_objection(facts: Facts) -> Lack | None:
    if not facts.objections:
        return Lack("no_objection")
    return Lack("had_part") if facts.actor.person_id in facts.took_part else None


def needs_objection_ruling(facts: Facts, command: c.DecideObjection) -> Lack | None:
    if command.objection_id not in {o.id for o in facts.objections}:
        return Lack("no_objection", "objection_id")
    if command.no_hazard and (lack := _why_not_refute(facts, command)):
        return lack
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def _why_not_refute(facts: Facts, command: c.DecideObjection) -> Lack | None:
    """Say why a ruling can't say that there is no hazard: it is about no task that still waits, or
    other tasks for the same hazard do.
    """
    about = next(one.item_id for one in facts.objections if one.id == command.objection_id)
    item = facts.item(about)
    if not command.upheld or item is None or item.state is ItemState.PASSED:
        return Lack("refute_needs_task", "no_hazard")
    others = [one for one in facts.live_items if one.hazard_id == item.hazard_id]
    return Lack("refute_other_tasks", "no_hazard") if len(others) > 1 else None


def open_reopen(facts: Facts) -> Lack | None:
    # Its reports are elsewhere: splitting them off gives the case back whole.
    is_merged = facts.case.resolution is Resolution.DUPLICATE
    return Lack("merged_elsewhere") if is_merged else None


def needs_reopen(facts: Facts, command: c.Reopen) -> Lack | None:
    if command.ground not in GROUNDS:
        return Lack("reopen_ground_missing", "ground")
    if command.ground == "upheld_objection" and not facts.has_upheld_objection:
        return Lack("ground_not_upheld", "ground")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def open_pause(facts: Facts) -> Lack | None:
    if facts.case.paused_at:
        return Lack("paused_already")
    if facts.case.pause_days >= facts.windows.pause_days_max:
        return Lack("pause_too_often")
    return None


def needs_pause(facts: Facts, command: c.Pause) -> Lack | None:
    if command.reason_code not in facts.pause_reasons:
        return Lack("pause_reason_unlisted", "reason_code")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def open_resume(facts: Facts) -> Lack | None:
    return None if facts.case.paused_at else Lack("not_paused")


# talking


def open_message(facts: Facts) -> Lack | None:
    if facts.actor.role is Role.REPORTER:
        return None
    if not any(report.reachable for report in facts.reports):
        return Lack("no_messages_by_post")
    return None


def needs_message(facts: Facts, command: c.Ask | c.Answer) -> Lack | None:
    report = facts.report(command.report_id)
    if report is None or not report.reachable:
        return Lack("report_unknown", "report_id")
    if facts.actor.role is Role.REPORTER and report.id != facts.actor.report_id:
        return Lack("report_unknown", "report_id")
    if blank(command.body):
        return Lack("message_missing", "body")
    if command.promised_on is not None and command.promised_on < facts.today:
        return Lack("promise_past", "promised_on")
    if command.promised_on is not None and command.promised_on > facts.today + LONGEST_AHEAD:
        return Lack("promise_too_far", "promised_on")
    return None


def needs_files(facts: Facts, command: c.AddEvidence) -> Lack | None:
    is_reporter = facts.actor.role is Role.REPORTER
    if command.report_id is None and not is_reporter:
        return None if command.files else Lack("evidence_missing", "files")
    foreign = is_reporter and command.report_id != facts.actor.report_id
    if foreign or facts.report(command.report_id) is None:
        return Lack("report_unknown", "report_id")
    return None if command.files else Lack("evidence_missing", "files")


def open_release(facts: Facts) -> Lack | None:
    return None if facts.releasable else Lack("no_files")


def needs_release(facts: Facts, command: c.ReleaseFiles) -> Lack | None:
    if not {file for file, _shows in command.files} <= facts.releasable:
        return Lack("file_not_releasable", "files")
    # To show nothing any more is possible where something is shown.
    return None if command.files or facts.released else Lack("release_missing", "files")


def open_rate(facts: Facts) -> Lack | None:
    report = facts.report(facts.actor.report_id)
    if report is None or not facts.case.concluded_at:
        return Lack("nothing_to_rate")
    due = facts.windows.objection_due
    if due is None and report.withdrawn:
        # It was withdrawn before the answer, and has none.
        return Lack("nothing_to_rate")
    # The last one within the days for objecting counts.
    over = due is not None and facts.read_at > due
    return Lack("rating_over", values={"due": due}) if over else None


def needs_rate(facts: Facts, command: c.Rate) -> Lack | None:
    if command.contacted is None:
        return Lack("rate_missing", "contacted")
    if command.solved is None:
        return Lack("rate_missing", "solved")
    return Lack("rate_missing", "satisfied") if command.satisfied is None else None


def needs_note(facts: Facts, command: c.Note) -> Lack | None:
    return Lack("note_missing", "body") if blank(command.body) else None


def open_recuse(facts: Facts) -> Lack | None:
    return Lack("recused_already") if facts.actor.person_id in facts.recused else None


def needs_recuse(facts: Facts, command: c.Recuse) -> Lack | None:
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def open_revoke(facts: Facts) -> Lack | None:
    return None if any(book.has_link for book in facts.books) else Lack("no_link")


def needs_revoke(facts: Facts, command: c.RevokeLink) -> Lack | None:
    if command.task_book_id not in {book.id for book in facts.books if book.has_link}:
        return Lack("no_link", "task_book_id")
    return Lack("reason_missing", "reason") if blank(command.reason) else None
