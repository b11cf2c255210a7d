"""Words of people and groups that need no database."""

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
