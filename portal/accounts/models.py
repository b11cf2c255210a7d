"""People, their accounts, the groups and who belongs to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text as TextType

from portal.access.kinds import GroupKind, Role
from portal.foundation.db import Base


class Person(Base):
    """A human being: "another person" is judged by this, never by account."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    post: Mapped[str] = mapped_column(server_default="")


class Group(Base):
    __tablename__ = "groups"
    __table_args__ = (
        CheckConstraint(
            "kind <> 'supervision' OR jurisdiction IS NOT NULL", name="supervision_has_place"
        ),
        CheckConstraint(
            "starts_on IS NULL OR ended_on IS NULL OR ended_on > starts_on", name="term_in_order"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: As routing rules name it; never changes.
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[GroupKind]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    #: The district that a supervision group watches over; NULL for the others.
    jurisdiction: Mapped[str | None]
    sectors: Mapped[list[str]] = mapped_column(ARRAY(TextType), server_default="{}")
    #: Grows with each edit; the one that the person saw travels with the form.
    version: Mapped[int] = mapped_column(server_default="1")
    #: What it is there for; NULL: what the preset says.
    remit_zh: Mapped[str | None]
    remit_en: Mapped[str | None]
    #: The first day of its term, where it has one.
    starts_on: Mapped[date | None]
    #: The first day without it; NULL while nobody knows of one.
    ended_on: Mapped[date | None]
    #: Whom others turn to: one of its people, and how to reach them.
    liaison_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    liaison_reach: Mapped[str] = mapped_column(server_default="")


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    #: NULL until the first link was used.
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    #: Changes with the password: sessions made before it are dead.
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(server_default="zh_Hans_CN")
    #: Single-key shortcuts can be switched off (WCAG 2.1.4).
    shortcuts: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="joined")
    memberships: Mapped[list["Membership"]] = relationship(back_populates="account")


class Membership(Base):
    """A role held for a time: in a group, or by itself."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('dispatcher', 'member', 'lead')) = (group_id IS NOT NULL)",
            name="group_where_needed",
        ),
        CheckConstraint("(role = 'unit') = (unit_id IS NOT NULL)", name="unit_where_needed"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        Index("ix_memberships_group_id_role", "group_id", "role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[Role]
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    #: The unit for which somebody acts there; NULL for all other roles.
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    starts_on: Mapped[date]
    #: The first day on which it no longer holds; NULL while open.
    ends_on: Mapped[date | None]

    account: Mapped[Account] = relationship(back_populates="memberships")
    group: Mapped[Group | None] = relationship(lazy="joined")

    def holds_on(self, day: date) -> bool:
        """Say whether the role is in force on `day`; in SQL: `queries.holds_on`."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on > day)


class StaffSession(Base):
    """Somebody signed in on one device. The cookie holds the id, the database only its hash."""

    __tablename__ = "staff_sessions"

    #: SHA-256 of the id.
    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: These three are floored to the minute.
    created_at: Mapped[datetime]
    #: It ends here unless somebody does something before.
    idle_until: Mapped[datetime]
    #: It ends here in any case.
    ends_at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIn(Base):
    """How often a sign-in failed of late: for one address typed, and over all."""

    __tablename__ = "failed_sign_ins"

    #: Keyed hash of the address as typed, so that an unknown one counts like a known one.
    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
