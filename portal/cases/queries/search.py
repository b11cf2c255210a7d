"""Search: numbers, units, places, words; in Chinese from one character on."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_, union
from sqlalchemy.orm import Session

from portal.access.kinds import Actor
from portal.cases.lifecycle.grams import folded, query_grams
from portal.cases.models import Case, CaseSearch
from portal.cases.queries.lists import PAGE, Key, Listed, dressed
from portal.cases.visibility import visible_to
from portal.units.queries import ids_like

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


def search(
    session: Session,
    actor: Actor,
    words: str,
    *,
    after: Key | None = None,
    limit: int = PAGE,
) -> Listed:
    """Return cases that hold every word, or whose unit's name does, the newest first.

    Two ways, since neither plan is quick for both rare and common words: 1,001 matches are
    counted; if there are fewer they are sorted, else the newest are walked until the page is full.
    """
    grams = query_grams(words)
    if not grams:
        return dressed(session, [])
    some = select(CaseSearch.case_id).where(CaseSearch.grams.contains(grams))
    some = some.limit(SORTED_UP_TO + 1)
    units = ids_like(words.strip(), limit=UNITS)
    if (session.scalar(select(func.count()).select_from(some.subquery())) or 0) <= SORTED_UP_TO:
        of_units = select(Case.id).where(Case.unit_id.in_(units))
        matches: ColumnElement[bool] = Case.id.in_(union(some, of_units))
    else:
        matches = exists().where(CaseSearch.case_id == Case.id, CaseSearch.grams.contains(grams))
        if named := session.scalars(units).all():
            matches = or_(matches, Case.unit_id.in_(named))
    query = select(Case).where(matches, visible_to(actor))
    if after is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) < after)
    query = query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit + 1)
    found = session.scalars(query).all()
    cases, more = found[:limit], found[limit:]
    key: tuple[datetime, UUID] | None = None
    if more:
        key = (cases[-1].opened_at, cases[-1].id)
    return dressed(session, cases, next_key=key, next_number=more[0].number if more else None)
