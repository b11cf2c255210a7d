"""Words of moves, reasons and events on staff pages."""

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from portal.cases.kinds import REASONS, State
from portal.web.filters import day

#: Move → what it is called, and the word on its button.
MOVES = {
    "accept": (_l("Accept"), _l("Accept")),
    "dispatch": (_l("Dispatch to a group"), _l("Dispatch")),
    "refuse": (_l("Do not take it on"), _l("Refuse…")),
    "transfer_out": (_l("Transfer to another office"), _l("Transfer…")),
    "refer_accident": (_l("Refer as an accident"), _l("Refer…")),
    "record_reply": (_l("Record what the other office said"), _l("Record…")),
    "merge": (_l("Merge into another case"), _l("Merge…")),
    "split": (_l("Split"), _l("Split…")),
    "set_aside": (_l("Set aside"), _l("Set aside…")),
    "change_lane": (_l("Move it to the other lane"), _l("Move to the other lane")),
    "take_back": (_l("Take back the dispatch"), _l("Take back")),
    "sign_for": (_l("Sign for it"), _l("Sign for")),
    "return_dispatch": (_l("Return to the desk"), _l("Return…")),
    "ask_return": (_l("Ask to return it"), _l("Ask…")),
    "decide_return": (_l("Decide about the return"), _l("Decide…")),
    "reassign": (_l("Reassign to another group"), _l("Reassign…")),
    "assign_handler": (_l("Name the handler"), _l("Choose…")),
    "inspect": (_l("Record a visit"), _l("Record…")),
    "assess_risk": (_l("Assess the risk"), _l("Assess…")),
    "issue_task_book": (_l("Issue a task book"), _l("Issue…")),
    "withdraw_item": (_l("Withdraw a task"), _l("Withdraw…")),
    "revoke_link": (_l("Withdraw the unit’s link"), _l("Withdraw…")),
    "decide_level": (_l("Decide whether it is major"), _l("Decide…")),
    "supplement_task": (_l("Complete a task whose hazard is major now"), _l("Complete…")),
    "sign_check": (_l("Sign first for a major hazard’s check"), _l("Sign…")),
    "ask_extension": (_l("Ask for more time for the answer"), _l("Ask…")),
    "decide_extension": (_l("Decide about more time"), _l("Decide…")),
    "pass_review": (_l("Pass the check"), _l("Pass…")),
    "fail_review": (_l("Fail the check"), _l("Fail…")),
    "verify": (_l("Settle whether it is true"), _l("Settle…")),
    "conclude": (_l("Conclude: answer the reporter"), _l("Conclude…")),
    "close": (_l("Close the case"), _l("Close…")),
    "decide_objection": (_l("Decide about the objection"), _l("Decide…")),
    "reopen": (_l("Reopen the case"), _l("Reopen…")),
    "pause": (_l("Pause the clocks"), _l("Pause…")),
    "resume": (_l("Resume the clocks"), _l("Resume…")),
    "ask": (_l("Ask the reporter"), _l("Ask…")),
    "answer": (_l("Answer the reporter"), _l("Answer…")),
    "add_evidence": (_l("Add evidence"), _l("Add…")),
    "release_files": (_l("Show pictures to the reporter"), _l("Show…")),
    "note": (_l("Write a note"), _l("Note…")),
    "recuse": (_l("Step back from this case"), _l("Step back…")),
    "propose_step": (_l("Propose a step of the ladder"), _l("Propose…")),
    "order_step": (_l("Order a step of the ladder"), _l("Order…")),
    "answer_step": (_l("Record an answer on paper"), _l("Record…")),
    "end_step": (_l("End a step of the ladder"), _l("End…")),
    "hold_interview": (_l("Record an interview"), _l("Record…")),
    "settle_commitment": (_l("Say whether a commitment was kept"), _l("Settle…")),
    "revoke_step_link": (_l("Withdraw the addressee’s link"), _l("Withdraw…")),
    "accept_work": (_l("Record the acceptance of a listed hazard"), _l("Record…")),
    "ask_delisting": (_l("Ask to strike a hazard off the list"), _l("Ask…")),
    "decide_delisting": (_l("Decide about striking it off"), _l("Decide…")),
    "propose_reward": (_l("Propose a reward"), _l("Propose…")),
    "approve_reward": (_l("Sign for a reward"), _l("Sign…")),
    "end_reward": (_l("Take back or refuse a proposed reward"), _l("End…")),
    "deny_reward": (_l("Decide that a report is not rewarded"), _l("Decide…")),
}

#: The order of the panel: what carries the case on first, what is rare last.
PANEL = (
    *(
        "record_reply",
        "accept",
        "dispatch",
        "take_back",
        "sign_for",
        "answer",
        "inspect",
        "issue_task_book",
    ),
    *("supplement_task", "sign_check", "pass_review", "fail_review", "verify", "conclude", "close"),
    *(
        "decide_return",
        "decide_objection",
        "decide_extension",
        "reopen",
        "decide_level",
        "assess_risk",
        "assign_handler",
    ),
    *("ask", "note", "add_evidence", "release_files", "set_aside", "change_lane"),
    *("ask_extension", "pause", "resume"),
    *("order_step", "propose_step", "answer_step", "hold_interview", "settle_commitment"),
    *("accept_work", "ask_delisting", "decide_delisting"),
    *("end_step", "revoke_step_link"),
    *("approve_reward", "propose_reward", "deny_reward", "end_reward"),
    *("return_dispatch", "ask_return", "reassign", "withdraw_item", "refuse"),
    *("merge", "split", "transfer_out", "refer_accident", "revoke_link", "recuse"),
)

