"""Units, the files they came in by, and the ties that people have to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text as TextType

from portal.foundation.db import Base
from portal.units.kinds import Size


class Unit(Base):
    """An enterprise or site that can be responsible for a hazard."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint(
            "risk_colour IN ('red', 'orange', 'yellow', 'blue')", name="colour_of_four"
        ),
        CheckConstraint("risk_colour IS NULL OR risk_reason <> ''", name="colour_has_reason"),
        CheckConstraint("(risk_colour IS NULL) = (risk_since IS NULL)", name="colour_has_day"),
        CheckConstraint("workers >= 0", name="workers_counted"),
        Index("ix_units_name_id", "name", "id"),
        Index("ix_units_grams", "grams", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Number of changes; the one that somebody saw travels with their change.
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    name: Mapped[str]
    #: The unified social credit code (GB 32100); NULL where there is none or nobody knows it.
    registration_code: Mapped[str | None] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(server_default="")
    jurisdiction: Mapped[str | None]
    township: Mapped[str | None]
    sector: Mapped[str | None]
    size: Mapped[Size | None]
    workers: Mapped[int | None] = mapped_column(Integer)
    #: Whom task books go to; a post rather than a person where possible.
    contact_name: Mapped[str] = mapped_column(server_default="")
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    #: The unit's own colour, given by somebody with a reason; NULL until then. The colours of its
    #: hazards are another thing.
    risk_colour: Mapped[str | None]
    risk_reason: Mapped[str] = mapped_column(server_default="")
    risk_since: Mapped[datetime | None]
    #: Stands in the QR code at the unit's door: public, and no id of anything else.
    report_token: Mapped[str] = mapped_column(unique=True)
    #: By what search finds it: see `lifecycle.fields.search_grams`. No page shows them.
    grams: Mapped[list[str]] = mapped_column(ARRAY(TextType), deferred=True)
    created_at: Mapped[datetime]


class UnitImport(Base):
    """A file of units that was taken in: how many rows, and which were refused and why."""

    __tablename__ = "unit_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    imported_at: Mapped[datetime]
    #: NULL: by command on the server.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    new_count: Mapped[int] = mapped_column(Integer)
    known_count: Mapped[int] = mapped_column(Integer)
    #: Line, field and reason of each row that was refused; never a value.
    rejected: Mapped[list[Any]] = mapped_column(JSONB)
    #: Heads of columns that the register does not know.
    left_out: Mapped[list[Any]] = mapped_column(JSONB)


class Tie(Base):
    """A person's declared connection to a unit: blocks handling there."""

    __tablename__ = "ties"
    __table_args__ = (UniqueConstraint("person_id", "unit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), index=True)
    #: What kind: employed, family, holding, adviser, other.
    kind: Mapped[str]
    declared_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    declared_at: Mapped[datetime]
    #: NULL while it holds.
    ended_at: Mapped[datetime | None]
