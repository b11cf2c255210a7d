"""Roles, actions and the actor."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """One for each row of the published table; `SYSTEM` is a timer or a start-up check."""

    REPORTER = "reporter"
    UNIT = "unit"
    DISPATCHER = "dispatcher"
    MEMBER = "member"
    LEAD = "lead"
    DIRECTOR = "director"
    CUSTODIAN = "custodian"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    TREASURER = "treasurer"
    SYSTEM = "system"


class GroupKind(StrEnum):
    SUPERVISION = "supervision"
    INSPECTION = "inspection"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is asking, in the one role they act in at present.

    A reporter has `report_id` once the receipt code was given, a unit has `task_book_id` and the
    `unit_name` and post that the person signed with; staff have an account, and a group where the
    role belongs to one. `jurisdiction` is set for members of supervision groups only.
    """

    role: Role
    account_id: UUID | None = None
    person_id: UUID | None = None
    group_id: UUID | None = None
    group_kind: GroupKind | None = None
    jurisdiction: str | None = None
    report_id: UUID | None = None
    task_book_id: UUID | None = None
    #: The disciplinary step whose link was opened.
    step_id: UUID | None = None
    #: The help whose link was opened.
    help_id: UUID | None = None
    #: The unit for which somebody acts by an account.
    unit_id: UUID | None = None
    #: The inside report whose receipt code was given.
    inside_id: UUID | None = None


ANYONE = Actor(role=Role.REPORTER)
SYSTEM = Actor(role=Role.SYSTEM)


