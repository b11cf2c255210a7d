"""Whether the sealed history is whole: leaves, chain, head, and the words that events hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.history.lifecycle import START, Head, as_json, chain_link, commitment, leaf_hash
from portal.history.models import Event, Seal, Text

BATCH = 5_000
#: So many findings are named; all are counted.
NAMED = 100

SEALED = text("""
    SELECT s.position, s.event_seq, s.link, s.below_tx, s.next_tx,
           e.seq, e.at, e.case_id, e.case_version, e.kind, e.from_state, e.to_state, e.role,
           e.account_id, e.person_id, e.payload, e.leaf, e.tx::text::bigint AS tx
    FROM seals s LEFT JOIN events e ON e.seq = s.event_seq
    WHERE s.position > :after
    ORDER BY s.position
""")
UNSEALED = text("""
    SELECT e.seq, e.at, e.case_id, e.case_version, e.kind, e.from_state, e.to_state, e.role,
           e.account_id, e.person_id, e.payload, e.leaf, e.tx::text::bigint AS tx
    FROM events e LEFT JOIN seals s ON s.event_seq = e.seq
    WHERE s.event_seq IS NULL
    ORDER BY e.seq
""")
STRAY_TEXTS = text("""
    WITH used AS (
      SELECT (said.value ->> 'id')::uuid AS id
      FROM events e, jsonb_each(e.payload -> 'texts') said
      WHERE jsonb_typeof(e.payload -> 'texts') = 'object'
    )
    SELECT t.id, t.case_id FROM texts t LEFT JOIN used u ON u.id = t.id WHERE u.id IS NULL
    ORDER BY t.id
""")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: `kind` says what, the rest where."""

    kind: str
    seq: int | None = None
    position: int | None = None
    case_id: UUID | None = None
    at: datetime | None = None
    #: A text's or row's id, a column, or what was expected.
    detail: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """What the sentence of `kinds.FINDINGS` names."""
        return {
            "seq": self.seq,
            "position": self.position,
            "case": self.case_id,
            "detail": self.detail,
        }

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "kind": self.kind,
            "seq": self.seq,
            "position": self.position,
            "case": as_json(self.case_id),
            "at": as_json(self.at),
            "detail": self.detail,
        }


@dataclass(slots=True)
class Findings:
    """The first findings by name, and how many there are."""

    named: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, kind: str, **where: Any) -> None:
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(Finding(kind, **where))


@dataclass(slots=True)
class Chain:
    """What came of reading the chain; `findings` is empty if all fits."""

    findings: Findings
    sealed: int = 0
    unsealed: int = 0
    texts: int = 0
    erased: int = 0


class _Walk:
    """Follows the chain and says where it breaks."""

    def __init__(self, session: Session, key: bytes, chain: Chain) -> None:
        self.session, self.key, self.chain = session, key, chain
        self.findings = chain.findings
        self.position = 0
        #: The link as it must be, and as it stands: an altered one must not blame its follower.
        self.expected = self.stored = START
        self.highest_seq = 0
        self.earlier_seq = 0
        self.below = self.next_tx = 0
        self.links: dict[int, bytes] = {}

    def sealed(self, row: Any, wanted: int | None) -> None:
        """Check one seal and its event."""
        while self.position + 1 < row.position:
            self.position += 1
            self.findings.add("seal_missing", position=self.position)
            # What comes next can only be compared with what stands before it no more.
            self.expected = self.stored = b""
        self.position = row.position
        if (row.below_tx, row.next_tx) != (self.below, self.next_tx):
            self.earlier_seq = self.highest_seq
            self.was_below, self.was_next = self.below, self.next_tx
            self.below, self.next_tx = row.below_tx, row.next_tx
        if row.seq is None:
            self.findings.add("event_missing", seq=row.event_seq, position=row.position)
            self.expected = self.stored = row.link
        else:
            self._event(row)
            self._order(row)
        self.highest_seq = max(self.highest_seq, row.event_seq)
        if row.position == wanted:
            self.links[row.position] = row.link

    def _event(self, row: Any) -> None:
        leaf = leaf_of(row)
        where = {
            "seq": row.seq,
            "position": row.position,
            "case_id": row.case_id,
            "at": row.at,
            "detail": row.kind,
        }
        expected = self._link(row, leaf, self.expected) if self.expected else row.link
        if leaf != row.leaf:
            self.findings.add("event_altered", **where)
        elif row.link != expected and row.link != self._link(row, leaf, self.stored):
            self.findings.add("event_or_seal_altered", **where)
        self.expected, self.stored = expected, row.link

    def _link(self, row: Any, leaf: bytes, before: bytes) -> bytes:
        return chain_link(
            self.key,
            before,
            position=row.position,
            seq=row.event_seq,
            tx=row.tx,
            below=row.below_tx,
            next_tx=row.next_tx,
            leaf=leaf,
        )

    was_below = was_next = 0

    def _order(self, row: Any) -> None:
        """An event of a transaction that had ended at the sealing before belongs into that one."""
        if self.was_next and self._is_put_in(row, self.was_below, self.was_next, self.earlier_seq):
            self.findings.add(
                "event_put_in",
                seq=row.seq,
                position=row.position,
                case_id=row.case_id,
                at=row.at,
                detail=row.kind,
            )

    @staticmethod
    def _is_put_in(row: Any, below: int, next_tx: int, highest: int) -> bool:
        """Tell whether an event not in a sealing can't have come after it.

        All transactions under `below` had ended then. One that had not begun then takes a number
        of its own from beyond all that were sealed.
        """
        return bool(row.tx < below or (row.tx >= next_tx and row.seq < highest))

    def unsealed(self, row: Any) -> None:
        """Check an event that is not sealed yet."""
        where = {"seq": row.seq, "case_id": row.case_id, "at": row.at, "detail": row.kind}
        if leaf_of(row) != row.leaf:
            self.findings.add("event_altered", **where)
        if self.next_tx and self._is_put_in(row, self.below, self.next_tx, self.highest_seq):
            self.findings.add("event_put_in", **where)
        elif self.position and not self.next_tx and row.seq < self.highest_seq:
            # After a restore everything present was sealed at once.
            self.findings.add("event_put_in", **where)


