"""The one table that says who may do what. What is not in it is refused."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.foundation.errors import NotAllowed


class Owned(Protocol):
    """What the rules look at: a case, or something that stands for one."""

    @property
    def desk_id(self) -> UUID | None: ...
    @property
    def group_id(self) -> UUID | None: ...
    @property
    def jurisdiction(self) -> str | None: ...
    @property
    def is_received(self) -> bool: ...
    @property
    def report_ids(self) -> Iterable[UUID]: ...
    @property
    def task_book_ids(self) -> Iterable[UUID]: ...
    @property
    def step_ids(self) -> Iterable[UUID]: ...
    @property
    def hidden_from(self) -> Collection[UUID]: ...


Rule = Callable[[Actor, Owned | None], bool]


def always(actor: Actor, thing: Owned | None) -> bool:
    return True


def is_hidden(actor: Actor, thing: Owned) -> bool:
    """The actor, or the actor's group, handled what the case is a complaint about."""
    return actor.group_id in thing.hidden_from or actor.person_id in thing.hidden_from


def own_desk(actor: Actor, thing: Owned | None) -> bool:
    """The case came in at the desk where the actor sorts."""
    return (
        thing is not None
        and actor.group_id is not None
        and thing.desk_id == actor.group_id
        and not is_hidden(actor, thing)
    )


def own_desk_while_received(actor: Actor, thing: Owned | None) -> bool:
    return own_desk(actor, thing) and thing is not None and thing.is_received


def own_group(actor: Actor, thing: Owned | None) -> bool:
    """The actor's group handles the case."""
    return (
        thing is not None
        and actor.group_id is not None
        and thing.group_id == actor.group_id
        and not is_hidden(actor, thing)
    )


def supervises(actor: Actor, thing: Owned | None) -> bool:
    """The actor's supervision group watches over the case's jurisdiction."""
    return (
        thing is not None
        and actor.group_kind is GroupKind.SUPERVISION
        and actor.jurisdiction is not None
        and thing.jurisdiction == actor.jurisdiction
        and not is_hidden(actor, thing)
    )


def watches(actor: Actor, thing: Owned | None) -> bool:
    """The actor's supervision group watches over a jurisdiction."""
    return actor.group_kind is GroupKind.SUPERVISION and actor.jurisdiction is not None


def own_group_or_supervises(actor: Actor, thing: Owned | None) -> bool:
    return own_group(actor, thing) or supervises(actor, thing)


def supervises_another(actor: Actor, thing: Owned | None) -> bool:
    """The actor's group watches over the case and does not handle it itself."""
    return supervises(actor, thing) and not own_group(actor, thing)


def own_report(actor: Actor, thing: Owned | None) -> bool:
    """The receipt code that the actor gave belongs to a report of the case."""
    return thing is not None and actor.report_id is not None and actor.report_id in thing.report_ids


def own_task_book(actor: Actor, thing: Owned | None) -> bool:
    """The link that the actor opened belongs to a task book of the case."""
    return (
        thing is not None
        and actor.task_book_id is not None
        and actor.task_book_id in thing.task_book_ids
    )


def own_step(actor: Actor, thing: Owned | None) -> bool:
    """The link that the actor opened belongs to a disciplinary step of the case."""
    return thing is not None and actor.step_id is not None and actor.step_id in thing.step_ids


def own_help(actor: Actor, thing: Owned | None) -> bool:
    """The link that the actor opened is of this help."""
    return actor.help_id is not None and actor.help_id in getattr(thing, "help_ids", ())


def own_link(actor: Actor, thing: Owned | None) -> bool:
    return own_task_book(actor, thing) or own_step(actor, thing)


def for_a_unit(actor: Actor, thing: Owned | None) -> bool:
    """The actor has an account of a unit; which things are that unit's says `selfinspections`."""
    return actor.unit_id is not None


def own_inside(actor: Actor, thing: Owned | None) -> bool:
    """The receipt code that was given is an inside report’s: which one says `selfinspections`."""
    return actor.inside_id is not None


