"""How common grams of one and two characters are in a table that search reads."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.orm import Session

FRESH_FOR = timedelta(minutes=10)
_ASKED = text(
    "SELECT most_common_elems::text::text[], most_common_elem_freqs, ("
    " SELECT reltuples FROM pg_class WHERE oid = ('public.' || :table)::regclass)"
    " FROM pg_stats"
    " WHERE schemaname = 'public' AND tablename = :table AND attname = 'grams'"
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """How common grams are among the rows, as PostgreSQL knows it."""

    read_at: datetime
    #: The share of rows that hold each common gram, and how much it says: see `_weight`.
    shares: Mapping[str, float]
    weights: Mapping[str, float]
    rows: float

    def is_common(self, grams: Sequence[str], most: int) -> bool:
        """Say whether surely more than `most` rows hold the grams: only one alone can tell.

        Twice as many must be known, since the statistics are those of a sample.
        """
        return len(grams) == 1 and self.shares.get(grams[0], 0.0) * self.rows > 2 * most

    def at_most(self, grams: Sequence[str]) -> float:
        """Return about how many rows can hold all the grams: as many as hold the rarest.

        One that is not known is rarer than all that are.
        """
        unknown = min(self.shares.values(), default=0.0)
        return min((self.shares.get(gram, unknown) for gram in grams), default=1.0) * self.rows


#: By database and table. They change when PostgreSQL next looks, some times a day: nothing shows.
_read: WeakKeyDictionary[Any, dict[str, Statistics]] = WeakKeyDictionary()


def gram_statistics(session: Session, now: datetime, table: str = "case_search") -> Statistics:
    """Return PostgreSQL's own statistics of a table's grams, at most FRESH_FOR old.

    Nothing and 0 on a table that was never analysed: then it is small, and every gram counts
    alike.
    """
    by_table = _read.setdefault(session.get_bind(), {})
    kept = by_table.get(table)
    if kept is not None and kept.shares and abs(now - kept.read_at) < FRESH_FOR:
        return kept
    row = session.execute(_ASKED, {"table": table}).first()
    if row is None or row[0] is None:
        return Statistics(now, {}, {}, 0)
    # The list of shares ends with bounds that belong to no element.
    shares = dict(zip(row[0], row[1], strict=False))
    weights = {gram: _weight(share) for gram, share in shares.items()}
    found = by_table[table] = Statistics(now, shares, weights, float(row[2]))
    return found


def _weight(share: float) -> float:
    """Return a weight around 1: what every second row says weighs little, what is rare 1."""
    return min(1.0, 0.1 - math.log(max(share, 1e-4)) / 6)
