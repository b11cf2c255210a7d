"""The table of preset versions."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.foundation.db import Base
from portal.presets.kinds import PresetKind, PresetSource


class PresetVersion(Base):
    """One version of one part. Rows are only added: what was decided under one can be replayed."""

    __tablename__ = "preset_versions"
    __table_args__ = (
        UniqueConstraint("kind", "code", "version"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[PresetKind]
    #: Which of several; "" where a preset has one.
    code: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int]
    holds_from: Mapped[datetime]
    #: What `contents.to_content` gives; read again by `contents.from_content`.
    content: Mapped[dict[str, Any]]
    #: SHA-256 of the canonical JSON of `content`, in hexadecimal.
    digest: Mapped[str]
    source: Mapped[PresetSource]
    loaded_at: Mapped[datetime]


class ChecklistDraft(Base):
    """What an administrator writes and has not published: one for each checklist."""

    __tablename__ = "checklist_drafts"

    code: Mapped[str] = mapped_column(primary_key=True)
    #: As `contents.to_content` gives it; need not be whole.
    content: Mapped[dict[str, Any]]
    #: Counts the changes, so that who changes it has seen the last one.
    edits: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
