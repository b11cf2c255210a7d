"""Sealing: a chain of keyed hashes over the events, in an order of its own without gaps."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.foundation.clock import floored_to_hour, now
from portal.foundation.errors import SettingError
from portal.foundation.secrets import replace_file
from portal.history.lifecycle import START, Head, chain_link
from portal.history.models import Seal

#: Two sealings at once would give one position to two events.
LOCK = 0x5EA1
BATCH = 10_000
#: In the data folder, beside the database and not in it.
HEAD_FILE = "history.head"

PENDING = text("""
    SELECT e.seq, e.leaf, e.tx::text::bigint AS tx,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS below,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
    FROM events e LEFT JOIN seals s ON s.event_seq = e.seq
    WHERE s.event_seq IS NULL
      AND (:all_present OR e.tx < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY e.seq
""")


def seal_pending(session: Session, key: bytes, *, all_present: bool = False) -> int:
    """Seal every event that no running transaction can precede any more; return how many.

    `all_present` is for the first sealing after a restore, which nothing else may write beside:
    the transactions of another server say nothing here. The caller commits, then writes the head.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = newest(session)
    position, link = (last.position, last.link) if last else (0, START)
    rows = session.execute(PENDING, {"all_present": all_present}).all()
    for first in range(0, len(rows), BATCH):
        batch: list[dict[str, Any]] = []
        for row in rows[first : first + BATCH]:
            position += 1
            # After a restore the numbers make no claim about what ran then.
            below, next_tx = (0, 0) if all_present else (row.below, row.next)
            link = chain_link(
                key,
                link,
                position=position,
                seq=row.seq,
                tx=row.tx,
                below=below,
                next_tx=next_tx,
                leaf=row.leaf,
            )
            batch.append(
                {
                    "position": position,
                    "event_seq": row.seq,
                    "link": link,
                    "below_tx": below,
                    "next_tx": next_tx,
                }
            )
        session.execute(insert(Seal), batch)
    return len(rows)


def newest(session: Session) -> Head | None:
    """Return the newest seal's place in the chain, None before the first."""
    row: Sequence[Any] | None = session.execute(
        select(Seal.position, Seal.link).order_by(Seal.position.desc()).limit(1)
    ).one_or_none()
    return Head(row[0], row[1]) if row is not None else None


def keep_newest(session: Session, path: Path) -> Head | None:
    """Keep the newest seal's place in the file at `path` and return it.

    In a unit of work of its own, after the one that sealed: what is kept must be committed. A head
    that the chain in the database does not go on from stays, since it is what shows that seals
    were cut or exchanged.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last, kept = newest(session), read_head(path)
    if last is not None and last != kept and goes_on(session, kept):
        write_head(path, last)
    return last


def goes_on(session: Session, kept: Head | None) -> bool:
    """Say whether the chain still holds the seal that was kept as its head."""
    if kept is None or kept.position == 0:
        return True
    link = session.scalar(select(Seal.link).where(Seal.position == kept.position))
    return link == kept.link


def write_head(path: Path, head: Head) -> None:
    """Keep the head in a file of 0600; a crash leaves the old one or the new one."""
    content = json.dumps({"position": head.position, "link": head.link.hex()})
    replace_file(path, content.encode())
    # To the hour, as all that comes of what a reporter does: the seal follows within a minute.
    hour = floored_to_hour(now()).timestamp()
    for changed in (path, path.parent):
        os.utime(changed, (hour, hour))


def read_head(path: Path) -> Head | None:
    """Return the head in the file, None if there is none. Raises SettingError if unreadable."""
    if not path.exists():
        return None
    try:
        kept = json.loads(path.read_text())
        return Head(int(kept["position"]), bytes.fromhex(kept["link"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"{path} is no head of the history: put it back from a backup, or from what an auditor "
            "holds."
        ) from error
