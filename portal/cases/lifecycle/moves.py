"""The one table of moves: who may do what to a case in which state, and what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.access.kinds import Action
from portal.cases.kinds import OPEN, WITH_BOOK, WORKING, State
from portal.cases.lifecycle import closing, effects, endings, guards
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, Lack, NewId
from portal.cases.lifecycle.facts import Facts
from portal.history.kinds import EventKind

ANY = frozenset(State)
RECEIVED = frozenset({State.RECEIVED})
ASSIGNED = frozenset({State.ASSIGNED})
RETURNABLE = frozenset({State.ASSIGNED, State.IN_HAND})
CLOSED = frozenset({State.CLOSED})


@dataclass(frozen=True, kw_only=True)
class Move:
    """One row of `DESIGN.md` §4. `target` None: the state stays, or the effect says."""

    name: str
    command: type[c.Command]
    sources: frozenset[State]
    target: State | None = None
    action: Action
    event: EventKind
    #: Why it is not open, looking at case and person alone; the move panel prints it.
    open_if: Callable[[Facts], Lack | None] = guards.always_open
    #: What the command lacks; the form prints it at the field.
    complete_if: Callable[[Facts, Any], Lack | None] = guards.needs_nothing
    effect: Callable[[Facts, Any, NewId], Changes] = effects.nothing
    #: A tie to the unit bars it, unless a lead overrides that with a reason.
    untied: bool = False


MOVES = (
    # sorting
    Move(
        name="accept",
        command=c.Accept,
        sources=RECEIVED,
        action=Action.ACCEPT,
        event=EventKind.ACCEPTED,
        open_if=guards.open_accept,
        complete_if=guards.needs_accept,
        effect=effects.accept,
    ),
    Move(
        name="dispatch",
        command=c.Dispatch,
        sources=RECEIVED,
        target=State.ASSIGNED,
        action=Action.DISPATCH,
        event=EventKind.DISPATCHED,
        open_if=guards.open_dispatch,
        complete_if=guards.needs_dispatch,
        effect=effects.dispatch,
    ),
    Move(
        name="refuse",
        command=c.Refuse,
        sources=RECEIVED,
        target=State.CLOSED,
        action=Action.REFUSE,
        event=EventKind.REFUSED,
        open_if=guards.open_refuse,
        complete_if=guards.needs_refuse,
        effect=effects.refuse,
    ),
    Move(
        name="transfer_out",
        command=c.TransferOut,
        sources=OPEN,
        target=State.CLOSED,
        action=Action.TRANSFER_OUT,
        event=EventKind.TRANSFERRED_OUT,
        open_if=guards.no_open_items,
        complete_if=guards.needs_handover,
        effect=effects.hand_over,
    ),
    Move(
        name="refer_accident",
        command=c.ReferAccident,
        sources=OPEN,
        target=State.CLOSED,
        action=Action.REFER_ACCIDENT,
        event=EventKind.ACCIDENT_REFERRED,
        complete_if=guards.needs_handover,
        effect=effects.hand_over,
    ),
    Move(
        name="merge",
        command=c.Merge,
        sources=OPEN,
        target=State.CLOSED,
        action=Action.MERGE,
        event=EventKind.MERGED,
        open_if=guards.no_open_items,
        complete_if=guards.needs_merge,
        effect=effects.merge,
    ),
    Move(
        name="split",
        command=c.Split,
        sources=OPEN,
        action=Action.SPLIT,
        event=EventKind.SPLIT,
        complete_if=guards.needs_split,
        effect=effects.split,
    ),
    Move(
        name="set_aside",
        command=c.SetAside,
        sources=RECEIVED,
        action=Action.SET_ASIDE,
        event=EventKind.SET_ASIDE,
        complete_if=guards.needs_set_aside,
        effect=effects.set_aside,
    ),
    Move(
        name="take_back",
        command=c.TakeBack,
        sources=ASSIGNED,
        target=State.RECEIVED,
        action=Action.TAKE_BACK,
        event=EventKind.TAKEN_BACK,
        open_if=guards.open_take_back,
        effect=effects.take_back,
    ),
    # at the group
    Move(
        name="sign_for",
        command=c.SignFor,
        sources=ASSIGNED,
        target=State.IN_HAND,
        action=Action.SIGN_FOR,
        event=EventKind.SIGNED_FOR,
        open_if=guards.no_return_pending,
        effect=effects.sign_for,
        untied=True,
    ),
    Move(
        name="return_dispatch",
        command=c.ReturnDispatch,
        sources=RETURNABLE,
        target=State.RECEIVED,
        action=Action.RETURN_DISPATCH,
        event=EventKind.RETURNED,
        open_if=guards.open_return,
        complete_if=guards.needs_reason,
        effect=effects.give_back,
    ),
    Move(
        name="ask_return",
        command=c.AskReturn,
        sources=RETURNABLE,
        action=Action.ASK_RETURN,
        event=EventKind.RETURN_ASKED,
        open_if=guards.open_ask_return,
        complete_if=guards.needs_reason,
        effect=effects.ask_return,
    ),
    Move(
        name="decide_return",
        command=c.DecideReturn,
        sources=RETURNABLE,
        action=Action.DECIDE_RETURN,
        event=EventKind.RETURN_DECIDED,
        open_if=guards.open_decide_return,
        complete_if=guards.needs_ruling,
        effect=effects.decide_return,
        untied=True,
    ),
    Move(
        name="reassign",
        command=c.Reassign,
        sources=RETURNABLE,
        target=State.ASSIGNED,
        action=Action.REASSIGN,
        event=EventKind.REASSIGNED,
        open_if=guards.no_return_pending,
        complete_if=guards.needs_reassign,
        effect=effects.reassign,
    ),
    Move(
        name="assign_handler",
        command=c.AssignHandler,
        sources=ASSIGNED | WORKING,
        action=Action.ASSIGN_HANDLER,
        event=EventKind.HANDLER_ASSIGNED,
        complete_if=guards.needs_handler,
        effect=effects.assign_handler,
    ),
    Move(
        name="inspect",
        command=c.Inspect,
        sources=WORKING,
        action=Action.INSPECT,
        event=EventKind.INSPECTED,
        complete_if=guards.needs_inspect,
        effect=effects.inspect,
        untied=True,
    ),
    Move(
        name="assess_risk",
        command=c.AssessRisk,
        sources=OPEN,
        action=Action.ASSESS_RISK,
        event=EventKind.RISK_ASSESSED,
        open_if=guards.open_with_hazard,
        complete_if=guards.needs_risk,
        effect=effects.assess_risk,
        untied=True,
    ),
    Move(
        name="issue_task_book",
        command=c.IssueTaskBook,
        sources=WORKING,
        action=Action.ISSUE_TASK_BOOK,
        event=EventKind.TASK_BOOK_ISSUED,
        open_if=guards.open_issue,
        complete_if=guards.needs_items,
        effect=effects.issue_task_book,
        untied=True,
    ),
    Move(
        name="withdraw_item",
        command=c.WithdrawItem,
        sources=WITH_BOOK,
        action=Action.WITHDRAW_ITEM,
        event=EventKind.ITEM_WITHDRAWN,
        complete_if=guards.needs_withdraw_item,
        effect=endings.withdraw_item,
        untied=True,
    ),
    Move(
        name="revoke_link",
        command=c.RevokeLink,
        sources=ANY,
        action=Action.REVOKE_LINK,
        event=EventKind.LINK_REVOKED,
        open_if=closing.open_revoke,
        complete_if=closing.needs_revoke,
        effect=endings.revoke_link,
    ),
    # at the unit
    Move(
        name="sign_task_book",
        command=c.SignTaskBook,
        sources=WITH_BOOK,
        action=Action.SIGN_TASK_BOOK,
        event=EventKind.TASK_BOOK_SIGNED,
        complete_if=guards.needs_signature,
        effect=endings.sign_task_book,
    ),
    Move(
        name="report_item_done",
        command=c.ReportItemDone,
        sources=WITH_BOOK,
        action=Action.REPORT_ITEM_DONE,
        event=EventKind.ITEM_REPORTED,
        complete_if=guards.needs_done,
        effect=endings.report_item_done,
    ),
    # checking
    Move(
        name="pass_review",
        command=c.PassReview,
        sources=WITH_BOOK,
        action=Action.PASS_REVIEW,
        event=EventKind.REVIEW_PASSED,
        open_if=closing.open_review,
        complete_if=closing.needs_review,
        effect=endings.review,
        untied=True,
    ),
    Move(
        name="fail_review",
        command=c.FailReview,
        sources=WITH_BOOK,
        action=Action.FAIL_REVIEW,
        event=EventKind.REVIEW_FAILED,
        open_if=closing.open_review,
        complete_if=closing.needs_review,
        effect=endings.review,
        untied=True,
    ),
    # deciding
    Move(
        name="verify",
        command=c.Verify,
        sources=WORKING,
        action=Action.VERIFY,
        event=EventKind.VERIFIED,
        open_if=closing.open_verify,
        complete_if=closing.needs_verify,
        effect=endings.verify,
        untied=True,
    ),
    Move(
        name="conclude",
        command=c.Conclude,
        sources=WORKING,
        action=Action.CONCLUDE,
        event=EventKind.CONCLUDED,
        open_if=closing.open_conclude,
        complete_if=closing.needs_conclude,
        effect=endings.conclude,
        untied=True,
    ),
    Move(
        name="close",
        command=c.Close,
        sources=frozenset({State.IN_HAND, State.REVIEWING}),
        target=State.CLOSED,
        action=Action.CLOSE,
        event=EventKind.CLOSED,
        open_if=closing.open_close,
        complete_if=closing.needs_close,
        effect=endings.close,
        untied=True,
    ),
    Move(
        name="withdraw",
        command=c.Withdraw,
        sources=OPEN,
        action=Action.WITHDRAW,
        event=EventKind.WITHDRAWN,
        open_if=closing.open_withdraw,
        effect=endings.withdraw,
    ),
    Move(
        name="object",
        command=c.Object,
        sources=ANY,
        action=Action.OBJECT,
        event=EventKind.OBJECTED,
        open_if=closing.open_object,
        complete_if=closing.needs_objection,
        effect=endings.object_to,
    ),
    Move(
        name="decide_objection",
        command=c.DecideObjection,
        sources=ANY,
        action=Action.DECIDE_OBJECTION,
        event=EventKind.OBJECTION_DECIDED,
        open_if=closing.open_decide_objection,
        complete_if=closing.needs_objection_ruling,
        effect=endings.decide_objection,
        untied=True,
    ),
    Move(
        name="reopen",
        command=c.Reopen,
        sources=CLOSED,
        action=Action.REOPEN,
        event=EventKind.REOPENED,
        open_if=closing.open_reopen,
        complete_if=closing.needs_reopen,
        effect=endings.reopen,
    ),
    Move(
        name="pause",
        command=c.Pause,
        sources=OPEN,
        action=Action.PAUSE,
        event=EventKind.PAUSED,
        open_if=closing.open_pause,
        complete_if=closing.needs_pause,
        effect=endings.pause,
        untied=True,
    ),
    Move(
        name="resume",
        command=c.Resume,
        sources=OPEN,
        action=Action.RESUME,
        event=EventKind.RESUMED,
        open_if=closing.open_resume,
        effect=endings.resume,
    ),
    # talking
    Move(
        name="ask",
        command=c.Ask,
        sources=ANY,
        action=Action.ASK,
        event=EventKind.ASKED,
        open_if=closing.open_message,
        complete_if=closing.needs_message,
        effect=endings.talk,
    ),
    Move(
        name="answer",
        command=c.Answer,
        sources=ANY,
        action=Action.ANSWER,
        event=EventKind.ANSWERED,
        open_if=closing.open_message,
        complete_if=closing.needs_message,
        effect=endings.talk,
    ),
    Move(
        name="add_evidence",
        command=c.AddEvidence,
        sources=ANY,
        action=Action.ADD_EVIDENCE,
        event=EventKind.EVIDENCE_ADDED,
        complete_if=closing.needs_files,
        effect=endings.add_evidence,
    ),
    Move(
        name="rate",
        command=c.Rate,
        sources=ANY,
        action=Action.RATE,
        event=EventKind.RATED,
        open_if=closing.open_rate,
        complete_if=closing.needs_rate,
        effect=endings.rate,
    ),
    Move(
        name="note",
        command=c.Note,
        sources=ANY,
        action=Action.NOTE,
        event=EventKind.NOTED,
        complete_if=closing.needs_note,
        effect=endings.note,
    ),
    Move(
        name="recuse",
        command=c.Recuse,
        sources=ASSIGNED | WORKING,
        action=Action.RECUSE,
        event=EventKind.RECUSED,
        open_if=closing.open_recuse,
        complete_if=closing.needs_recuse,
        effect=endings.recuse,
    ),
    # a timer notes a fact; it moves nothing
    Move(
        name="breach",
        command=c.Breach,
        sources=ANY,
        action=Action.BREACH,
        event=EventKind.BREACHED,
        effect=endings.breach,
    ),
)
BY_COMMAND = {move.command: move for move in MOVES}
BY_NAME = {move.name: move for move in MOVES}
