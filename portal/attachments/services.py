"""Take files in, keep them with a report or a case, throw away what nobody needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.attachments import queries
from portal.attachments.kinds import OF_REPORTERS, Area, Part, Purpose, State
from portal.attachments.lifecycle import (
    Allowance,
    Entropy,
    Sized,
    StoredFile,
    Upload,
    decrypted,
    encrypted,
    lacking_room,
    piece_at,
)
from portal.attachments.models import Attachment
from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, TooMany
from portal.integrations.scrubber import Reason, Scrubber
from portal.integrations.store import Missing, ObjectStore
from portal.sealing.envelope import Custodian, can_seal_with
from portal.sealing.queries import sealed_item
from portal.sealing.services import add_original, seal_original

FIELD = "files"
#: What of an upload is at most lost with a line that breaks; at 20 kB/s it takes 13 seconds.
PIECE = 256 * 1024
#: An object is written before its row; until this has passed it may still get one.
GRACE = timedelta(days=1)
#: File times are the start of the hour, so a file looks up to an hour older than it is.
ROUNDING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many objects a sweep removed."""

    drafts: int
    orphans: int


def take_in(
    data: bytes,
    name: str,
    *,
    area: Area,
    already: Sequence[StoredFile] = (),
    allowance: Allowance | None = None,
    custodians: Sequence[Custodian],
    store: ObjectStore,
    scrubber: Scrubber,
    key: bytes,
    entropy: Entropy,
    now: datetime,
) -> StoredFile:
    """Scrub, seal and store a file, before any transaction writes; no row is made.

    In `Area.DRAFTS` the key is the draft's, in `Area.KEPT` the server's for attachments. The name
    is sealed with the original and goes nowhere else. With fewer than two custodians no original
    is kept, and `original_name` is None. Raises Incomplete (empty, too large, too many), TooMany
    if others must be scrubbed first, StoreError.
    """
    refuse_without_room(already, len(data), allowance or Allowance())
    return clean(
        data,
        name,
        file_id=UUID(bytes=entropy(16), version=4),
        area=area,
        custodians=custodians,
        store=store,
        scrubber=scrubber,
        key=key,
        entropy=entropy,
        now=now,
    )


def refuse_without_room(already: Sequence[Sized], size: int, allowance: Allowance) -> None:
    """Raise Incomplete if a file of `size` bytes would break a limit."""
    code = lacking_room(already, size, allowance)
    if code is not None:
        mb = 1_000_000
        each, in_all = allowance.bytes_each // mb, allowance.bytes_in_all // mb
        raise Incomplete(FIELD, code, files=allowance.files, mb_each=each, mb_in_all=in_all)


def keep_piece(
    upload: Upload,
    data: bytes,
    *,
    store: ObjectStore,
    key: bytes,
    entropy: Entropy,
    now: datetime,
) -> tuple[Upload, list[str]]:
    """Store the next bytes of an upload under the draft's key; return it with them.

    A short last piece is put together with them, so that bytes which trickle in make no thousands
    of objects; the names of objects that nobody needs once the draft is kept come second.
    """
    pieces, stale = list(upload.pieces), []
    if pieces and pieces[-1][1] < PIECE:
        last, _size = pieces.pop()
        at = sum(size for _name, size in pieces)
        data = _piece(upload, last, at, store=store, key=key) + data
        stale.append(last)
    part = piece_at(sum(size for _name, size in pieces))
    sealed = encrypted(data, key, file_id=upload.id, part=part, entropy=entropy)
    name = store.put(Area.DRAFTS, sealed, entropy=entropy, now=now)
    return replace(upload, pieces=(*pieces, (name, len(data)))), stale


def whole(upload: Upload, *, store: ObjectStore, key: bytes) -> bytes:
    """Return the bytes of an upload that has arrived. Raises Missing, StoreError; Damaged."""
    parts, at = [], 0
    for name, size in upload.pieces:
        parts.append(_piece(upload, name, at, store=store, key=key))
        at += size
    return b"".join(parts)


def _piece(upload: Upload, name: str, at: int, *, store: ObjectStore, key: bytes) -> bytes:
    return decrypted(store.get(name), key, file_id=upload.id, part=piece_at(at))


