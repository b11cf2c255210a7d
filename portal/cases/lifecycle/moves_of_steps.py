"""The rows of the table of moves that climb the ladder of disciplinary steps."""

from portal.access.kinds import Action
from portal.cases.kinds import State
from portal.cases.lifecycle import interviews, ladder, listing
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.move import Move
from portal.history.kinds import EventKind

#: On closed cases too: a step outlives what it is about.
ANY = frozenset(State)

MOVES_OF_STEPS = (
    Move(
        name="propose_step",
        command=s.ProposeStep,
        sources=ANY,
        action=Action.PROPOSE_STEP,
        event=EventKind.STEP_PROPOSED,
        open_if=ladder.open_propose,
        complete_if=ladder.needs_proposal,
        effect=ladder.propose,
        untied=True,
    ),
    Move(
        name="order_step",
        command=s.OrderStep,
        sources=ANY,
        action=Action.ORDER_STEP,
        event=EventKind.STEP_ORDERED,
        open_if=ladder.open_order,
        complete_if=ladder.needs_order,
        effect=ladder.order,
        untied=True,
    ),
    Move(
        name="answer_step",
        command=s.AnswerStep,
        sources=ANY,
        action=Action.ANSWER_STEP,
        event=EventKind.STEP_ANSWERED,
        open_if=ladder.open_answer,
        complete_if=ladder.needs_answer,
        effect=ladder.answer,
    ),
    Move(
        name="end_step",
        command=s.EndStep,
        sources=ANY,
        action=Action.END_STEP,
        event=EventKind.STEP_ENDED,
        open_if=ladder.open_end,
        complete_if=ladder.needs_end,
        effect=ladder.end,
        untied=True,
    ),
    Move(
        name="revoke_step_link",
        command=s.RevokeStepLink,
        sources=ANY,
        action=Action.REVOKE_STEP_LINK,
        event=EventKind.STEP_LINK_REVOKED,
        open_if=ladder.open_revoke_link,
        complete_if=ladder.needs_revoke_link,
        effect=ladder.revoke_link,
    ),
    Move(
        name="hold_interview",
        command=s.HoldInterview,
        sources=ANY,
        action=Action.HOLD_INTERVIEW,
        event=EventKind.INTERVIEW_HELD,
        open_if=interviews.open_hold,
        complete_if=interviews.needs_interview,
        effect=interviews.hold,
        untied=True,
    ),
    Move(
        name="settle_commitment",
        command=s.SettleCommitment,
        sources=ANY,
        action=Action.SETTLE_COMMITMENT,
        event=EventKind.COMMITMENT_SETTLED,
        open_if=interviews.open_settle,
        complete_if=interviews.needs_settling,
        effect=interviews.settle,
        untied=True,
    ),
    Move(
        name="take_evidence",
        command=s.TakeEvidence,
        sources=ANY,
        action=Action.TAKE_EVIDENCE,
        event=EventKind.EVIDENCE_TAKEN,
        open_if=ladder.open_evidence,
        complete_if=ladder.needs_evidence,
        effect=ladder.take_evidence,
        untied=True,
    ),
    # a listed hazard: accepted by another body, struck off
    Move(
        name="accept_work",
        command=s.AcceptWork,
        sources=ANY,
        action=Action.ACCEPT_WORK,
        event=EventKind.WORK_ACCEPTED,
        open_if=listing.open_accept_work,
        complete_if=listing.needs_accept_work,
        effect=listing.accept_work,
        untied=True,
    ),
    Move(
        name="ask_delisting",
        command=s.AskDelisting,
        sources=ANY,
        action=Action.ASK_DELISTING,
        event=EventKind.DELISTING_ASKED,
        open_if=listing.open_ask_delisting,
        complete_if=listing.needs_ask_delisting,
        effect=listing.ask_delisting,
        untied=True,
    ),
    Move(
        name="decide_delisting",
        command=s.DecideDelisting,
        sources=ANY,
        action=Action.DECIDE_DELISTING,
        event=EventKind.DELISTING_DECIDED,
        open_if=listing.open_decide_delisting,
        complete_if=listing.needs_decide_delisting,
        effect=listing.decide_delisting,
        untied=True,
    ),
)
