"""The table of attachments; their bytes lie in the object store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.attachments.kinds import Purpose, State
from portal.foundation.db import Base
from portal.integrations.scrubber import FileType, Reason


class Attachment(Base):
    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(
            "(state = 'shown') = (copy_name IS NOT NULL AND thumbnail_name IS NOT NULL"
            " AND copy_sha256 IS NOT NULL AND media_type IS NOT NULL)",
            name="shown_has_copy",
        ),
        CheckConstraint(
            "(state = 'shown') = (reason IS NULL)",
            name="else_has_reason",
        ),
        CheckConstraint(
            "state <> 'sealed_only' OR sealed_item_id IS NOT NULL", name="sealed_only_is_sealed"
        ),
        CheckConstraint("state <> 'refused' OR sealed_item_id IS NULL", name="refused_is_gone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The case; with what a unit found itself, the unit; with an inside report, that report.
    case_id: Mapped[UUID] = mapped_column(index=True)
    #: Whose it is: given by this reporter, or sent to this one alone; goes with the report through
    #: merge and split. NULL for everything else.
    report_id: Mapped[UUID | None] = mapped_column(index=True)
    purpose: Mapped[Purpose]
    #: The message, inspection, item or review that it belongs to; NULL for the report itself.
    thing_id: Mapped[UUID | None] = mapped_column(index=True)
    #: "Photo 1": counts from 1 within the report, message, inspection, item or review.
    position: Mapped[int]
    #: What the bytes as sent show.
    type: Mapped[FileType]
    state: Mapped[State]
    #: Why there is no copy; NULL if there is one.
    reason: Mapped[Reason | None]
    #: Of the copy.
    media_type: Mapped[str | None]
    #: Bytes as sent.
    size: Mapped[int]
    #: SHA-256, hexadecimal, of the copy and of the bytes as sent.
    copy_sha256: Mapped[str | None]
    original_sha256: Mapped[str]
    copy_name: Mapped[str | None] = mapped_column(unique=True)
    thumbnail_name: Mapped[str | None] = mapped_column(unique=True)
    #: NULL where there were too few custodians to keep the original.
    sealed_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("sealed_items.id"), unique=True)
    tool: Mapped[str | None]
    tool_version: Mapped[str | None]
    #: The start of the hour where a reporter gave it.
    created_at: Mapped[datetime]