def clean(
    data: bytes,
    name: str,
    *,
    file_id: UUID,
    area: Area,
    custodians: Sequence[Custodian],
    store: ObjectStore,
    scrubber: Scrubber,
    key: bytes,
    entropy: Entropy,
    now: datetime,
) -> StoredFile:
    """Scrub, seal and store a file for which there is room. See `take_in`."""
    scrubbed = scrubber.scrub(data)
    if scrubbed.reason is Reason.BUSY:
        raise TooMany
    original_name = copy_name = thumbnail_name = copy_sha256 = None
    if can_seal_with(custodians):
        envelope = seal_original(data, name, keys=custodians, context=file_id, entropy=entropy)
        original_name = store.put(area, envelope, entropy=entropy, now=now)
    if scrubbed.copy is not None and scrubbed.thumbnail is not None:
        copy_sha256 = sha256(scrubbed.copy).hexdigest()
        copy_name, thumbnail_name = (
            store.put(
                area,
                encrypted(picture, key, file_id=file_id, part=part, entropy=entropy),
                entropy=entropy,
                now=now,
            )
            for part, picture in (
                (Part.COPY, scrubbed.copy),
                (Part.THUMBNAIL, scrubbed.thumbnail),
            )
        )
    if copy_name is not None:
        state = State.SHOWN
    else:
        state = State.REFUSED if original_name is None else State.SEALED_ONLY
    return StoredFile(
        id=file_id,
        type=scrubbed.type,
        state=state,
        reason=scrubbed.reason,
        media_type=scrubbed.media_type,
        size=len(data),
        original_sha256=sha256(data).hexdigest(),
        copy_sha256=copy_sha256,
        copy_name=copy_name,
        thumbnail_name=thumbnail_name,
        original_name=original_name,
        tool=scrubbed.tool,
        tool_version=scrubbed.version,
    )


def adopt(
    session: Session,
    files: Sequence[StoredFile],
    *,
    case_id: UUID,
    report_id: UUID,
    purpose: Purpose = Purpose.REPORT,
    thing_id: UUID | None = None,
    store: ObjectStore,
    draft_key: bytes,
    key: bytes,
    entropy: Entropy,
    now: datetime,
) -> list[Attachment]:
    """Keep the files of a draft that is being sent; the draft's own objects stay.

    So a transaction that is rolled back leaves the draft whole; after the commit, `discard` them.
    Objects are on the disk before their rows are made. Raises Incomplete if a draft's object is
    gone, StoreError; Damaged if the draft key is another.
    """
    kept = []
    for file in files:
        try:
            kept.append(_moved(file, store, draft_key, key, entropy=entropy, now=now))
        except Missing as error:
            raise Incomplete(FIELD, "file_expired") from error
    return attach(
        session,
        kept,
        case_id=case_id,
        report_id=report_id,
        purpose=purpose,
        thing_id=thing_id,
        entropy=entropy,
        now=now,
    )


def attach(
    session: Session,
    files: Sequence[StoredFile],
    *,
    case_id: UUID,
    purpose: Purpose,
    report_id: UUID | None = None,
    thing_id: UUID | None = None,
    entropy: Entropy,
    now: datetime,
) -> list[Attachment]:
    """Make the rows of files that were taken in to `Area.KEPT`, in their order."""
    taken = _highest_position(session, case_id, report_id, purpose, thing_id)
    rows = []
    for position, file in enumerate(files, start=taken + 1):
        sealed_id = None
        if file.original_name is not None:
            sealed_id = UUID(bytes=entropy(16), version=4)
            add_original(
                session,
                context=file.id,
                store_name=file.original_name,
                item_id=sealed_id,
                now=now,
            )
        rows.append(
            Attachment(
                id=file.id,
                case_id=case_id,
                report_id=report_id,
                purpose=purpose,
                thing_id=thing_id,
                position=position,
                type=file.type,
                state=file.state,
                reason=file.reason,
                media_type=file.media_type,
                size=file.size,
                copy_sha256=file.copy_sha256,
                original_sha256=file.original_sha256,
                copy_name=file.copy_name,
                thumbnail_name=file.thumbnail_name,
                sealed_item_id=sealed_id,
                tool=file.tool,
                tool_version=file.tool_version,
                created_at=floored_to_hour(now) if purpose in OF_REPORTERS else now,
            )
        )
    session.add_all(rows)
    session.flush()  # the caller records them in its event
    return rows


