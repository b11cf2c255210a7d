"""Units and the ties that people have to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base


class Unit(Base):
    """An enterprise or site that can be responsible for a hazard."""

    __tablename__ = "units"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(server_default="")
    jurisdiction: Mapped[str | None]
    sector: Mapped[str | None]
    #: Whom task books go to; a post rather than a person where possible.
    contact_name: Mapped[str] = mapped_column(server_default="")
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    #: Stands in the QR code at the unit's door: public, and no id of anything else.
    report_token: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


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
