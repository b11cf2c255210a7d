"""Help, the advice that was given, what was found meanwhile, and the cases that it is about."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.assistance.kinds import Followed, Helped, HelpEnd, HelpKind, Origin, Standing
from portal.assistance.lifecycle import HelpFacts, standing
from portal.foundation.db import Base
from portal.inspections.kinds import Level


class _AsOwned:
    """What the rules of the policy look at in a case, and help has not."""

    @property
    def desk_id(self) -> UUID | None:
        return None

    @property
    def is_received(self) -> bool:
        return False

    @property
    def report_ids(self) -> tuple[UUID, ...]:
        return ()

    @property
    def task_book_ids(self) -> tuple[UUID, ...]:
        return ()

    @property
    def step_ids(self) -> tuple[UUID, ...]:
        return ()

    @property
    def hidden_from(self) -> tuple[UUID, ...]:
        return ()


class Assistance(_AsOwned, Base):
    """Help for a unit or a township. Rows are never deleted."""

    __tablename__ = "assistances"
    __table_args__ = (
        CheckConstraint(
            "unit_id IS NOT NULL OR jurisdiction IS NOT NULL", name="somebody_is_helped"
        ),
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_how"),
        CheckConstraint(
            "ended <> 'declined' OR elsewhere_text_id IS NOT NULL", name="declined_with_a_way"
        ),
        CheckConstraint("(judged_at IS NULL) = (helped IS NULL)", name="judged_how"),
        CheckConstraint("helped IS NULL OR ended = 'done'", name="only_given_help_is_judged"),
        Index("ix_assistances_group_id", "group_id"),
        Index("ix_assistances_jurisdiction_made_at", "jurisdiction", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Text for people, e.g. 2026-H0007; from a counter that never reuses one.
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[HelpKind]
    origin: Mapped[Origin]
    #: It came by a link of whoever is helped; else staff wrote it down, with their source.
    by_link: Mapped[bool]
    #: NULL: a place is helped.
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    #: Who gives it.
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"))
    #: Who handles it; NULL until it is taken up.
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    #: The task within which it was asked for.
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_items.id"))
    wanted_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    #: Name and post of who asked or is helped.
    who_text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    source_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    #: The last day for the answer; NULL for an offer, and where the preset has no such limit.
    answer_due_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    #: By when it will be done, as was promised.
    done_by: Mapped[date | None]
    plan_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    ended_at: Mapped[datetime | None]
    ended: Mapped[HelpEnd | None]
    ended_by: Mapped[UUID | None]
    end_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    elsewhere_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    expert_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    opinion_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: From this day on it is asked whether it helped.
    ask_on: Mapped[date | None]
    helped: Mapped[Helped | None]
    judged_at: Mapped[datetime | None]
    judged_by_link: Mapped[bool | None]
    judged_who_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    judged_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    judged_source_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))
    #: SHA-256 of the token in the link of whoever is helped; NULL after it was withdrawn.
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)

    @property
    def facts(self) -> HelpFacts:
        """Return what guards look at."""
        return HelpFacts(
            origin=self.origin,
            answered_at=self.answered_at,
            ended=self.ended,
            ask_on=self.ask_on,
            helped=self.helped,
            has_link=self.token_hash is not None,
            has_owner=self.owner_id is not None,
        )

    @property
    def standing(self) -> Standing:
        return standing(self.facts)

    @property
    def help_ids(self) -> tuple[UUID, ...]:
        return (self.id,)


class AssistanceCase(Base):
    """A case that help is about; none may be."""

    __tablename__ = "assistance_cases"

    assistance_id: Mapped[UUID] = mapped_column(ForeignKey("assistances.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class AssistanceAdvice(Base):
    """A piece of advice, and whether it was followed; silence stays silence."""

    __tablename__ = "assistance_advice"
    __table_args__ = (
        UniqueConstraint("assistance_id", "number"),
        CheckConstraint("(followed_at IS NULL) = (followed IS NULL)", name="followed_when"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assistance_id: Mapped[UUID] = mapped_column(ForeignKey("assistances.id"))
    number: Mapped[int]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    given_at: Mapped[datetime]
    given_by: Mapped[UUID]
    followed: Mapped[Followed | None]
    followed_at: Mapped[datetime | None]
    followed_by: Mapped[UUID | None]
    followed_text_id: Mapped[UUID | None] = mapped_column(ForeignKey("texts.id"))


class AssistanceFinding(Base):
    """Something found while helping: told; a major one has its case, a general one its day."""

    __tablename__ = "assistance_findings"
    __table_args__ = (
        UniqueConstraint("assistance_id", "number"),
        CheckConstraint("(level = 'major') = (case_id IS NOT NULL)", name="major_has_a_case"),
        CheckConstraint("(level = 'general') = (right_by IS NOT NULL)", name="general_has_a_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assistance_id: Mapped[UUID] = mapped_column(ForeignKey("assistances.id"))
    number: Mapped[int]
    text_id: Mapped[UUID] = mapped_column(ForeignKey("texts.id"))
    level: Mapped[Level]
    #: By when the unit puts a general one right by itself.
    right_by: Mapped[date | None]
    #: The case that registers a major one.
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    told_at: Mapped[datetime]
    told_by: Mapped[UUID]
