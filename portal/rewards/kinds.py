"""Words of rewards that need no database."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class RewardState(StrEnum):
    """Where a reward stands; what it is not follows from its row."""

    PROPOSED = "proposed"
    #: One of two signatures is there.
    SIGNED_ONCE = "signed_once"
    OFFERED = "offered"
    CLAIMED = "claimed"
    LAPSED = "lapsed"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return str(STATE_LABELS[self])


class RewardEnd(StrEnum):
    """How it ended before it was offered, or that there is none."""

    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    #: A decision of its own: not rewarded, for a listed reason.
    DENIED = "denied"

    @property
    def label(self) -> str:
        return str(END_LABELS[self])


class Step(StrEnum):
    """A step of the arithmetic."""

    PERCENT = "percent"
    PER_PERSON = "per_person"
    FIXED = "fixed"
    LEAST = "least"
    MOST = "most"
    EMPLOYEE = "employee"
    ROUNDED = "rounded"


class VoucherState(StrEnum):
    """What the treasury knows of a reward."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    PAID = "paid"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return str(VOUCHER_LABELS[self])


class PayMethod(StrEnum):
    CASH = "cash"
    TRANSFER = "transfer"

    @property
    def label(self) -> str:
        return str(METHOD_LABELS[self])


STATE_LABELS = {
    RewardState.PROPOSED: _l("Proposed"),
    RewardState.SIGNED_ONCE: _l("Signed once"),
    RewardState.OFFERED: _l("Can be claimed"),
    RewardState.CLAIMED: _l("Claimed"),
    RewardState.LAPSED: _l("Not claimed in time"),
    RewardState.ENDED: _l("Ended"),
}
END_LABELS = {
    RewardEnd.WITHDRAWN: _l("Proposal withdrawn"),
    RewardEnd.DECLINED: _l("Not approved"),
    RewardEnd.DENIED: _l("No reward"),
}
VOUCHER_LABELS = {
    VoucherState.OFFERED: _l("Can be claimed"),
    VoucherState.CLAIMED: _l("Claimed, not paid"),
    VoucherState.PAID: _l("Paid"),
    VoucherState.LAPSED: _l("Not claimed in time"),
}
METHOD_LABELS = {
    PayMethod.CASH: _l("Cash at the counter"),
    PayMethod.TRANSFER: _l("Transfer named at the counter"),
}
#: Classes of accidents, as the national regulation cuts them.
ACCIDENT_LABELS = {
    "general": _l("General accident"),
    "larger": _l("Larger accident (from 3 dead on)"),
    "major": _l("Major accident (from 10 dead on)"),
    "extraordinary": _l("Extraordinary accident (from 30 dead on)"),
}
#: A step of the arithmetic in words.
STEP_SENTENCES = {
    Step.PERCENT: _l("%(percent)s per cent of the fine of %(of)s yuan: %(gives)s yuan"),
    Step.PER_PERSON: _l("%(each)s yuan for each of %(persons)s proven dead: %(gives)s yuan"),
    Step.FIXED: _l("The sum that was set: %(gives)s yuan"),
    Step.LEAST: _l("The rule gives at least %(gives)s yuan"),
    Step.MOST: _l("The rule gives at most %(gives)s yuan"),
    Step.EMPLOYEE: _l("%(percent)s per cent more for an employee of the unit: %(gives)s yuan"),
    Step.ROUNDED: _l("Rounded to whole yuan: %(gives)s yuan"),
}

#: Why a move about rewards is not open, or what its command lacks.
REASONS = {
    "reward_not_verified": _l("Settle first whether it is true. What is not true has no reward."),
    "reward_there_already": _l("A reward was proposed or offered here: there is one for a hazard."),
    "reward_nobody": _l(
        "By the rules none of these reports can be rewarded: without a receipt code, or without"
        " contact details where the rules ask for them, or withdrawn."
    ),
    "reward_rule_missing": _l("Choose by which rule."),
    "reward_fine_missing": _l("Give the fine that was decided, in yuan, as 60000 or 1234.50."),
    "reward_accident_missing": _l("Choose the class of the accident."),
    "reward_persons_missing": _l("Give how many dead are proven: a whole number from 1 on."),
    "reward_sum_wrong": _l("Give a whole sum from %(least)s to %(most)s yuan."),
    "reward_reports_missing": _l("Choose the reports that told of this hazard."),
    "no_reward_proposed": _l("No reward is proposed here."),
    "reward_missing": _l("Choose the reward that it is about."),
    "reward_not_yours": _l("By the rules another role signs for rewards."),
    "reward_own_proposal": _l("You proposed it: two other people sign."),
    "reward_signed_already": _l("You have signed: the second signature is somebody else’s."),
    "reward_needs_role": _l("One of the two signatures has to be of another role than these two."),
    "reward_report_missing": _l("Choose the report that is not rewarded."),
    "reward_decided_for_all": _l("Of each report it is decided already whether it is rewarded."),
    "reward_code_missing": _l("Choose why it is not rewarded."),
    "reward_open": _l("A reward here waits for a signature or for its claim: finish that first."),
    "no_reward_offered": _l("No reward is offered for this report."),
    "reward_claimed": _l("It was claimed already."),
    "reward_over": _l("The time for claiming it ended on %(day)s."),
    "reward_not_over": _l("The time for claiming it runs until %(day)s."),
    "pay_method_missing": _l("Choose how it is paid."),
    "pay_own_decision": _l("You had a part in deciding this reward: somebody else pays it."),
    "pay_day_wrong": _l("Give the day on which it is paid: not before the decision, not later."),
    "pay_receipt_missing": _l("Give the number of your receipt, 100 characters at most."),
}
