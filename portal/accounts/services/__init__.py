"""Changing people, groups and memberships; sessions and failed sign-ins."""

from portal.accounts.services.groups import GroupFields, edit_group, end_group, set_up_groups
from portal.accounts.services.of_units import end_at_unit, invite_to_unit
from portal.accounts.services.people import (
    add_person,
    edit_person,
    end_role,
    give_role,
    reset_account,
    set_active,
    set_password,
    set_preferences,
)
from portal.accounts.services.sessions import (
    Limits,
    end_session,
    end_sessions,
    forget_ended_sessions,
    keep_session,
    start_session,
)
from portal.accounts.services.signin import count_failure, forget_failures

__all__ = [
    "GroupFields",
    "Limits",
    "add_person",
    "count_failure",
    "edit_group",
    "edit_person",
    "end_at_unit",
    "end_group",
    "end_role",
    "end_session",
    "end_sessions",
    "forget_ended_sessions",
    "forget_failures",
    "give_role",
    "invite_to_unit",
    "keep_session",
    "reset_account",
    "set_active",
    "set_password",
    "set_preferences",
    "set_up_groups",
    "start_session",
]