#: What the page of a move says before its fields: the effect, in one sentence.
EFFECTS = {
    "accept": _l("Settles kind, category and place. The clock of the law counts from here."),
    "dispatch": _l("Goes to the group at once; you can take it back for some minutes."),
    "refuse": _l("Closes the case. The reporter reads your reason and may object."),
    "transfer_out": _l("Closes the case here. The reporter reads where it went and why."),
    "refer_accident": _l("Closes the case here; open tasks go along. The reporter reads it."),
    "record_reply": _l(
        "The reporter reads it. The clock of the hand-over stops, unless the office says that it is"
        " not its own: then have the case reopened, and hand it over anew."
    ),
    "merge": _l("Reports move to the other case; each reporter keeps their thread and clock."),
    "split": _l("A report that was merged in leaves again, or a part becomes its own case."),
    "set_aside": _l("It leaves your list and comes back by itself. No due date moves."),
    "change_lane": _l("The slow lane is read behind all others. No due date moves."),
    "take_back": _l("It comes back to the desk, and those who were told are told again."),
    "sign_for": _l("Your group takes it over; the clock of the visit begins."),
    "return_dispatch": _l("It goes back to the desk that sent it."),
    "ask_return": _l("The group keeps the case until somebody has decided."),
    "decide_return": _l("Granted: it goes back to the desk. Refused: the group keeps it."),
    "reassign": _l("The other group has to sign for it anew."),
    "assign_handler": _l("The handler is told; members of the group can still act."),
    "inspect": _l("Record who went, when, and every hazard found. Nobody inspects alone."),
    "assess_risk": _l("The colour follows from the numbers; the reason stays with it."),
    "issue_task_book": _l("The unit gets the tasks with its own link. It can’t be changed after."),
    "withdraw_item": _l("The task ends and stays in the file; the unit is told."),
    "revoke_link": _l("The link stops working at once."),
    "decide_level": _l(
        "Named people decide by a criterion. A major hazard needs a check on site, two signatures"
        " and more in its task book."
    ),
    "supplement_task": _l(
        "The unit reads on its page what is added; the interim protection gets its clock. What the"
        " task says already stays."
    ),
    "sign_check": _l("A second person has to sign before the task counts as put right."),
    "ask_extension": _l("A lead decides. Until then the date stays as it is."),
    "decide_extension": _l(
        "Granted: the date moves, once, within what the rules allow. Refused: it stays. What was"
        " late stays late."
    ),
    "pass_review": _l("This task counts as put right."),
    "fail_review": _l("The task goes back to the unit with a new date."),
    "verify": _l("The clock of the answer to the reporter begins."),
    "conclude": _l("Your words go to each reporter as the answer. The clocks stop."),
    "close": _l("The case ends. The reporters see how."),
    "decide_objection": _l(
        "Upheld: the case can be reopened; a task that it is about is withdrawn by the same press,"
        " and its hazard waits for one that fits. Not upheld: it stays as it is."
    ),
    "reopen": _l("It goes back to work; verifying and concluding start anew."),
    "pause": _l("The clocks that may pause stand still. The count since the report goes on."),
    "resume": _l("The clocks go on from here."),
    "ask": _l("The reporter reads your question on the receipt page, without your name."),
    "answer": _l("The reporter reads your answer on the receipt page, without your name."),
    "add_evidence": _l("Hidden data is removed from pictures; what can’t be cleaned is sealed."),
    "release_files": _l("Reporters see the pictures that you choose, and no others."),
    "note": _l("Only the staff of the case read it."),
    "recuse": _l("You will no longer act in this case. It stays in the history."),
    "propose_step": _l("It is shown to whoever may order it. Nothing goes out before that."),
    "order_step": _l(
        "The addressee is told by mail, or by the paper that you hand over, and can answer in time."
    ),
    "answer_step": _l("It stays with the step, with the day on which it arrived."),
    "end_step": _l("It ends and stays in the file, whatever came of it."),
    "hold_interview": _l("The commitments stay open until somebody says whether they were kept."),
    "settle_commitment": _l("What was not kept can ground the next step."),
    "revoke_step_link": _l("The link stops working at once. An answer on paper can be recorded."),
    "accept_work": _l(
        "A body that had no part in it says whether a listed hazard is put right. Before that the"
        " case can’t close as put right."
    ),
    "ask_delisting": _l("Somebody else decides. Until then it stays on the public list."),
    "decide_delisting": _l(
        "Struck off: the public list says so with the day, and the step of the ladder ends."
    ),
    "propose_reward": _l(
        "Two other people sign before it is offered. The amount follows from the rule."
    ),
    "approve_reward": _l(
        "Two people sign, neither of them who proposed it. With the second signature the reporter"
        " reads on the receipt page that it is offered."
    ),
    "end_reward": _l(
        "Your own proposal is taken back; another’s is not approved. A corrected one can follow."
    ),
    "deny_reward": _l("The reporter reads the reason on the receipt page."),
}


def reason_words(reason: str, values: Mapping[str, object]) -> str:
    """Return the sentence for the code of a lack, its values put into words."""
    return str(REASONS[reason]) % {name: said(value) for name, value in values.items()}


def said(value: object) -> object:
    """Return a value of a sentence as a reader sees it."""
    if isinstance(value, State):
        return value.label
    return day(value) if isinstance(value, datetime | date) else value