class Action(StrEnum):
    """Named `<thing>.<verb>`; the verb is the one on the button."""

    # the road: one for each move of `DESIGN.md` §4
    FILE = "case.file"
    OPEN = "case.open"
    IMPORT = "case.import"
    ACCEPT = "case.accept"
    DISPATCH = "case.dispatch"
    REFUSE = "case.refuse"
    TRANSFER_OUT = "case.transfer_out"
    RECORD_REPLY = "case.record_reply"
    REFER_ACCIDENT = "case.refer_accident"
    MERGE = "case.merge"
    SPLIT = "case.split"
    WITHDRAW = "case.withdraw"
    SIGN_FOR = "case.sign_for"
    TAKE_BACK = "case.take_back"
    RETURN_DISPATCH = "case.return_dispatch"
    ASK_RETURN = "case.ask_return"
    DECIDE_RETURN = "case.decide_return"
    REASSIGN = "case.reassign"
    ASSIGN_HANDLER = "case.assign_handler"
    INSPECT = "case.inspect"
    DECIDE_LEVEL = "case.decide_level"
    ASSESS_RISK = "case.assess_risk"
    ISSUE_TASK_BOOK = "case.issue_task_book"
    SIGN_TASK_BOOK = "case.sign_task_book"
    REPORT_ITEM_DONE = "case.report_item_done"
    WITHDRAW_ITEM = "case.withdraw_item"
    REPORT_INTERIM = "case.report_interim"
    SUPPLEMENT_TASK = "case.supplement_task"
    ASK_EXTENSION = "case.ask_extension"
    DECIDE_EXTENSION = "case.decide_extension"
    SIGN_CHECK = "case.sign_check"
    PASS_REVIEW = "case.pass_review"  # noqa: S105  no password
    FAIL_REVIEW = "case.fail_review"
    VERIFY = "case.verify"
    CONCLUDE = "case.conclude"
    CLOSE = "case.close"
    OBJECT = "case.object"
    DECIDE_OBJECTION = "case.decide_objection"
    REOPEN = "case.reopen"
    PAUSE = "case.pause"
    RESUME = "case.resume"
    ASK = "case.ask"
    ANSWER = "case.answer"
    ADD_EVIDENCE = "case.add_evidence"
    RATE = "case.rate"
    TELL_SAFETY = "case.tell_safety"
    RELEASE_FILES = "case.release_files"
    NOTE = "case.note"
    RECUSE = "case.recuse"
    SET_ASIDE = "case.set_aside"
    CHANGE_LANE = "case.change_lane"
    REVOKE_LINK = "case.revoke_link"
    # the ladder of disciplinary steps
    PROPOSE_STEP = "case.propose_step"
    ORDER_STEP = "case.order_step"
    ANSWER_STEP = "case.answer_step"
    END_STEP = "case.end_step"
    REVOKE_STEP_LINK = "case.revoke_step_link"
    HOLD_INTERVIEW = "case.hold_interview"
    SETTLE_COMMITMENT = "case.settle_commitment"
    TAKE_EVIDENCE = "case.take_evidence"
    # a listed hazard
    ACCEPT_WORK = "case.accept_work"
    ASK_DELISTING = "case.ask_delisting"
    DECIDE_DELISTING = "case.decide_delisting"
    # rewards
    PROPOSE_REWARD = "case.propose_reward"
    APPROVE_REWARD = "case.approve_reward"
    END_REWARD = "case.end_reward"
    DENY_REWARD = "case.deny_reward"
    CLAIM_REWARD = "case.claim_reward"
    LAPSE_REWARD = "case.lapse_reward"
    BREACH = "case.breach"
    RAISE_ALARM = "alarm.raise"
    # looking
    READ = "case.read"
    #: The staff's file of a case, whole; never for reporters and units, who READ their part.
    READ_FILE = "case.read_file"
    SORT = "intake.sort"
    END_ALARM = "alarm.end"
    #: Filing for somebody who calls, writes or comes.
    TAKE_DOWN = "intake.take_down"
    READ_RECEIPT = "receipt.read"
    READ_TASK_BOOK = "task_book.read"
    READ_STEP = "step.read"
    READ_MEASURES = "measures.read"
    READ_UNITS = "unit.read"
    READ_PUBLIC = "public.read"
    READ_GROUPS = "group.read"
    READ_PLANS = "plan.read"
    MANAGE_PLANS = "plan.manage"
    # lessons: what everybody of the staff reads, what is not published, writing, second reading,
    # publishing and withdrawing, saying at a case whether it was used, planning a sweep
    READ_LESSONS = "lesson.read"
    READ_DRAFTS = "lesson.read_drafts"
    DRAFT_LESSON = "lesson.draft"
    REVIEW_LESSON = "lesson.review"
    PUBLISH_LESSON = "lesson.publish"
    JUDGE_LESSON = "lesson.judge"
    SWEEP_LESSON = "lesson.sweep"
    #: Which units nobody has inspected, and for how long.
    READ_COVERAGE = "coverage.read"
    # help: asked for, offered, given, judged
    READ_HELP = "help.read"
    FOLLOW_HELP = "help.follow"
    ASK_HELP = "help.ask"
    OFFER_HELP = "help.offer"
    GIVE_HELP = "help.give"
    JUDGE_HELP = "help.judge"
    #: Rewards by number and amount, and paying one by the code of its voucher; no case behind it.
    READ_LEDGER = "ledger.read"
    PAY_REWARD = "reward.pay"
    # the register of units
    MANAGE_UNITS = "unit.manage"
    IMPORT_UNITS = "unit.import"
    # what units find themselves
    #: Giving somebody at a unit an account, and ending it.
    INVITE_UNITS = "unit.invite"
    READ_OWN_UNIT = "unit.read_own"
    SELF_INSPECT = "self_inspection.do"
    DECLARE = "self_inspection.declare"
    HAND_UP = "self_inspection.hand_up"
    READ_SELF_INSPECTIONS = "self_inspection.read"
    # inside reports: switched on and off, read and written to by both sides, answered by the unit,
    # taken outside by the reporter
    SWITCH_INSIDE = "inside_report.switch"
    READ_INSIDE = "inside_report.read"
    SAY_INSIDE = "inside_report.say"
    ANSWER_INSIDE = "inside_report.answer"
    TAKE_OUTSIDE = "inside_report.take_outside"
    READ_BLIND_SPOTS = "blind_spots.read"
    # running the portal
    MANAGE_PEOPLE = "accounts.manage"
    READ_RULES = "rules.read"
    READ_CHECKLISTS = "checklists.read"
    EDIT_CHECKLISTS = "checklists.edit"
    READ_SYSTEM = "system.read"
    EDIT_PROFILE = "profile.edit"
    #: Being signed in: changing roles, keeping the session.
    USE_ACCOUNT = "account.use"
