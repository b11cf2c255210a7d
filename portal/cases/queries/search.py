"""Search: numbers, units, places, words; in Chinese from one character on."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.access.kinds import Action, Actor
from portal.cases.models import Case, CaseSearch
from portal.cases.queries.lists import AFTER, MADE, PAGE, Key, Listed, dressed
from portal.cases.visibility import visible_to
from portal.foundation.gram_statistics import gram_statistics
from portal.foundation.grams import folded, query_grams
from portal.units.queries import ids_like, pattern_of

#: Fewer matches than this are sorted; so many or more are common enough to be met in order.
SORTED_UP_TO = 1000
NUMBER = re.compile(r"\d{4}-\d{4,}")
UNITS = 50


def case_numbered(session: Session, actor: Actor, words: str) -> Case | None:
    """Return the case whose number was typed, if the actor can see it."""
    number = folded(words).strip()
    if not NUMBER.fullmatch(number):
        return None
    return session.scalar(select(Case).where(Case.number == number, visible_to(actor)))


def cases_shown(session: Session, actor: Actor, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the numbers of those of the cases that the actor can see."""
    if not ids:
        return {}
    seen = visible_to(actor, Action.READ_FILE)
    rows = session.execute(select(Case.id, Case.number).where(Case.id.in_(ids), seen))
    return {case_id: number for case_id, number in rows}


def search(
    session: Session,
    actor: Actor,
    words: str,
    *,
    now: datetime,
    after: Key | None = None,
    limit: int = PAGE,
) -> Listed:
    """Return cases that hold every word, or whose unit's name does, the newest first.

    Two ways, since neither plan is quick for both rare and common words: fewer than 1,001 matches
    are sorted; if there are more, the newest are walked until the page is full. PostgreSQL knows
    of the most common words that they are; for all others the matches are counted.
    """
    grams = query_grams(words)
    if not grams:
        return dressed(session, [])
    given: dict[str, Any] = {"grams": grams, "pattern": pattern_of(words.strip())}
    if gram_statistics(session, now).is_common(grams, SORTED_UP_TO):
        is_rare, units = False, session.scalar(_UNITS, given)
    else:
        count, units = session.execute(_LOOKED_AT, given).one()
        is_rare = count <= SORTED_UP_TO
    given |= {"units": units, "rows": limit + 1}
    if after is not None:
        given |= {"after": after[0], "after_id": after[1]}
    query = _found(
        actor,
        is_rare=is_rare,
        has_units=bool(units),
        is_after=after is not None,
    )
    found = session.scalars(query, given).all()
    cases, more = found[:limit], found[limit:]
    key: tuple[datetime, UUID] | None = None
    if more:
        key = (cases[-1].opened_at, cases[-1].id)
    return dressed(session, cases, next_key=key, next_number=more[0].number if more else None)


# Made once: to build them anew takes longer than to ask for a rare word.
_HOLDS = CaseSearch.grams.contains(bindparam("grams", type_=CaseSearch.grams.type))
_SOME = select(CaseSearch.case_id).where(_HOLDS).limit(SORTED_UP_TO + 1)
_IDS = func.array(ids_like(UNITS).scalar_subquery())
_UNITS = select(_IDS)
_LOOKED_AT = select(select(func.count()).select_from(_SOME.subquery()).scalar_subquery(), _IDS)


@lru_cache(MADE)
def _found(actor: Actor, *, is_rare: bool, has_units: bool, is_after: bool) -> Select[Case]:
    of_units = Case.unit_id == any_(bindparam("units", type_=ARRAY(Uuid)))
    if is_rare:
        some: Any = union(_SOME, select(Case.id).where(of_units)) if has_units else _SOME
        matches: ColumnElement[bool] = Case.id.in_(some)
    else:
        matches = exists().where(CaseSearch.case_id == Case.id, _HOLDS)
        matches = or_(matches, of_units) if has_units else matches
    query = select(Case).where(matches, visible_to(actor))
    if is_after:
        query = query.where(tuple_(Case.opened_at, Case.id) < tuple_(*AFTER))
    query = query.order_by(Case.opened_at.desc(), Case.id.desc())
    return query.limit(bindparam("rows", type_=Integer))
