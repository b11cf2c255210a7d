"""Words of the ladder that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Step(StrEnum):
    """The steps, mildest first; what each is called and its rules are the preset's."""

    REMIND = "remind"
    URGE = "urge"
    SUPERVISE = "supervise"
    NOTIFY_CRITICISM = "notify_criticism"
    WARN = "warn"
    INTERVIEW = "interview"
    LIST_FOR_SUPERVISION = "list_for_supervision"
    PROPOSE_ACCOUNTABILITY = "propose_accountability"


class Ground(StrEnum):
    """A fact of a case that can ground a step; each is measured, none is typed."""

    #: Working days by which the latest task is late.
    OVERDUE = "overdue"
    #: Checks that one task did not pass.
    FAILED = "failed"
    #: Working days for which a task book has not been signed for.
    REFUSED = "refused"
    #: Matters of the same kind at the unit that were put right before.
    REPEATED = "repeated"
    #: Major hazards that are not put right.
    MAJOR = "major"
    #: Commitments of an interview that were not kept.
    BROKEN = "broken"


class StepState(StrEnum):
    PROPOSED = "proposed"
    ORDERED = "ordered"
    ANSWERED = "answered"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class End(StrEnum):
    """How a step ended; it stays in the file whatever it was."""

    DONE = "done"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    #: A proposal that was not ordered.
    DECLINED = "declined"

    @property
    def label(self) -> str:
        return str(END_LABELS[self])


class ListingEnd(StrEnum):
    """How a hazard left the list for supervision; its row stays."""

    #: Put right, accepted by another body, struck off by somebody who had not asked for it.
    DELISTED = "delisted"
    #: Listed by mistake: the step that listed it was withdrawn.
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return str(LISTING_ENDS[self])


