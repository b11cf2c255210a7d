"""How common grams of one and two characters are among the cases."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.orm import Session

FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Statistics:
    """How common grams are among the cases, as PostgreSQL knows it."""

    read_at: datetime
    #: The share of cases that hold each common gram, and how much it says: see `_weight`.
    shares: Mapping[str, float]
    weights: Mapping[str, float]
    cases: float

    def is_common(self, grams: Sequence[str], most: int) -> bool:
        """Say whether surely more than `most` cases hold the grams: only one alone can tell.

        Twice as many must be known, since the statistics are those of a sample.
        """
        return len(grams) == 1 and self.shares.get(grams[0], 0.0) * self.cases > 2 * most


#: By database. They change when PostgreSQL next looks, some times a day: nothing shows them.
_read: WeakKeyDictionary[Any, Statistics] = WeakKeyDictionary()


def gram_statistics(session: Session, now: datetime) -> Statistics:
    """Return PostgreSQL's own statistics, at most FRESH_FOR old.

    Nothing and 0 on a database that was never analysed: then it is small, and every gram counts
    alike.
    """
    engine = session.get_bind()
    kept = _read.get(engine)
    if kept is not None and kept.shares and abs(now - kept.read_at) < FRESH_FOR:
        return kept
    row = session.execute(
        text(
            "SELECT most_common_elems::text::text[], most_common_elem_freqs, ("
            " SELECT reltuples FROM pg_class WHERE oid = 'public.case_search'::regclass)"
            " FROM pg_stats"
            " WHERE schemaname = 'public' AND tablename = 'case_search' AND attname = 'grams'"
        )
    ).first()
    if row is None or row[0] is None:
        return Statistics(now, {}, {}, 0)
    # The list of shares ends with bounds that belong to no element.
    shares = dict(zip(row[0], row[1], strict=False))
    weights = {gram: _weight(share) for gram, share in shares.items()}
    found = _read[engine] = Statistics(now, shares, weights, float(row[2]))
    return found


def _weight(share: float) -> float:
    """Return a weight around 1: what every second case says weighs little, what is rare 1."""
    return min(1.0, 0.1 - math.log(max(share, 1e-4)) / 6)
