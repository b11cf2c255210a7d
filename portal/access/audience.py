"""Who reads what a reporter sends, derived from the policy."""

from collections.abc import Mapping

from portal.access.kinds import Action, Role
from portal.access.policy import (
    POLICY,
    Rule,
    always,
    own_desk,
    own_group,
    own_group_or_supervises,
    supervises,
)

#: What a rule means for somebody who reads it: the people of which group. ALWAYS stands for
#: everybody of the role. A rule that is not here cannot be put into words, and so not be used.
DESK, GROUP, SUPERVISION, ALWAYS = "desk", "group", "supervision", "always"
_MEANT: Mapping[Rule, tuple[str, ...]] = {
    own_desk: (DESK,),
    own_group: (GROUP,),
    supervises: (SUPERVISION,),
    own_group_or_supervises: (GROUP, SUPERVISION),
    always: (ALWAYS,),
}


def readers(policy: Mapping[tuple[Role, Action], Rule] = POLICY) -> tuple[str, ...]:
    """Return who reads the whole file of a case: parts of the road, then roles that read all.

    Raises KeyError for a rule of which nobody has said whom it means.
    """
    found: dict[str, None] = {}
    for (role, action), rule in policy.items():
        if action is Action.READ_FILE:
            for meant in _MEANT[rule]:
                found[str(role) if meant == ALWAYS else meant] = None
    return tuple(found)
