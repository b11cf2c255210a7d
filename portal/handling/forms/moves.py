"""The form of every move that staff can make."""

from collections.abc import Mapping
from typing import Any

from portal.handling.forms import (
    checking,
    deciding,
    extending,
    group,
    ladder,
    listing,
    rewards,
    sorting,
)
from portal.handling.forms.base import AtCase, MoveForm

MOVE_FORMS: Mapping[str, type[MoveForm]] = {
    "accept": sorting.AcceptForm,
    "dispatch": sorting.DispatchForm,
    "refuse": sorting.RefuseForm,
    "transfer_out": sorting.TransferOutForm,
    "record_reply": sorting.RecordReplyForm,
    "refer_accident": sorting.ReferAccidentForm,
    "merge": sorting.MergeForm,
    "split": sorting.SplitForm,
    "set_aside": sorting.SetAsideForm,
    "change_lane": sorting.ChangeLaneForm,
    "take_back": sorting.TakeBackForm,
    "sign_for": group.SignForForm,
    "return_dispatch": group.ReturnForm,
    "ask_return": group.AskReturnForm,
    "decide_return": group.DecideReturnForm,
    "reassign": group.ReassignForm,
    "assign_handler": group.AssignHandlerForm,
    "inspect": group.InspectForm,
    "assess_risk": group.AssessRiskForm,
    "issue_task_book": checking.IssueTaskBookForm,
    "withdraw_item": checking.WithdrawItemForm,
    "revoke_link": checking.RevokeLinkForm,
    "decide_level": group.DecideLevelForm,
    "supplement_task": checking.SupplementTaskForm,
    "sign_check": checking.SignCheckForm,
    "ask_extension": extending.AskExtensionForm,
    "decide_extension": extending.DecideExtensionForm,
    "pass_review": checking.PassReviewForm,
    "fail_review": checking.FailReviewForm,
    "verify": deciding.VerifyForm,
    "conclude": deciding.ConcludeForm,
    "close": deciding.CloseForm,
    "decide_objection": deciding.DecideObjectionForm,
    "reopen": deciding.ReopenForm,
    "pause": deciding.PauseForm,
    "resume": deciding.ResumeForm,
    "ask": deciding.AskForm,
    "answer": deciding.AnswerForm,
    "add_evidence": deciding.AddEvidenceForm,
    "release_files": deciding.ReleaseFilesForm,
    "note": deciding.NoteForm,
    "recuse": deciding.RecuseForm,
    "propose_step": ladder.ProposeStepForm,
    "order_step": ladder.OrderStepForm,
    "answer_step": ladder.AnswerStepForm,
    "end_step": ladder.EndStepForm,
    "hold_interview": ladder.HoldInterviewForm,
    "settle_commitment": ladder.SettleCommitmentForm,
    "revoke_step_link": ladder.RevokeStepLinkForm,
    "accept_work": listing.AcceptWorkForm,
    "ask_delisting": listing.AskDelistingForm,
    "decide_delisting": listing.DecideDelistingForm,
    "propose_reward": rewards.ProposeRewardForm,
    "approve_reward": rewards.ApproveRewardForm,
    "end_reward": rewards.EndRewardForm,
    "deny_reward": rewards.DenyRewardForm,
}
#: Moves without anything to fill in: one press on the panel carries them out.
ONE_PRESS = frozenset({"sign_for", "take_back", "change_lane"})


def form_for(move: str, at: AtCase, *, is_sent: bool = True, typed: Any = None) -> MoveForm:
    """Return the form of a move, fitted to the case. Raises KeyError for one without a page.

    Without `is_sent` it is a fresh one, whatever the request brought: for a page with many forms.
    `typed` are fields that were kept from before.
    """
    made = {"conclude": deciding.conclude_form, "release_files": deciding.release_form}
    kind = made[move](at) if move in made else MOVE_FORMS[move]
    form = kind() if is_sent and typed is None else kind(formdata=typed)
    form.is_fresh = typed is None and not (is_sent and form.is_submitted())
    form.suit(at)
    return form
