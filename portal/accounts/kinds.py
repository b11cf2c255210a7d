"""Words of people and groups that need no database."""

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from portal.access.kinds import GroupKind, Role

#: Roles that belong to a group, and the kinds of group that can give them.
GROUP_ROLES: dict[Role, frozenset[GroupKind]] = {
    Role.DISPATCHER: frozenset({GroupKind.DESK}),
    Role.MEMBER: frozenset({GroupKind.INSPECTION, GroupKind.SUPERVISION}),
    Role.LEAD: frozenset({GroupKind.INSPECTION, GroupKind.SUPERVISION}),
}
#: Roles held by themselves.
OFFICE_ROLES = frozenset(
    {Role.DIRECTOR, Role.CUSTODIAN, Role.AUDITOR, Role.ADMINISTRATOR, Role.TREASURER}
)

KIND_LABELS = {
    GroupKind.SUPERVISION: _l("Supervision group"),
    GroupKind.INSPECTION: _l("Inspection group"),
    GroupKind.DESK: _l("Desk"),
}


class Gap(StrEnum):
    """What a group lacks."""

    TERM_ENDED = "term_ended"
    TERM_ENDS = "term_ends"
    NOBODY = "nobody"
    NO_LEAD = "no_lead"
    NO_LIAISON = "no_liaison"
    LIAISON_LEFT = "liaison_left"
    MEMBER_ENDS = "member_ends"


GAP_LABELS = {
    Gap.TERM_ENDED: _l("Its term has ended"),
    Gap.TERM_ENDS: _l("Its term ends soon"),
    Gap.NOBODY: _l("Nobody is in it"),
    Gap.NO_LEAD: _l("No lead"),
    Gap.NO_LIAISON: _l("No liaison"),
    Gap.LIAISON_LEFT: _l("The liaison is no longer in it"),
    Gap.MEMBER_ENDS: _l("Somebody’s role ends soon"),
}
#: Gaps that stop or orphan work; the others are warnings.
GRAVE = frozenset({Gap.TERM_ENDED, Gap.NOBODY, Gap.NO_LEAD})

#: Characters of a remit in one language, and of how to reach a liaison.
REMIT_MOST = 1000
REACH_MOST = 200

#: Failed sign-ins for one address, and over all, that cost nothing; then each doubles the wait.
FREE_FAILURES = 5
FREE_FAILURES_OVER_ALL = 100
#: The longest wait: it slows guessing and never keeps anybody out.
LONGEST_WAIT = timedelta(seconds=30)
LONGEST_WAIT_OVER_ALL = timedelta(seconds=2)
#: After so long without a failure the count begins anew.
FAILURES_FADE_AFTER = timedelta(minutes=15)


class AccountMail(StrEnum):
    """What an account's owner is told about the account itself."""

    #: The link with which somebody new, or reset by an administrator, sets a password.
    INVITATION = "account_invitation"
    #: The same link, asked for at the sign-in page.
    RESET = "account_reset_link"
    #: The password was set or changed.
    PASSWORD_SET = "account_password_set"  # noqa: S105  no password


def floored_to_minute(moment: datetime) -> datetime:
    """Return the start of the minute."""
    return moment.replace(second=0, microsecond=0)


def wait_after(count: int, *, free: int, longest: timedelta) -> timedelta:
    """Return how long after the last of `count` failures the next try is looked at."""
    if count < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(count - free, 16)), longest)