class Commitment(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"

    @property
    def label(self) -> str:
        return str(COMMITMENT_LABELS[self])


#: Ends of a proposal, and of a step that was ordered.
OF_PROPOSALS = frozenset({End.DECLINED, End.WITHDRAWN})
OF_ORDERED = frozenset({End.DONE, End.LAPSED, End.WITHDRAWN})

STATE_LABELS = {
    StepState.PROPOSED: _l("Proposed"),
    StepState.ORDERED: _l("Ordered"),
    StepState.ANSWERED: _l("Answered"),
    StepState.ENDED: _l("Ended"),
}
END_LABELS = {
    End.DONE: _l("Had its effect"),
    End.LAPSED: _l("Lapsed without effect"),
    End.WITHDRAWN: _l("Withdrawn"),
    End.DECLINED: _l("Not ordered"),
}
LISTING_ENDS = {
    ListingEnd.DELISTED: _l("Struck off"),
    ListingEnd.WITHDRAWN: _l("Withdrawn: listed by mistake"),
}
COMMITMENT_LABELS = {
    Commitment.OPEN: _l("Not due or not settled"),
    Commitment.KEPT: _l("Kept"),
    Commitment.BROKEN: _l("Not kept"),
}
#: A ground with what was measured.
GROUND_SENTENCES = {
    Ground.OVERDUE: _l("A task is late by working days: %(count)s"),
    Ground.FAILED: _l("Checks that one task did not pass: %(count)s"),
    Ground.REFUSED: _l("Working days without a signature on the task book: %(count)s"),
    Ground.REPEATED: _l("Matters of the same kind at this unit before: %(count)s"),
    Ground.MAJOR: _l("Major hazards not put right: %(count)s"),
    Ground.BROKEN: _l("Commitments not kept: %(count)s"),
}

#: Why a move on the ladder is not open, or what its command lacks.
REASONS = {
    "ladder_not_yours": _l("The rules of the ladder give this step to another role."),
    "step_unknown": _l("Choose a step."),
    "step_missing": _l("Choose the step that it is about."),
    "no_step": _l("No step is proposed or open."),
    "no_answer_awaited": _l("No step waits for an answer."),
    "no_accountability": _l("Nobody proposed accountability here."),
    "no_interview": _l("No interview is ordered that was not held yet."),
    "no_commitment": _l("No commitment is open."),
    "no_ground": _l("No fact of this case grounds a step of the ladder."),
    "ground_missing": _l("Choose at least one ground."),
    "help_no_evidence": _l(
        "What was asked for or found while helping is never a ground for a disciplinary step. "
        "Take a ground of the case itself. Your try was recorded."
    ),
    "ground_not_so": _l("This is not so in this case. Choose among the grounds that are shown."),
    "addressee_missing": _l("Choose the post toward which the step is taken."),
    "addressee_wrong": _l("This step is not taken toward such a post. Choose another."),
    "addressee_gap": _l("Nobody is named there. Name who answers for it first."),
    "skip_reason_missing": _l("This leaves out a rung. Write why a milder step is not enough."),
    "step_open_already": _l("This step toward this post is open already."),
    "step_two_people": _l("Two people are needed: somebody else proposes it, then you order it."),
    "meeting_missing": _l("Give the day of the interview."),
    "meeting_too_soon": _l("The notice comes too late for that day. Give %(day)s or a later one."),
    "answered_already": _l("It was answered already."),
    "answer_over": _l("The time for answering ended on %(due)s. Hand it in on paper."),
    "answer_day_wrong": _l("Give the day on which it arrived: not before the step, not after now."),
    "answer_missing": _l("Write the answer."),
    "end_missing": _l("Choose how it ends."),
    "effect_missing": _l("Write what came of it: it stays in the file."),
    "answer_time_runs": _l("The addressee can answer until %(due)s. Wait for it, or withdraw it."),
    "interview_first": _l("Record the interview first, or withdraw it."),
    "commitments_open": _l("%(count)s commitment(s) are neither kept nor broken."),
    "held_wrong": _l("Give when it was held: not before it was ordered, not in the future."),
    "people_missing": _l("Name who was there, with their posts."),
    "record_missing": _l("Write what it was about: matter and facts."),
    "basis_missing": _l("Write the legal basis, as it is cited."),
    "said_missing": _l("Write what the person said to it; also that nothing was said."),
    "demands_missing": _l("Write what is demanded, and by when."),
    "commitment_due_missing": _l("Commitment %(number)s: give a date after the interview."),
    "commitment_words_missing": _l("Commitment %(number)s: write what was promised."),
    "commitment_missing": _l("Choose the commitment."),
    "kept_missing": _l("Say whether it was kept."),
    "step_link_gone": _l("This step has no link in use."),
    "listing_hazard": _l("Choose a major hazard that is not listed yet."),
    "listing_until": _l("Give a day after today, %(day)s at the latest."),
    "listing_words": _l("Write the hazard as the public reads it."),
    "delist_first": _l("It ends as done when the hazard is struck off the list, not by itself."),
    "listing_missing": _l("Choose the listed hazard."),
    "nothing_to_accept": _l("No listed hazard has passed its check and waits for acceptance."),
    "accepts_own_work": _l("You found, ordered or checked it: a body without part in it accepts."),
    "accepter_worked": _l("%(name)s found, ordered or checked it and can’t accept it."),
    "body_missing": _l("Name the body that accepts."),
    "accepter_missing": _l("Name who accepted, with the post."),
    "accepted_missing": _l("Say whether the work was accepted."),
    "accepted_on_wrong": _l("Give the day: not before the listing, not in the future."),
    "acceptance_words": _l("Write the opinion of those who accepted."),
    "acceptance_first": _l("Listed hazards that no other body has accepted: %(count)s."),
    "not_listed": _l("No hazard of this case is listed."),
    "accept_before_delisting": _l("Another body has to accept the work first."),
    "delisting_asked": _l("Striking it off was asked for and is not decided yet."),
    "no_delisting_asked": _l("Nobody has asked to strike a hazard off the list."),
    "own_delisting": _l("You asked for it yourself: somebody else has to decide."),
    "granted_missing": _l("Say whether it is struck off."),
    "listed_level": _l("It is listed for supervision: it stays major until it is struck off."),
}