def give_again(
    session: Session,
    rows: Sequence[Attachment],
    *,
    case_id: UUID,
    report_id: UUID,
    purpose: Purpose,
    store: ObjectStore,
    key: bytes,
    entropy: Entropy,
    now: datetime,
) -> list[Attachment]:
    """Make files of another report of those of one, with objects of their own; those stay.

    The sealed original goes along under the context to which it was sealed. Raises StoreError;
    Damaged, Missing where an object of theirs is gone.
    """
    made = []
    for row in rows:
        new_id, name = UUID(bytes=entropy(16), version=4), {}
        for part, held in ((Part.COPY, row.copy_name), (Part.THUMBNAIL, row.thumbnail_name)):
            plain = held and decrypted(store.get(held), key, file_id=row.id, part=part)
            again = plain and encrypted(plain, key, file_id=new_id, part=part, entropy=entropy)
            name[part] = store.put(Area.KEPT, again, entropy=entropy, now=now) if again else None
        made.append(
            Attachment(
                id=new_id,
                case_id=case_id,
                report_id=report_id,
                purpose=purpose,
                thing_id=None,
                position=row.position,
                type=row.type,
                state=row.state,
                reason=row.reason,
                media_type=row.media_type,
                size=row.size,
                copy_sha256=row.copy_sha256,
                original_sha256=row.original_sha256,
                copy_name=name[Part.COPY],
                thumbnail_name=name[Part.THUMBNAIL],
                sealed_item_id=_sealed_again(session, row, store, entropy, now),
                tool=row.tool,
                tool_version=row.tool_version,
                created_at=floored_to_hour(now),
            )
        )
    session.add_all(made)
    session.flush()  # the caller records them in its event
    return made


def _sealed_again(
    session: Session, row: Attachment, store: ObjectStore, entropy: Entropy, now: datetime
) -> UUID | None:
    held = sealed_item(session, row.sealed_item_id) if row.sealed_item_id else None
    if held is None or held.store_name is None:
        return None
    item_id = UUID(bytes=entropy(16), version=4)
    again = store.copy(held.store_name, Area.KEPT, entropy=entropy, now=now)
    add_original(session, context=held.context, store_name=again, item_id=item_id, now=now)
    return item_id


def discard(store: ObjectStore, files: Sequence[StoredFile | Upload]) -> None:
    """Remove the objects of a draft's files: taken out by the reporter, or adopted."""
    for file in files:
        for name in file.objects:
            store.delete(name)


def follow_report(session: Session, report_id: UUID, *, case_id: UUID) -> None:
    """Take a report's files along to the case that the report goes to (merge, split)."""
    session.execute(
        update(Attachment).where(Attachment.report_id == report_id).values(case_id=case_id)
    )


def sweep(session: Session, store: ObjectStore, *, draft_life: timedelta, now: datetime) -> Swept:
    """Remove the objects of dead drafts, and those older than a day that no row points to.

    `draft_life` is how long a draft lives after its last change; its own row must not outlive it.
    """
    drafts = store.remove_older(Area.DRAFTS, before=now - draft_life - ROUNDING)
    orphans = store.remove_older(
        Area.KEPT,
        before=now - GRACE - ROUNDING,
        keep=lambda names: queries.linked_names(session, names),
    )
    return Swept(drafts, orphans)


def _moved(
    file: StoredFile,
    store: ObjectStore,
    draft_key: bytes,
    key: bytes,
    *,
    entropy: Entropy,
    now: datetime,
) -> StoredFile:
    """Return the same file with objects of its own in `Area.KEPT`, under the server's key."""

    def again(name: str | None, part: Part) -> str | None:
        if name is None:
            return None
        plain = decrypted(store.get(name), draft_key, file_id=file.id, part=part)
        under_key = encrypted(plain, key, file_id=file.id, part=part, entropy=entropy)
        return store.put(Area.KEPT, under_key, entropy=entropy, now=now)

    original = file.original_name
    return replace(
        file,
        copy_name=again(file.copy_name, Part.COPY),
        thumbnail_name=again(file.thumbnail_name, Part.THUMBNAIL),
        original_name=original and store.copy(original, Area.KEPT, entropy=entropy, now=now),
    )


def _highest_position(
    session: Session,
    case_id: UUID,
    report_id: UUID | None,
    purpose: Purpose,
    thing_id: UUID | None,
) -> int:
    highest = session.scalar(
        select(func.max(Attachment.position)).where(
            Attachment.case_id == case_id,
            Attachment.report_id.is_not_distinct_from(report_id),
            Attachment.purpose == purpose,
            Attachment.thing_id.is_not_distinct_from(thing_id),
        )
    )
    return highest or 0
