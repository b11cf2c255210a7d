"""The kinds of event and of the words that events refer to."""

from enum import StrEnum

from portal.foundation.catalogue import _N


class EventKind(StrEnum):
    """One for each move of `DESIGN.md` §4, and what happens without a case."""

    FILED = "filed"
    OPENED = "opened"
    IMPORTED = "imported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    REFUSED = "refused"
    TRANSFERRED_OUT = "transferred_out"
    OFFICE_REPLIED = "office_replied"
    ACCIDENT_REFERRED = "accident_referred"
    MERGED = "merged"
    SPLIT = "split"
    WITHDRAWN = "withdrawn"
    SIGNED_FOR = "signed_for"
    TAKEN_BACK = "taken_back"
    RETURNED = "returned"
    RETURN_ASKED = "return_asked"
    RETURN_DECIDED = "return_decided"
    REASSIGNED = "reassigned"
    HANDLER_ASSIGNED = "handler_assigned"
    INSPECTED = "inspected"
    LEVEL_DECIDED = "level_decided"
    RISK_ASSESSED = "risk_assessed"
    TASK_BOOK_ISSUED = "task_book_issued"
    TASK_BOOK_SIGNED = "task_book_signed"
    ITEM_REPORTED = "item_reported"
    ITEM_WITHDRAWN = "item_withdrawn"
    INTERIM_REPORTED = "interim_reported"
    TASK_SUPPLEMENTED = "task_supplemented"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_DECIDED = "extension_decided"
    CHECK_SIGNED = "check_signed"
    REVIEW_PASSED = "review_passed"
    REVIEW_FAILED = "review_failed"
    VERIFIED = "verified"
    CONCLUDED = "concluded"
    CLOSED = "closed"
    OBJECTED = "objected"
    OBJECTION_DECIDED = "objection_decided"
    REOPENED = "reopened"
    PAUSED = "paused"
    RESUMED = "resumed"
    ASKED = "asked"
    ANSWERED = "answered"
    EVIDENCE_ADDED = "evidence_added"
    FILES_RELEASED = "files_released"
    RATED = "rated"
    NOTED = "noted"
    RECUSED = "recused"
    SET_ASIDE = "set_aside"
    LANE_CHANGED = "lane_changed"
    LINK_REVOKED = "link_revoked"
    STEP_PROPOSED = "step_proposed"
    STEP_ORDERED = "step_ordered"
    STEP_ANSWERED = "step_answered"
    STEP_ENDED = "step_ended"
    STEP_LINK_REVOKED = "step_link_revoked"
    INTERVIEW_HELD = "interview_held"
    COMMITMENT_SETTLED = "commitment_settled"
    #: What there is against who answers for it left the portal, for a proposal of accountability.
    EVIDENCE_TAKEN = "evidence_taken"
    WORK_ACCEPTED = "work_accepted"
    DELISTING_ASKED = "delisting_asked"
    DELISTING_DECIDED = "delisting_decided"
    REWARD_PROPOSED = "reward_proposed"
    #: One of two signatures; with the second it is offered.
    REWARD_APPROVED = "reward_approved"
    REWARD_ENDED = "reward_ended"
    REWARD_DENIED = "reward_denied"
    REWARD_CLAIMED = "reward_claimed"
    REWARD_LAPSED = "reward_lapsed"
    BREACHED = "breached"
    # without a case
    #: A reporter said whether reporting brought harm: told to nobody who handled the report.
    SAFETY_TOLD = "safety_told"
    PRESET_LOADED = "preset_loaded"
    PEOPLE_CHANGED = "people_changed"
    UNIT_CHANGED = "unit_changed"
    #: A plan of inspections: written, published, drawn, a second draw refused, a visit begun.
    PLAN_CHANGED = "plan_changed"
    #: Help: asked for, offered, given, judged. Of no case, so that no evidence of one holds it.
    HELP_CHANGED = "help_changed"
    #: A lesson: drafted, edited, handed in, sent back, read, published, withdrawn, judged, swept.
    LESSON_CHANGED = "lesson_changed"
    #: What a unit does by itself: a self-inspection, an own hazard, its tasks.
    SELF_INSPECTION_CHANGED = "self_inspection_changed"
    #: A unit declared a month.
    DECLARED = "declared"
    #: A month is to be declared soon, or was not declared in time: for its reminder alone.
    DECLARATION_NEAR = "declaration_near"
    DECLARATION_LATE = "declaration_late"
    #: An inside report waits at a unit, or was not answered in time: for its reminder alone.
    INSIDE_WAITING = "inside_waiting"
    INSIDE_LATE = "inside_late"
    KEY_CHANGED = "key_changed"
    #: By the code of its voucher alone: neither knows of a case.
    REWARD_PAID = "reward_paid"
    #: The code of a voucher that was paid before was shown again.
    VOUCHER_REUSED = "voucher_reused"
    ALARM_RAISED = "alarm_raised"
    ALARM_ENDED = "alarm_ended"


