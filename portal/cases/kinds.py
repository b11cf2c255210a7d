"""Words of the road that need no database: states, findings, resolutions, reasons."""

from enum import StrEnum
from typing import Protocol

from flask_babel import lazy_gettext as _l

from portal.assistance.kinds import REASONS as OF_HELP
from portal.discipline.kinds import REASONS as OF_THE_LADDER
from portal.rewards.kinds import REASONS as OF_REWARDS


class State(StrEnum):
    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_HAND = "in_hand"
    RECTIFYING = "rectifying"
    REVIEWING = "reviewing"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class Priority(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"

    @property
    def label(self) -> str:
        return str(PRIORITY_LABELS[self])


class Scope(StrEnum):
    """What the reports of a mass event have in common."""

    UNIT = "unit"
    TOWNSHIP = "township"
    POINT = "point"
    DISTRICT = "district"
    #: Nothing is said of the place.
    NOWHERE = "nowhere"


class Finding(StrEnum):
    """What the group found out about whether it is true."""

    TRUE = "verified_true"
    PARTLY = "partly_true"
    NOT_TRUE = "not_true"
    UNVERIFIABLE = "unverifiable"

    @property
    def label(self) -> str:
        return str(FINDING_LABELS[self])


class Resolution(StrEnum):
    RECTIFIED = "rectified"
    UNFOUNDED = "unfounded"
    UNVERIFIABLE = "unverifiable"
    REFUSED = "refused"
    TRANSFERRED_OUT = "transferred_out"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    ACCIDENT = "accident"

    @property
    def label(self) -> str:
        return str(RESOLUTION_LABELS[self])


class Source(StrEnum):
    REPORT = "report"
    INSPECTION = "inspection"
    #: A major hazard that was found while helping.
    HELP = "help"
    SELF_INSPECTION = "self_inspection"
    IMPORT = "import"

    @property
    def label(self) -> str:
        return str(SOURCE_LABELS[self])


class What(StrEnum):
    """What a reporter is promised for a date."""

    DECISION = "decision"
    RESPONSE = "response"
    CHECK = "check"
    ANSWER = "answer"
    RULING = "ruling"
    #: A date that somebody wrote beside a message.
    MESSAGE = "message"

    @property
    def label(self) -> str:
        return str(PROMISE_LABELS[self])


class Judged(StrEnum):
    """What became of a promise."""

    WAITS = "waits"
    KEPT = "kept"
    BROKEN = "broken"
    #: It fell away before its day was over: the reporter withdrew, or another office has it.
    RELEASED = "released"


class Shows(StrEnum):
    """What a released picture shows."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"

    @property
    def label(self) -> str:
        return str(SHOWS_LABELS[self])


OPEN = frozenset(State) - {State.CLOSED}
WORKING = frozenset({State.IN_HAND, State.RECTIFYING, State.REVIEWING})
WITH_BOOK = frozenset({State.RECTIFYING, State.REVIEWING})

PROMISE_LABELS = {
    What.DECISION: _l("We decide whether to take it on"),
    What.RESPONSE: _l("Somebody writes to you"),
    What.CHECK: _l("We find out whether it is true"),
    What.ANSWER: _l("You have our answer"),
    What.RULING: _l("You read the decision on your objection"),
    What.MESSAGE: _l("We write to you again"),
}
SHOWS_LABELS = {
    Shows.BEFORE: _l("Before"),
    Shows.AFTER: _l("After"),
    Shows.OTHER: _l("Something else"),
}
STATE_LABELS = {
    State.RECEIVED: _l("To sort"),
    State.ASSIGNED: _l("To sign for"),
    State.IN_HAND: _l("In hand"),
    State.RECTIFYING: _l("Being put right"),
    State.REVIEWING: _l("To be checked"),
    State.CLOSED: _l("Closed"),
}
PRIORITY_LABELS = {Priority.NORMAL: _l("Normal"), Priority.URGENT: _l("Urgent")}
FINDING_LABELS = {
    Finding.TRUE: _l("True"),
    Finding.PARTLY: _l("Partly true"),
    Finding.NOT_TRUE: _l("Not confirmed"),
    Finding.UNVERIFIABLE: _l("Could not be verified"),
}
RESOLUTION_LABELS = {
    Resolution.RECTIFIED: _l("Closed, fixed"),
    Resolution.UNFOUNDED: _l("Closed, not confirmed"),
    Resolution.UNVERIFIABLE: _l("Closed, could not be verified"),
    Resolution.REFUSED: _l("Not accepted"),
    Resolution.TRANSFERRED_OUT: _l("Transferred"),
    Resolution.DUPLICATE: _l("Merged"),
    Resolution.WITHDRAWN: _l("Withdrawn by the reporter"),
    Resolution.ACCIDENT: _l("To accident inquiry"),
}
#: Of a visit of our own nobody reported anything: there is nothing to confirm.
FOUND_NOTHING = _l("Nothing found")
ENDED_WITH_NOTHING = _l("Closed, nothing found")


def finding_words(finding: Finding, source: Source) -> str:
    """Return what was found out, in words that fit where the case came from."""
    own = source is Source.INSPECTION and finding is Finding.NOT_TRUE
    return str(FOUND_NOTHING) if own else finding.label


def resolution_words(resolution: Resolution, source: Source) -> str:
    """Return how a case ended, in words that fit where it came from."""
    own = source is Source.INSPECTION and resolution is Resolution.UNFOUNDED
    return str(ENDED_WITH_NOTHING) if own else resolution.label


class Ends(Protocol):
    """A case, or something that stands for one."""

    @property
    def state(self) -> State: ...
    @property
    def resolution(self) -> Resolution | None: ...
    @property
    def source(self) -> Source: ...


def state_words(case: Ends) -> str:
    """Return how a case stands."""
    return how_it_stands(case.state, case.resolution, case.source)


def how_it_stands(state: State, resolution: Resolution | None, source: Source) -> str:
    """Return the words of a state, and once it is closed of how it ended."""
    return state.label if resolution is None else resolution_words(resolution, source)


#: The sentence for each reason why a move is not open or a command is not complete. The move
#: panel, the form errors, the bulk result and the command line all read from here.
REASONS = {
    "not_in_this_state": _l("Not possible while the case is: %(state)s."),
    "not_yours": _l("Not part of your role here."),
    "tie": _l("You have a tie to this unit. Someone else handles this case."),
    "already_accepted": _l("It is accepted already."),
    "not_accepted": _l("It has to be accepted first."),
    "accepted_stands": _l(
        "It has been accepted; what is accepted can be transferred, not refused."
    ),
    "arrival_impossible": _l("Give the day on which it arrived: not in the future, within a year."),
    "kind_missing": _l("Say what kind of report it is."),
    "category_missing": _l("Settle the category first."),
    "place_missing": _l("Settle the district first."),
    "unit_name_missing": _l("Give the unit's name."),
    "unit_missing": _l("Pick or add the unit that has to put it right."),
    "group_missing": _l("Choose a group."),
    "group_gone": _l("This group does not exist any more or has nobody in it. Choose another."),
    "group_same": _l("It is with this group already. Choose another."),
    "group_had_part": _l("This group handled what it is a complaint about. Choose another."),
    "target_hidden": _l("People of one of the two must not know of the other. Leave them apart."),
    "safety_not_asked": _l("This is not asked now. You can write a message or file a report."),
    "safety_missing": _l("Choose an answer."),
    "harm_missing": _l("Write what happened, two characters at least."),
    "no_files": _l("There is no picture of a visit, of the unit or of a check yet."),
    "file_not_releasable": _l("Choose among the pictures of this page."),
    "files_changed": _l("The files are not those that you looked at. Look through them again."),
    "release_missing": _l("Choose at least one picture."),
    "desk_is_no_target": _l("A desk sorts and does not handle. Choose a group."),
    "reason_missing": _l("Write the reason: it will be read."),
    "reason_unlisted": _l("Choose one of the listed reasons."),
    "office_missing": _l("Name the office that takes it over."),
    "handover_missing": _l("Say how and to whom it was handed over, so that it can be traced."),
    "not_handed_over": _l("It was not handed over to another office."),
    "office_said_missing": _l("Choose what the office said."),
    "reply_missing": _l("Write what the office said, as the reporter may read it."),
    "open_items": _l("%(count)s items of the task book are still open."),
    "target_missing": _l("Name the case that goes on."),
    "target_same": _l("A case can't be merged into itself."),
    "target_closed": _l("The other case is closed. Choose one that is open."),
    "target_concluded": _l(
        "The reporters there have their answer already. Choose a case that has not answered yet."
    ),
    "nothing_to_split": _l(
        "There is only one report in this case, and nothing was merged into it."
    ),
    "report_missing": _l("Choose the report that leaves."),
    "part_missing": _l("Write what the part that is split off is about."),
    "withdrawn_already": _l("It was withdrawn already."),
    "not_sent_by_you": _l("Only the dispatcher who sent it can take it back."),
    "take_back_over": _l("The %(minutes)s minutes for taking it back are over."),
    "signed_for_already": _l("The group has signed for it."),
    "return_once": _l("It was returned once; a later return is asked for and decided."),
    "return_first": _l("The first return needs no ruling: return it directly."),
    "return_over": _l("The time for returning it ended on %(due)s."),
    "book_issued": _l("A task book is out, so it stays with the group."),
    "return_pending": _l("A return is asked for and not decided yet."),
    "no_return_asked": _l("No return is waiting for a ruling."),
    "handler_missing": _l("Choose a member of the group."),
    "handler_elsewhere": _l("This person is not a member of the group."),
    "two_inspectors": _l("Name at least two inspectors: nobody inspects alone."),
    "inspector_elsewhere": _l("Inspectors must be members of the group."),
    "visit_in_future": _l("The visit can't lie in the future."),
    "visit_before_report": _l("The visit can't lie before the report."),
    "finding_missing": _l("Write what you found."),
    "item_unknown": _l("Item %(item)s is not on the checklist."),
    "item_pass_or_fail": _l("Item %(item)s: pass or fail, there is nothing between."),
    "item_note_missing": _l("Item %(item)s: write what you saw."),
    "item_photo_missing": _l("Item %(item)s: add a photo."),
    "nothing_checked": _l("Answer at least one item with pass, partial or fail."),
    "inspector_signature_missing": _l("Each inspector signs by name, one a line."),
    "unit_signature_missing": _l("Say whether the unit signs."),
    "signer_missing": _l("Write name and post of who signs for the unit."),
    "refusal_missing": _l("Write why nobody of the unit signs."),
    "inspection_over": _l("The inspection was recorded or thrown away meanwhile."),
    "hazard_missing": _l("Choose the hazard."),
    "hazard_words_missing": _l("Hazard %(number)s: write what it is."),
    "not_on_spot": _l("Task %(number)s: only what was put right during the visit is done already."),
    "no_hazard": _l("No hazard has been recorded yet."),
    "risk_missing": _l("Choose likelihood and severity."),
    "items_missing": _l("A task book needs at least one task."),
    "task_missing": _l("Task %(number)s: write what has to be done."),
    "responsible_missing": _l("Task %(number)s: say who at the unit is responsible."),
    "due_missing": _l("Task %(number)s: give a date that is not in the past."),
    "unit_email_wrong": _l("Type an address like name@example.org"),
    "due_too_far": _l("Task %(number)s: give a date within the next ten years."),
    "hazard_unknown": _l("Task %(number)s: choose the hazard it puts right."),
    "name_missing": _l("Write your name."),
    "post_missing": _l("Write your post."),
    "signed_already": _l("It was signed for already."),
    "link_revoked": _l("The link was withdrawn. Ask the group for a new one."),
    "item_missing": _l("Choose the task."),
    "item_not_with_unit": _l("This task is not with the unit."),
    "item_not_open": _l("This task is settled already."),
    "proof_missing": _l("Task %(number)s: of a major hazard, say what will show it."),
    "funds_missing": _l("Task %(number)s: of a major hazard, say from what it is paid."),
    "contingency_missing": _l(
        "Task %(number)s: of a major hazard, say what is done if it happens all the same."
    ),
    "interim_missing": _l(
        "Task %(number)s: of a major hazard, say what keeps people safe until it is put right."
    ),
    "nothing_lacking": _l("No task lacks what a major hazard demands."),
    "no_interim": _l("No interim protection waits to be reported here."),
    "level_missing": _l("Choose the level."),
    "level_same": _l("It has that level already."),
    "criterion_missing": _l("Name the standard and the item in it that decides."),
    "panel_elsewhere": _l("Choose people of the group; write others below, with their office."),
    "panel_too_small": _l("Name at least %(count)s people who decided."),
    "panel_found_it": _l("Name somebody besides those who inspected: they can't decide alone."),
    "panel_tied": _l("Somebody named here has a tie to the unit or stepped back."),
    "nothing_to_sign": _l("No task of a major hazard waits for its first signature."),
    "first_signature": _l(
        "A major hazard needs two signatures: first somebody signs for the check on site."
    ),
    "same_signature": _l("You signed first: the second signature is another person’s."),
    "extension_none": _l("No clock runs here whose time could be extended."),
    "extension_paused": _l("The clocks are paused. Ask once they run again."),
    "extension_late": _l("The time ended on %(due)s. More time is only possible before that."),
    "extension_used": _l("The extension that the rules allow was used already."),
    "extension_pending": _l("More time was asked for already and is not decided on yet."),
    "extension_not_later": _l("Give a date after %(due)s."),
    "extension_too_long": _l("The rules allow %(due)s at the latest."),
    "extension_days": _l("Give a number of days from 1 to %(days)s."),
    "plan_missing": _l("Write what will be done by when."),
    "no_extension": _l("Nobody has asked for more time."),
    "own_request": _l("You asked for it yourself: another lead has to decide."),
    "nothing_reported": _l("No task waits to be checked."),
    "item_not_reported": _l("The unit has not reported this task as done."),
    "evidence_missing": _l("Say what shows it, or add a photo."),
    "own_work": _l("You inspected, ordered or did this: somebody else has to check it."),
    "major_on_site": _l("A major hazard is checked on site."),
    "not_inspected": _l("Not inspected yet: inspect, or write why it can be settled without."),
    "alone": _l("You were the only inspector: another lead has to decide."),
    "verified_already": _l("It is verified already."),
    "not_verified": _l("Verify first whether it is true."),
    "answer_missing": _l("Write the answer to the reporter."),
    "concluded_already": _l("The reporter has the answer already."),
    "not_concluded": _l("Answer the reporter first (conclude)."),
    "unanswered": _l("%(count)s message(s) of a reporter are unanswered."),
    "lesson_missing": _l("Say whether something is to be learnt from it."),
    "hazards_without_item": _l("%(count)s hazard(s) have no task."),
    "refute_needs_task": _l(
        "Only granting an objection to a task that still waits can say that there is no hazard."
    ),
    "refute_other_tasks": _l(
        "Other tasks for the same hazard still count. The lead withdraws them first."
    ),
    "items_not_passed": _l("%(count)s task(s) have not been checked by another person."),
    "no_hazard_reason_missing": _l("Write why no hazard remains."),
    "not_concluded_for_objection": _l("There is no decision yet that one could object to."),
    "objection_over": _l("The days for objecting ended on %(due)s."),
    "objection_missing": _l("Tell us what is wrong."),
    "objection_open": _l("An objection is being looked at already."),
    "no_objection": _l("No objection is waiting."),
    "had_part": _l("You had a part in this case: somebody else decides."),
    "not_closed": _l("It is not closed."),
    "merged_elsewhere": _l("It was merged into another case. Split it off there to have it back."),
    "reopen_ground_missing": _l(
        "Name the ground: an upheld objection, an audit finding or new evidence."
    ),
    "ground_not_upheld": _l("No objection has been upheld."),
    "paused_already": _l("It is paused already."),
    "not_paused": _l("It is not paused."),
    "pause_reason_unlisted": _l("A pause needs one of the listed reasons."),
    "pause_too_often": _l("The days of pause that the rules allow are used up."),
    "message_missing": _l("Write a message."),
    "promise_past": _l("Promise a date that is not in the past."),
    "promise_too_far": _l("Promise a date within the next ten years."),
    "report_unknown": _l("Choose the report to which you write."),
    "rate_missing": _l("Choose an answer to each question."),
    "rating_over": _l("The days for rating it ended on %(due)s."),
    "nothing_to_rate": _l("It can be rated once you have our answer."),
    "note_missing": _l("Write the note."),
    "recused_already": _l("You have stepped back from this case already."),
    "until_missing": _l("Say until when: a date after today and at most %(days)s days ahead."),
    "alarm_ended": _l("This alarm has ended already."),
    "lane_the_same": _l("It is in that lane already."),
    "no_link": _l("No link is in use."),
    "no_report": _l("No report belongs to this case."),
    "text_missing": _l("Write what you saw, two characters at least."),
    "text_too_long": _l("Write at most 5,000 characters. You can add more later."),
    "where_missing": _l("Write where it is, so that someone can find it."),
    "where_too_long": _l("Write at most 500 characters about the place."),
    "clash": _l("Somebody else changed it at the same moment. Please try again."),
    "proposal_changed": _l(
        "With what you settled the rules propose another group. Look at it, then press again."
    ),
    "ready_not_said": _l("Category or district is not said."),
    "ready_no_rule": _l("No rule matched whose group can take it."),
    "ready_hot": _l("It may be major or is urgent: read it first."),
    "ready_alike": _l("It looks like another case."),
    "view_name_missing": _l("Give the view a name."),
    "no_desk": _l("No desk exists that could take it."),
    "no_messages_by_post": _l("No reporter can be reached: nobody filed this by the form."),
    **OF_THE_LADDER,
    **OF_HELP,
    **OF_REWARDS,
}

#: What a case waits for, by the code of `lifecycle.next_step`.
STEPS = {
    "sort": _l("Sort it"),
    "set_aside": _l("Set aside for now"),
    "desk": _l("Waits for the desk"),
    "group": _l("Waits for the group"),
    "ruling": _l("Waits for a ruling on its return"),
    "decide_return": _l("Decide about the return"),
    "decide_objection": _l("Decide about the objection"),
    "decide_extension": _l("Decide about more time: %(count)s"),
    "decide_delisting": _l("Decide about striking a hazard off the list"),
    "supplement_task": _l("Complete tasks whose hazard is major now: %(count)s"),
    "acceptance": _l("Waits until another body has accepted the work"),
    "sign_for": _l("Sign for it"),
    "answer": _l("Answer the reporter"),
    "resume": _l("Resume the clocks or end the pause"),
    "paused": _l("Paused"),
    "pass_review": _l("Check what is reported done: %(count)s"),
    "unit": _l("Waits for the unit"),
    "inspect": _l("Visit and record it"),
    "issue_task_book": _l("Order what has to be done: hazards without a task: %(count)s"),
    "lead": _l("Waits for the lead"),
    "verify": _l("Settle whether it is true"),
    "conclude": _l("Give the reporter the answer"),
    "close": _l("Close it"),
    "closed": _l("Nothing: it is closed"),
}

#: Why two cases may be about the same, by the code of `lifecycle.likeness`; the first two by what
#: a reporter said.
LIKENESS = {
    "said_same": _l("the reporter says it is the same"),
    "came_back": _l("it was closed: the hazard may have come back"),
    "same_unit": _l("same unit"),
    "same_address": _l("same road and number"),
    "like_place": _l("places alike"),
    "same_township": _l("same township"),
    "same_words": _l("both say “%(words)s”"),
    "same_category": _l("same category"),
    "same_day": _l("on the same day"),
    "a_day_apart": _l("a day apart"),
    "days_apart": _l("%(days)s days apart"),
}

SOURCE_LABELS = {
    Source.REPORT: _l("Report"),
    Source.INSPECTION: _l("Found by an inspection"),
    Source.HELP: _l("Found while helping"),
    Source.SELF_INSPECTION: _l("Found by the unit itself"),
    Source.IMPORT: _l("Imported"),
}

#: What the reporter reads, by the code of `lifecycle.told`; every sentence states a fact that the
#: code stands for.
TOLD = {
    "received": _l("Received. We are deciding whether we can take it on."),
    "accepted": _l("Accepted. We are choosing who handles it."),
    "moving": _l("Accepted. It is moving to another group."),
    "assigned": _l("Accepted and given to %(group)s."),
    "in_hand": _l("%(group)s is looking into it."),
    "verified": _l("%(group)s has looked into it and is writing the answer."),
    "rectifying": _l("The unit is putting it right."),
    "reviewing": _l("The unit says it is done. We have not checked it yet."),
    "on_spot": _l("It was put right during the visit. Somebody else still has to check it."),
    "all_passed": _l("Checked by another person. About to be closed."),
    "answered": _l("You have our answer. It is not closed yet."),
    "rectified": _l("Closed: fixed, and checked by someone who did not do the work."),
    "not_found": _l("Closed: we visited and did not find it."),
    "not_found_unvisited": _l("Closed: we looked into it without a visit and did not find it."),
    "unclear": _l("Closed: we looked into it and could not find out whether it is true."),
    "refused": _l("We did not take this on, because: %(reason)s."),
    "transferred": _l("Passed on to: %(office)s."),
    "withdrawn": _l("You withdrew it. We looked and found no hazard left."),
    "accident": _l("This is now an accident inquiry by: %(office)s."),
    "together": _l("It is handled together with another report."),
}

#: What an office can say of a matter that was handed over to it. The first two acknowledge it.
OFFICE_SAID = {
    "took_on": _l("It took the matter on"),
    "settled": _l("It has dealt with the matter"),
    "not_theirs": _l("It says that the matter is not its own"),
}