#: A group's daily work, for members and leads alike.
WORK = (
    Action.SIGN_FOR,
    Action.RETURN_DISPATCH,
    Action.ASK_RETURN,
    Action.INSPECT,
    Action.DECIDE_LEVEL,
    Action.ASSESS_RISK,
    Action.ISSUE_TASK_BOOK,
    Action.ASK,
    Action.ANSWER,
    Action.ADD_EVIDENCE,
    Action.RELEASE_FILES,
    Action.NOTE,
    Action.RECUSE,
    Action.REVOKE_LINK,
    Action.ASK_DELISTING,
    Action.SUPPLEMENT_TASK,
)
#: What a lead decides besides.
LEADING = (
    Action.TRANSFER_OUT,
    Action.RECORD_REPLY,
    Action.REFER_ACCIDENT,
    Action.MERGE,
    Action.SPLIT,
    Action.REASSIGN,
    Action.ASSIGN_HANDLER,
    Action.WITHDRAW_ITEM,
    Action.VERIFY,
    Action.CONCLUDE,
    Action.CLOSE,
    Action.REOPEN,
    Action.PAUSE,
    Action.RESUME,
    Action.PROPOSE_REWARD,
    Action.DENY_REWARD,
)
#: On the ladder: the preset says besides which steps a role may propose, order and so end.
LADDER = (Action.PROPOSE_STEP, Action.ANSWER_STEP, Action.REVOKE_STEP_LINK)
LADDER_LEADING = (
    Action.ORDER_STEP,
    Action.END_STEP,
    Action.HOLD_INTERVIEW,
    Action.SETTLE_COMMITMENT,
    Action.TAKE_EVIDENCE,
)
#: A reward is decided by more people than those who handled the case.
REWARDING = (Action.APPROVE_REWARD, Action.END_REWARD)
PUBLIC_PAGES = (
    Action.FILE,
    Action.READ_RECEIPT,
    Action.READ_TASK_BOOK,
    Action.READ_STEP,
    Action.FOLLOW_HELP,
    Action.READ_PUBLIC,
)
STAFF = (
    Role.DISPATCHER,
    Role.MEMBER,
    Role.LEAD,
    Role.DIRECTOR,
    Role.CUSTODIAN,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
    Role.TREASURER,
)
#: Who looks at units and groups: whoever works with cases, and who keeps the register.
REGISTRARS = (Role.DISPATCHER, Role.MEMBER, Role.LEAD, Role.ADMINISTRATOR)
REGISTER = (*REGISTRARS, Role.DIRECTOR, Role.AUDITOR)
#: What somebody at a unit does by an account.
OF_UNITS = (
    Action.USE_ACCOUNT,
    Action.READ_OWN_UNIT,
    Action.SELF_INSPECT,
    Action.DECLARE,
    Action.HAND_UP,
    Action.SWITCH_INSIDE,
    Action.READ_INSIDE,
    Action.SAY_INSIDE,
    Action.ANSWER_INSIDE,
)
#: Who inspects by checklists, judges who did, or writes them.
CHECKLIST_READERS = (Role.MEMBER, Role.LEAD, Role.DIRECTOR, Role.AUDITOR, Role.ADMINISTRATOR)
#: Who carries plans out or judges them. Unannounced ones only by whom they concern: `plans`.
PLAN_READERS = (Role.MEMBER, Role.LEAD, Role.DIRECTOR, Role.AUDITOR)
#: Who reads lessons where they are needed; drafts besides only with all of their cases: `cases`.
LESSON_READERS = (Role.DISPATCHER, Role.MEMBER, Role.LEAD, Role.DIRECTOR, Role.AUDITOR)

