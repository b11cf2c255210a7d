"""A page of the register: all units by name, or those that hold every word.

What is searched for is found in one of two ways, since neither is quick for both rare and common
words. At most some thousand matches are looked up and sorted by name. If there are more, the
register is walked in the order of its ids, which are drawn at random: so common words turn up
early, however many units there are, and nobody reads a thousand names in their order anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, literal, or_, select, true, tuple_
from sqlalchemy.orm import Session

from portal.foundation.gram_statistics import Statistics, gram_statistics
from portal.foundation.grams import WORD, folded, query_grams
from portal.presets.kinds import Taxonomy
from portal.units.lifecycle.fields import colour_mark, marks_of, place_mark, sector_mark
from portal.units.models import Unit

PAGE = 25
#: Fewer matches than this are sorted; so many or more are met in the order of ids.
SORTED_UP_TO = 1000
#: So many units are looked at before words that seem common are taken to be rare together.
WALKED = 4000
NO_ID = UUID(int=0)


class Order(StrEnum):
    """In which order a page stands."""

    NAME = "name"
    #: As it comes: there are too many to sort.
    ID = "id"


@dataclass(frozen=True, slots=True)
class Key:
    """The last unit of a page: the next one begins behind it."""

    order: Order
    id: UUID
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for; empty fields ask nothing. `place` is a district or a township."""

    words: str = ""
    sector: str = ""
    place: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of units."""

    units: Sequence[Unit]
    #: None: this is the last page.
    next_key: Key | None
    order: Order


#: Grams that stand for one word: a unit holds it if it holds all of one list.
Ways = list[list[str]]


def register(
    session: Session,
    wanted: Wanted,
    taxonomy: Taxonomy,
    *,
    now: datetime,
    after: Key | None = None,
    limit: int = PAGE,
) -> Page:
    """Return a page of the units that are wanted."""
    asked = ways_of(wanted, taxonomy)
    if not asked:
        # Words without a letter or digit find nothing; no words at all ask for everything.
        if wanted.words.strip():
            return Page(units=[], next_key=None, order=Order.NAME)
        return _by_name(session, select(Unit), after, limit)
    if after is not None and after.order is Order.ID:
        return _by_id(session, asked, after.id, limit)
    known = gram_statistics(session, now, "units")
    if after is None and _at_most(asked, known) > SORTED_UP_TO:
        page, _last = _walk(session, asked, NO_ID, limit)
        if page.next_key is not None:
            return page
    # Found first: PostgreSQL would else walk all names for a page of 25.
    found = select(Unit.id).where(_holds(Unit.grams, asked))
    hits = found.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    return _by_name(session, select(Unit).join(hits, hits.c.id == Unit.id), after, limit)


def ways_of(wanted: Wanted, taxonomy: Taxonomy) -> list[Ways]:
    """Return what a unit must hold, for each word the ways to hold it.

    A word is held by name, address and code, or by a sector or place that bears it in Chinese or
    in English.
    """
    asked: list[Ways] = [
        [query_grams(word), *([mark] for mark in marks_of(word, taxonomy))]
        for word in WORD.findall(folded(wanted.words))
    ]
    if wanted.sector:
        asked.append([[sector_mark(wanted.sector)]])
    if wanted.place:
        asked.append([[place_mark(wanted.place)]])
    if wanted.colour:
        asked.append([[colour_mark(wanted.colour)]])
    return asked


def holds_all(wanted: Wanted, taxonomy: Taxonomy) -> ColumnElement[bool]:
    """Say in SQL that a unit is wanted, for use within another question."""
    asked = ways_of(wanted, taxonomy)
    if not asked:
        return false() if wanted.words.strip() else true()
    return _holds(Unit.grams, asked)


def _holds(column: Any, asked: Iterable[Ways]) -> ColumnElement[bool]:
    """Say in SQL that grams hold a way of each word."""
    kind = Unit.grams.type
    return and_(*(or_(*(column.contains(literal(way, kind)) for way in ways)) for ways in asked))


def _at_most(asked: Iterable[Ways], known: Statistics) -> float:
    """Return about how many units can hold what is asked for."""
    return min(sum(known.at_most(grams) for grams in ways) for ways in asked)


def _by_name(session: Session, query: Select[Any], after: Key | None, limit: int) -> Page:
    if after is not None:
        query = query.where(tuple_(Unit.name, Unit.id) > tuple_(after.name, after.id))
    found = session.scalars(query.order_by(Unit.name, Unit.id).limit(limit + 1)).all()
    units = found[:limit]
    last = units[-1] if len(found) > limit else None
    key = Key(Order.NAME, last.id, last.name) if last else None
    return Page(units=units, next_key=key, order=Order.NAME)


def _by_id(session: Session, asked: Sequence[Ways], after: UUID, limit: int) -> Page:
    """Walk on until the page is full or the register ends."""
    units: list[Unit] = []
    here: UUID | None = after
    while here is not None:
        page, here = _walk(session, asked, here, limit - len(units))
        units += page.units
        if page.next_key is not None:
            return Page(units=units, next_key=page.next_key, order=Order.ID)
    return Page(units=units, next_key=None, order=Order.ID)


def _walk(
    session: Session, asked: Sequence[Ways], after: UUID, limit: int
) -> tuple[Page, UUID | None]:
    """Look at the next WALKED units: a page, and where to walk on; None at the end."""
    part = (
        select(Unit.id, Unit.grams).where(Unit.id > after).order_by(Unit.id).limit(WALKED)
    ).subquery("part")
    some = select(part.c.id).where(_holds(part.c.grams, asked)).order_by(part.c.id).limit(limit + 1)
    ids = session.scalars(some).all()
    units = session.scalars(select(Unit).where(Unit.id.in_(ids[:limit])).order_by(Unit.id)).all()
    if len(ids) > limit:
        return Page(units=units, next_key=Key(Order.ID, ids[limit - 1]), order=Order.ID), None
    last = select(Unit.id).where(Unit.id > after).order_by(Unit.id).offset(WALKED - 1).limit(1)
    return Page(units=units, next_key=None, order=Order.ID), session.scalar(last)
