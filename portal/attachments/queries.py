"""Attachments and their bytes; who may see a case's files is asked before, in the case's room."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.attachments.kinds import OF_REPORTERS, Part
from portal.attachments.lifecycle import Damaged, StoredFile, decrypted
from portal.attachments.models import Attachment
from portal.foundation.errors import NotFound
from portal.integrations.store import Missing, ObjectStore
from portal.sealing.models import SealedItem

ORDER = Attachment.created_at, Attachment.position, Attachment.id


def of_case(session: Session, case_id: UUID) -> list[Attachment]:
    """Return all files of a case, oldest first."""
    return list(
        session.scalars(select(Attachment).where(Attachment.case_id == case_id).order_by(*ORDER))
    )


def of_report(session: Session, report_id: UUID) -> list[Attachment]:
    """Return what one reporter gave, with the report and in messages, oldest first."""
    chosen = select(Attachment).where(
        Attachment.report_id == report_id, Attachment.purpose.in_(OF_REPORTERS)
    )
    return list(session.scalars(chosen.order_by(*ORDER)))


def of_things(session: Session, thing_ids: Sequence[UUID]) -> dict[UUID, list[Attachment]]:
    """Return the files of each message, inspection, item or review; [] where there are none."""
    found: dict[UUID, list[Attachment]] = {thing_id: [] for thing_id in thing_ids}
    chosen = select(Attachment).where(Attachment.thing_id.in_(thing_ids)).order_by(*ORDER)
    for row in session.scalars(chosen):
        if row.thing_id is not None:
            found[row.thing_id].append(row)
    return found


def attachment(session: Session, attachment_id: UUID, *, case_id: UUID) -> Attachment:
    """Return one file of a case. Raises NotFound, also for a file of another case."""
    row = session.get(Attachment, attachment_id)
    if row is None or row.case_id != case_id:
        raise NotFound
    return row


def content(
    row: Attachment, *, store: ObjectStore, key: bytes, part: Part = Part.COPY
) -> tuple[bytes, str]:
    """Return the bytes of a copy or thumbnail, and their media type.

    `key` is the server's key for attachments. Raises NotFound if no copy is shown; Damaged if it
    is not what was stored.
    """
    name = row.copy_name if part is Part.COPY else row.thumbnail_name
    if name is None or row.media_type is None:
        raise NotFound
    data = _read(store, name, key, row.id, part)
    if part is Part.THUMBNAIL:
        return data, "image/jpeg"
    if sha256(data).hexdigest() != row.copy_sha256:
        raise Damaged("a copy is not the one that the row and its event name")
    return data, row.media_type


def draft_content(
    file: StoredFile, *, store: ObjectStore, draft_key: bytes, part: Part = Part.THUMBNAIL
) -> tuple[bytes, str]:
    """Return the bytes of a draft's file for whoever holds the draft. See `content`."""
    name = file.copy_name if part is Part.COPY else file.thumbnail_name
    if name is None or file.media_type is None:
        raise NotFound
    media_type = file.media_type if part is Part.COPY else "image/jpeg"
    return _read(store, name, draft_key, file.id, part), media_type


def facts(row: Attachment) -> dict[str, Any]:
    """Return what the event that brought the file holds of it: codes and hashes, no words."""
    return {
        "attachment": str(row.id),
        "purpose": row.purpose.value,
        "state": row.state.value,
        "reason": None if row.reason is None else row.reason.value,
        "copy_sha256": row.copy_sha256,
        "original_sha256": row.original_sha256,
        "original_sealed": row.sealed_item_id is not None,
        "tool": row.tool,
        "tool_version": row.tool_version,
    }


def linked_names(session: Session, names: Sequence[str]) -> set[str]:
    """Return those of the names of objects that a row points to."""
    columns = Attachment.copy_name, Attachment.thumbnail_name, SealedItem.store_name
    linked: set[str] = set()
    for column in columns:
        found = session.scalars(select(column).where(column.in_(names)))
        linked.update(name for name in found if name is not None)
    return linked


def _read(store: ObjectStore, name: str, key: bytes, file_id: UUID, part: Part) -> bytes:
    try:
        data = store.get(name)
    except Missing as error:
        raise Damaged("an object is missing from the store") from error
    return decrypted(data, key, file_id=file_id, part=part)