class TextKind(StrEnum):
    """What the words are; one text never serves two purposes."""

    REPORT = "report"
    PLACE = "place"
    #: To the follow-up questions of a category; codes and what was typed, as JSON.
    ANSWERS = "answers"
    MESSAGE = "message"
    REASON = "reason"
    NOTE = "note"
    FINDING = "finding"
    HAZARD = "hazard"
    TASK = "task"
    STATEMENT = "statement"
    OPINION = "opinion"
    OBJECTION = "objection"
    ANSWER = "answer"
    #: Name and post of somebody at a unit.
    WHO = "who"
    #: What a case is about that no report started.
    SUMMARY = "summary"
    HANDOVER = "handover"
    #: What the office said to which a matter was handed over, as the reporter reads it.
    REPLY = "reply"
    #: The wording of a lesson: title, parts, and which words may stay, as JSON.
    LESSON = "lesson"


#: What verifying can find, by the kind of `queries.Finding`; values: seq, position, case, detail.
FINDINGS = {
    "event_altered": _N("Event %(seq)s (%(detail)s) was changed after it was written."),
    "event_or_seal_altered": _N(
        "Event %(seq)s (%(detail)s), or its seal at place %(position)s, was changed."
    ),
    "event_missing": _N(
        "Event %(seq)s is missing: it was removed. Place in the chain: %(position)s."
    ),
    "event_put_in": _N(
        "Event %(seq)s (%(detail)s) was put in among events that were sealed before it came."
    ),
    "seal_missing": _N("The seal at place %(position)s is missing: it was removed."),
    "seals_cut": _N(
        "The chain ends at place %(position)s; the link kept outside stands at %(detail)s: seals "
        "were cut off."
    ),
    "head_missing": _N(
        "The link kept outside the database is missing: nothing shows whether the end was cut off."
    ),
    "head_differs": _N(
        "The link kept outside the database differs from the chain at place %(position)s: one of "
        "them was replaced."
    ),
    "text_altered": _N("The text %(detail)s of event %(seq)s was changed."),
    "text_missing": _N("The text %(detail)s of event %(seq)s was removed."),
    "text_without_event": _N("The text %(detail)s belongs to no event: it was put in."),
    "case_missing": _N("Event %(seq)s speaks of a case that is not there: %(case)s."),
    "version_missing": _N("Case %(case)s: the event that gave it version %(detail)s is missing."),
    "state_out_of_order": _N(
        "Event %(seq)s of case %(case)s begins in another state than the one before it left."
    ),
    "column_differs": _N("Case %(case)s: its events do not give what stands in %(detail)s."),
    "row_missing": _N("Case %(case)s: a row that its events made is missing: %(detail)s."),
    "row_without_event": _N("Case %(case)s: a row that no event made: %(detail)s."),
}