def leaf_of(row: Any) -> bytes:
    """Return the leaf of an event as its row stands."""
    return leaf_hash(
        at=row.at,
        case_id=row.case_id,
        case_version=row.case_version,
        kind=row.kind,
        from_state=row.from_state,
        to_state=row.to_state,
        role=row.role,
        account_id=row.account_id,
        person_id=row.person_id,
        payload=row.payload,
    )


def verify_chain(session: Session, key: bytes, head: Head | None, *, newest: int = 0) -> Chain:
    """Recompute leaves, chain, head and the commitments of texts, and name what does not fit.

    `newest` above 0 looks only at so many newest seals and no texts, for a page. The seals may
    be ahead of the head by what was sealed since it was written, never behind.
    """
    chain = Chain(Findings())
    walk = _Walk(session, key, chain)
    last = session.scalar(select(func.max(Seal.position))) or 0
    if newest and last > newest:
        _start_at(session, walk, last - newest)
    for rows in _batches(session, SEALED, after=walk.position):
        for row in rows:
            walk.sealed(row, head.position if head else None)
        chain.sealed += len(rows)
        if not newest:
            _check_texts(session, chain, rows)
    _check_head(walk, head, last, newest)
    for rows in _batches(session, UNSEALED):
        for row in rows:
            walk.unsealed(row)
        chain.unsealed += len(rows)
        if not newest:
            _check_texts(session, chain, rows)
    if not newest:
        for text_id, case_id in session.execute(STRAY_TEXTS):
            chain.findings.add("text_without_event", case_id=case_id, detail=str(text_id))
    return chain


def _start_at(session: Session, walk: _Walk, position: int) -> None:
    before = session.execute(
        select(Seal.link, Seal.below_tx, Seal.next_tx).where(Seal.position == position)
    ).one_or_none()
    walk.position = position
    walk.expected = walk.stored = before.link if before else b""
    walk.highest_seq = (
        session.scalar(select(func.max(Seal.event_seq)).where(Seal.position <= position)) or 0
    )
    if before:
        walk.below, walk.next_tx = before.below_tx, before.next_tx


def _batches(session: Session, wanted: Any, **values: Any) -> Iterator[Sequence[Any]]:
    # A cursor on the server: the whole history does not fit into memory.
    stream = session.execute(wanted, values, execution_options={"yield_per": BATCH})
    yield from stream.partitions()


def _check_head(walk: _Walk, head: Head | None, last: int, newest: int) -> None:
    if head is None:
        if last:
            walk.findings.add("head_missing", position=last)
    elif head.position > last:
        walk.findings.add("seals_cut", position=last, detail=str(head.position))
    elif head.position and head.position in walk.links:
        if walk.links[head.position] != head.link:
            walk.findings.add("head_differs", position=head.position)
    elif head.position and not newest:
        walk.findings.add("head_differs", position=head.position)


def _check_texts(session: Session, chain: Chain, rows: Sequence[Any]) -> None:
    """Compare each text with what its event commits to; an erased one is only counted."""
    said = dict(_references(rows))
    if not said:
        return
    found = {
        row.id: row
        for row in session.execute(
            select(Text.id, Text.case_id, Text.salt, Text.body, Text.commitment).where(
                Text.id.in_(said)
            )
        )
    }
    for text_id, (committed, row) in said.items():
        kept = found.get(text_id)
        where = {"seq": row.seq, "case_id": row.case_id, "at": row.at, "detail": str(text_id)}
        if kept is None:
            chain.findings.add("text_missing", **where)
            continue
        chain.texts += 1
        if kept.commitment.hex() != committed or kept.case_id != row.case_id:
            chain.findings.add("text_altered", **where)
        elif kept.body is None or kept.salt is None:
            chain.erased += 1
        elif commitment(kept.salt, kept.body) != kept.commitment:
            chain.findings.add("text_altered", **where)


def _references(rows: Sequence[Any]) -> Iterator[tuple[UUID, tuple[str, Any]]]:
    for row in rows:
        payload: Mapping[str, Any] = row.payload or {}
        texts = payload.get("texts")
        if isinstance(texts, Mapping):
            for said in texts.values():
                yield UUID(said["id"]), (said["commitment"], row)


def event_count(session: Session) -> int:
    """Return how many events there are."""
    return int(session.scalar(select(func.count()).select_from(Event)) or 0)
