"""Register and retire custodians' keys; seal."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.foundation.clock import floored_to_hour
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.sealing import queries
from portal.sealing.envelope import Custodian, Entropy, can_seal_with, seal
from portal.sealing.models import CustodianKey, SealedItem, SealedKind

#: The length of an envelope must not tell whether a name, a telephone number or both were given.
CONTACT_BLOCK = 512


def register(
    session: Session,
    custodian: Custodian,
    *,
    label: str,
    account_id: UUID | None = None,
    now: datetime,
) -> CustodianKey:
    """Let new envelopes be sealed to this key as well.

    Raises Incomplete if the key has not 32 bytes or is registered already, or if the account has
    a live key.
    """
    if len(custodian.public) != 32:
        raise Incomplete("public_key", "key_damaged")
    same = (CustodianKey.public_key == custodian.public) | (CustodianKey.id == custodian.id)
    if session.scalar(select(CustodianKey.id).where(same)):
        raise Incomplete("public_key", "key_registered_already")
    if account_id is not None:
        live = CustodianKey.account_id == account_id, CustodianKey.retired_at.is_(None)
        if session.scalar(select(CustodianKey.id).where(*live)):
            raise Incomplete("account_id", "custodian_has_live_key")
    key = CustodianKey(
        id=custodian.id,
        account_id=account_id,
        label=label,
        public_key=custodian.public,
        created_at=now,
    )
    session.add(key)
    session.flush()  # so that `live_keys` of the same unit of work sees it
    return key


def retire(session: Session, key_id: UUID, *, now: datetime) -> CustodianKey:
    """Seal nothing more to this key; what was sealed to it stays so.

    Raises NotFound; OutOfTurn if it is retired already.
    """
    key = session.get(CustodianKey, key_id, with_for_update=True, populate_existing=True)
    if key is None:
        raise NotFound
    if key.retired_at is not None:
        raise OutOfTurn
    key.retired_at = now
    session.flush()  # as in `register`
    return key


def seal_contact(
    session: Session,
    fields: Mapping[str, str],
    *,
    context: UUID,
    entropy: Entropy,
    now: datetime,
) -> UUID:
    """Seal a reporter's contact details to the live custodians and return the item's id.

    The envelope holds the fields as JSON, filled with spaces to a multiple of 512 bytes. Raises
    Incomplete without two live keys: the form should not have offered the fields.
    """
    keys = queries.live_keys(session)
    if not can_seal_with(keys):
        raise Incomplete("contact", "no_custodians")
    plain = json.dumps(dict(fields)).encode()  # ASCII: even a lone surrogate comes back
    plain = plain.ljust(-(-len(plain) // CONTACT_BLOCK) * CONTACT_BLOCK)
    envelope = seal(
        plain, keys=keys, context=context_of(SealedKind.CONTACT, context), entropy=entropy
    )
    item = SealedItem(
        id=UUID(bytes=entropy(16), version=4),
        kind=SealedKind.CONTACT,
        context=context,
        envelope=envelope,
        created_at=floored_to_hour(now),
    )
    session.add(item)
    session.flush()  # the caller points to the row
    return item.id


def seal_original(
    data: bytes,
    name: str,
    *,
    keys: Sequence[Custodian],
    context: UUID,
    entropy: Entropy,
) -> bytes:
    """Return the envelope of an original file together with its name.

    The plain bytes are one line of JSON, `{"name": …}`, and the file as it came.
    """
    head = json.dumps({"name": name}).encode() + b"\n"
    where = context_of(SealedKind.ORIGINAL, context)
    return seal(head + data, keys=keys, context=where, entropy=entropy)


def add_original(
    session: Session, *, context: UUID, store_name: str, item_id: UUID, now: datetime
) -> SealedItem:
    """Enter an original whose envelope lies in the object store under `store_name`."""
    item = SealedItem(
        id=item_id,
        kind=SealedKind.ORIGINAL,
        context=context,
        store_name=store_name,
        created_at=floored_to_hour(now),
    )
    session.add(item)
    session.flush()  # attachments point to the row
    return item


def context_of(kind: SealedKind, context: UUID) -> bytes:
    """Return the bytes that an envelope of this kind is bound to."""
    return f"{kind}:".encode() + context.bytes
