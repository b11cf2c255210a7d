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


ANYONE = Actor(role=Role.REPORTER)
SYSTEM = Actor(role=Role.SYSTEM)