POLICY: Mapping[tuple[Role, Action], Rule] = {
    # Everybody may look at the public pages, signed in or not.
    **{(role, action): always for role in Role for action in PUBLIC_PAGES},
    **{(role, Action.EDIT_PROFILE): always for role in STAFF},
    **{(role, Action.USE_ACCOUNT): always for role in STAFF},
    **{(role, Action.READ_UNITS): always for role in REGISTER},
    **{(role, Action.MANAGE_UNITS): always for role in REGISTRARS},
    **{(role, Action.READ_CHECKLISTS): always for role in CHECKLIST_READERS},
    (Role.ADMINISTRATOR, Action.EDIT_CHECKLISTS): always,
    **{(role, Action.READ_GROUPS): always for role in REGISTER},
    **{(role, Action.READ_PLANS): always for role in PLAN_READERS},
    **{(role, Action.MANAGE_PLANS): always for role in (Role.LEAD, Role.DIRECTOR)},
    **{(role, Action.READ_LESSONS): always for role in LESSON_READERS},
    **{(role, Action.READ_DRAFTS): always for role in PLAN_READERS},
    **{(role, Action.REVIEW_LESSON): always for role in (Role.MEMBER, Role.LEAD, Role.DIRECTOR)},
    **{(role, Action.SWEEP_LESSON): always for role in (Role.LEAD, Role.DIRECTOR)},
    **{(role, Action.DRAFT_LESSON): own_group_or_supervises for role in (Role.MEMBER, Role.LEAD)},
    (Role.DIRECTOR, Action.DRAFT_LESSON): always,
    (Role.DIRECTOR, Action.PUBLISH_LESSON): always,
    **{(role, Action.JUDGE_LESSON): own_group for role in (Role.MEMBER, Role.LEAD)},
    (Role.DISPATCHER, Action.JUDGE_LESSON): own_desk,
    **{(role, Action.READ_COVERAGE): always for role in (Role.DIRECTOR, Role.AUDITOR)},
    **{(role, Action.READ_COVERAGE): watches for role in (Role.MEMBER, Role.LEAD)},
    **{(role, Action.INVITE_UNITS): always for role in (Role.MEMBER, Role.LEAD)},
    **{(role, Action.READ_SELF_INSPECTIONS): always for role in PLAN_READERS},
    **{(role, Action.READ_BLIND_SPOTS): always for role in (Role.DIRECTOR, Role.AUDITOR)},
    (Role.REPORTER, Action.READ): own_report,
    (Role.REPORTER, Action.WITHDRAW): own_report,
    (Role.REPORTER, Action.ASK): own_report,
    (Role.REPORTER, Action.ANSWER): own_report,
    (Role.REPORTER, Action.ADD_EVIDENCE): own_report,
    (Role.REPORTER, Action.RATE): own_report,
    (Role.REPORTER, Action.OBJECT): own_report,
    (Role.REPORTER, Action.TELL_SAFETY): own_report,
    (Role.REPORTER, Action.CLAIM_REWARD): own_report,
    (Role.REPORTER, Action.READ_INSIDE): own_inside,
    (Role.REPORTER, Action.SAY_INSIDE): own_inside,
    (Role.REPORTER, Action.TAKE_OUTSIDE): own_inside,
    (Role.UNIT, Action.READ): own_link,
    (Role.UNIT, Action.ANSWER_STEP): own_step,
    (Role.UNIT, Action.SIGN_TASK_BOOK): own_task_book,
    (Role.UNIT, Action.REPORT_ITEM_DONE): own_task_book,
    (Role.UNIT, Action.REPORT_INTERIM): own_task_book,
    (Role.UNIT, Action.ASK_EXTENSION): own_task_book,
    (Role.UNIT, Action.OBJECT): own_task_book,
    (Role.UNIT, Action.ASK_HELP): own_task_book,
    (Role.UNIT, Action.JUDGE_HELP): own_help,
    **{(Role.UNIT, action): for_a_unit for action in OF_UNITS},
    (Role.DISPATCHER, Action.READ): own_desk,
    (Role.DISPATCHER, Action.READ_FILE): own_desk,
    (Role.DISPATCHER, Action.SORT): own_desk,
    (Role.DISPATCHER, Action.TAKE_DOWN): always,
    (Role.DISPATCHER, Action.ACCEPT): own_desk,
    (Role.DISPATCHER, Action.DISPATCH): own_desk,
    (Role.DISPATCHER, Action.REFUSE): own_desk,
    (Role.DISPATCHER, Action.TAKE_BACK): own_desk,
    (Role.DISPATCHER, Action.RECORD_REPLY): own_desk,
    (Role.DISPATCHER, Action.SET_ASIDE): own_desk_while_received,
    (Role.DISPATCHER, Action.CHANGE_LANE): own_desk_while_received,
    (Role.DISPATCHER, Action.END_ALARM): own_desk,
    (Role.DISPATCHER, Action.NOTE): own_desk_while_received,
    (Role.DISPATCHER, Action.ASK): own_desk_while_received,
    (Role.DISPATCHER, Action.ANSWER): own_desk_while_received,
    (Role.DISPATCHER, Action.TRANSFER_OUT): own_desk_while_received,
    (Role.DISPATCHER, Action.REFER_ACCIDENT): own_desk_while_received,
    (Role.DISPATCHER, Action.MERGE): own_desk_while_received,
    (Role.DISPATCHER, Action.SPLIT): own_desk_while_received,
    **{(role, action): own_group for role in (Role.MEMBER, Role.LEAD) for action in WORK},
    **{(Role.LEAD, action): own_group for action in LEADING},
    **{
        (role, action): own_group_or_supervises
        for role in (Role.MEMBER, Role.LEAD)
        for action in LADDER
    },
    **{(Role.LEAD, action): own_group_or_supervises for action in LADDER_LEADING},
    # Of help everybody reads what `assistance.visibility` lets them; a group gives its own.
    **{(role, Action.READ_HELP): always for role in PLAN_READERS},
    **{(role, Action.OFFER_HELP): always for role in (Role.MEMBER, Role.LEAD)},
    **{(role, Action.GIVE_HELP): own_group for role in (Role.MEMBER, Role.LEAD)},
    **{(Role.LEAD, action): own_group_or_supervises for action in REWARDING},
    **{(Role.DIRECTOR, action): always for action in (*LADDER, *LADDER_LEADING, *REWARDING)},
    (Role.MEMBER, Action.ASK_EXTENSION): own_group,
    (Role.LEAD, Action.DECIDE_EXTENSION): own_group,
    (Role.MEMBER, Action.READ): own_group_or_supervises,
    (Role.LEAD, Action.READ): own_group_or_supervises,
    (Role.MEMBER, Action.READ_FILE): own_group_or_supervises,
    (Role.LEAD, Action.READ_FILE): own_group_or_supervises,
    (Role.MEMBER, Action.OPEN): always,
    (Role.LEAD, Action.OPEN): always,
    (Role.MEMBER, Action.SIGN_CHECK): own_group_or_supervises,
    (Role.LEAD, Action.SIGN_CHECK): own_group_or_supervises,
    (Role.MEMBER, Action.PASS_REVIEW): own_group_or_supervises,
    (Role.LEAD, Action.PASS_REVIEW): own_group_or_supervises,
    (Role.MEMBER, Action.FAIL_REVIEW): own_group_or_supervises,
    (Role.LEAD, Action.FAIL_REVIEW): own_group_or_supervises,
    # Work on a listed hazard is accepted by a body that did not handle it.
    (Role.MEMBER, Action.ACCEPT_WORK): supervises_another,
    (Role.LEAD, Action.ACCEPT_WORK): supervises_another,
    (Role.DIRECTOR, Action.ACCEPT_WORK): always,
    (Role.DIRECTOR, Action.DECIDE_DELISTING): always,
    (Role.LEAD, Action.DECIDE_RETURN): supervises_another,
    (Role.LEAD, Action.DECIDE_OBJECTION): supervises_another,
    (Role.DIRECTOR, Action.READ): always,
    (Role.DIRECTOR, Action.READ_FILE): always,
    (Role.DIRECTOR, Action.DECIDE_RETURN): always,
    (Role.DIRECTOR, Action.DECIDE_OBJECTION): always,
    (Role.DIRECTOR, Action.SIGN_CHECK): always,
    (Role.DIRECTOR, Action.PASS_REVIEW): always,
    (Role.DIRECTOR, Action.FAIL_REVIEW): always,
    (Role.DIRECTOR, Action.REOPEN): always,
    (Role.DIRECTOR, Action.NOTE): always,
    (Role.DIRECTOR, Action.READ_MEASURES): always,
    (Role.AUDITOR, Action.READ): always,
    (Role.AUDITOR, Action.READ_FILE): always,
    (Role.AUDITOR, Action.READ_MEASURES): always,
    (Role.AUDITOR, Action.READ_RULES): always,
    (Role.ADMINISTRATOR, Action.IMPORT): always,
    (Role.ADMINISTRATOR, Action.IMPORT_UNITS): always,
    (Role.ADMINISTRATOR, Action.MANAGE_PEOPLE): always,
    (Role.ADMINISTRATOR, Action.READ_RULES): always,
    (Role.ADMINISTRATOR, Action.READ_SYSTEM): always,
    (Role.TREASURER, Action.READ_LEDGER): always,
    (Role.TREASURER, Action.PAY_REWARD): always,
    (Role.SYSTEM, Action.READ): always,
    (Role.SYSTEM, Action.BREACH): always,
    (Role.SYSTEM, Action.LAPSE_REWARD): always,
    (Role.SYSTEM, Action.RAISE_ALARM): always,
    (Role.SYSTEM, Action.END_ALARM): always,
}


def may(actor: Actor, action: Action, thing: Owned | None = None) -> bool:
    """Say whether the table lets `actor` do `action` to `thing`."""
    rule = POLICY.get((actor.role, action))
    return rule is not None and rule(actor, thing)


def may_somewhere(actor: Actor, action: Action) -> bool:
    """Say whether there is anything at all on which `actor` may do `action`."""
    return (actor.role, action) in POLICY


def require(actor: Actor, action: Action, thing: Owned | None = None) -> None:
    """Raise NotAllowed unless `may`."""
    if not may(actor, action, thing):
        raise NotAllowed(action)
