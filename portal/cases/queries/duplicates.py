"""Which cases may be about the same matter as a new one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, column, func, lateral, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text as TextType

from portal.access.kinds import Actor
from portal.cases.kinds import State
from portal.cases.lifecycle.likeness import WORTH_SHOWING, Account, Likeness, likeness, pairs
from portal.cases.models import Case, CaseSearch
from portal.cases.queries.titles import shortened
from portal.cases.visibility import visible_to
from portal.foundation.gram_statistics import gram_statistics
from portal.foundation.grams import grams
from portal.history.queries import KeptWords, words
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.reports.models import Report

#: How far back an open case, and a closed one, is looked at.
OPEN_FOR = timedelta(days=365)
CLOSED_FOR = timedelta(days=90)
#: Grams by which candidates are looked up: those of the place first, then the rarest of the text.
OF_PLACE, OF_TEXT = 12, 14
#: Rows that one gram may bring, and cases that are read and compared.
FOR_EACH, COMPARED = 300, 20
#: A gram of more cases than this is left out where at least so many rarer ones are there.
MANY, LEAST = 1500, 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A case that may be about the same; `likeness` says how far and why."""

    case: Case
    title: str
    likeness: Likeness


def likely_duplicates(
    session: Session, actor: Actor, case: Case, *, now: datetime, limit: int = 3
) -> list[Suggestion]:
    """Return the cases most like this one that the actor can see, the most alike first.

    Open cases of a year and closed ones of 90 days; by unit, place, words and time. Before all
    others, whenever they were closed, stand those of which a reporter says that it is one.
    """
    preset = in_force(session, now)
    said = _accounts(session, [case]).get(case.id)
    if said is None:
        return []
    own = said.account
    known = gram_statistics(session, now)
    common = _names_of_places(preset)
    rare = _rare(own, known.shares, common, most=MANY / max(known.rows, 1))
    found = _candidates(session, actor, case, rare, now=now)
    named = said.same_as - {case.id}
    if missing := named - {other.id for other in found}:
        wanted = select(Case).where(Case.id.in_(missing), visible_to(actor))
        found = [*session.scalars(wanted), *found]
    accounts = _accounts(session, found)
    compared = [
        Suggestion(other, one.title, likeness(own, one.account, known.weights, common))
        for other in found
        if (one := accounts.get(other.id)) is not None
    ]
    worth = [
        _as_said(one) if one.case.id in named else one
        for one in compared
        if one.case.id in named or one.likeness.score >= WORTH_SHOWING
    ]
    # Of two as like, the one with which it can still be put together.
    worth.sort(
        key=lambda one: (
            one.case.id not in named,
            -one.likeness.score,
            one.case.state is State.CLOSED,
            one.case.number,
        )
    )
    return worth[:limit]


def _as_said(one: Suggestion) -> Suggestion:
    """Return the suggestion with what the reporter said as its first reason."""
    reasons: list[tuple[str, Mapping[str, object]]] = [("said_same", {})]
    if one.case.state is State.CLOSED:
        reasons.append(("came_back", {}))
    said = replace(one.likeness, is_likely=True, reasons=(*reasons, *one.likeness.reasons))
    return replace(one, likeness=said)


def _candidates(
    session: Session, actor: Actor, case: Case, rare: Sequence[str], *, now: datetime
) -> Sequence[Case]:
    within = (
        Case.id != case.id,
        visible_to(actor),
        Case.opened_at >= now - OPEN_FOR,
        or_(Case.state != State.CLOSED, Case.closed_at >= now - CLOSED_FOR),
        Case.merged_into.is_(None),
    )
    found: list[Case] = []
    if rare:
        found += session.scalars(_HOLDING.where(*within), {"rare": list(rare)})
    if case.unit_id:
        same = select(Case).where(Case.unit_id == case.unit_id, *within)
        found += session.scalars(same.order_by(Case.opened_at.desc()).limit(COMPARED))
    return list(dict.fromkeys(found))


def _made_holding() -> Select[Case]:
    own = bindparam("rare", type_=ARRAY(TextType))
    gram = func.unnest(own).table_valued(column("gram", TextType)).render_derived(name="rare")
    holding = lateral(
        select(CaseSearch.case_id)
        .where(CaseSearch.grams.contains(array([gram.c.gram], type_=TextType)))
        .limit(FOR_EACH)
    )
    counted = (
        select(holding.c.case_id, func.count().label("hits"))
        .select_from(gram)
        .join(holding, text("true"))
        .group_by(holding.c.case_id)
        .subquery()
    )
    return (
        select(Case)
        .join(counted, counted.c.case_id == Case.id)
        .order_by(counted.c.hits.desc(), Case.state == State.CLOSED, Case.opened_at.desc(), Case.id)
        .limit(COMPARED)
    )


#: The cases that hold the most of some grams.
_HOLDING = _made_holding()
_text, _place_text = aliased(KeptWords), aliased(KeptWords)
_REPORTS = (
    select(
        Report.case_id,
        Report.claimed_category,
        _text.body,
        _place_text.body,
        Report.said_same_as,
    )
    .outerjoin(_text, _text.id == Report.text_id)
    .outerjoin(_place_text, _place_text.id == Report.place_text_id)
    .where(Report.case_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Report.filed_at, Report.id)
)


class _Said(NamedTuple):
    account: Account
    title: str
    #: Cases of which a reporter says that it is one.
    same_as: frozenset[UUID]


def _accounts(session: Session, cases: Sequence[Case]) -> dict[UUID, _Said]:
    by_case: dict[UUID, list[tuple[str | None, str, str]]] = {}
    same_as: dict[UUID, set[UUID]] = {}
    rows = session.execute(_REPORTS, {"ids": [case.id for case in cases]}) if cases else ()
    for case_id, category, body, place, said_same in rows:
        by_case.setdefault(case_id, []).append((category, body or "", place or ""))
        same_as.setdefault(case_id, set()).update(said_same)
    said = words(session, {case.summary_text_id for case in cases if case.summary_text_id})
    found: dict[UUID, _Said] = {}
    for case in cases:
        own = by_case.get(case.id, [])
        if not own and not case.summary_text_id:
            continue
        texts = [body for _category, body, _place in own]
        if case.summary_text_id:
            texts.append(said.get(case.summary_text_id) or "")
        account = Account(
            text="\n".join(texts),
            place="\n".join(place for _category, _body, place in own),
            jurisdiction=case.jurisdiction,
            township=case.township,
            category=case.category or next((category for category, _b, _p in own), None),
            unit=str(case.unit_id) if case.unit_id else None,
            at=case.opened_at,
        )
        found[case.id] = _Said(account, shortened(texts[0]), frozenset(same_as.get(case.id, ())))
    return found


def _names_of_places(preset: Preset) -> frozenset[str]:
    """Return the pairs of characters of districts and townships: they tell no places apart."""
    names = []
    for jurisdiction in preset.taxonomy.jurisdictions.values():
        names.append(jurisdiction.name.zh)
        names += [township.name.zh for township in jurisdiction.townships]
    return _pairs_of(tuple(names))


@lru_cache(maxsize=8)
def _pairs_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*map(pairs, names))


def _rare(
    own: Account, shares: Mapping[str, float], common: Collection[str], *, most: float
) -> list[str]:
    """Return the grams to look others up by: the rarest of the place, then those of the words.

    `most` is the share of cases beyond which a gram brings an arbitrary few of those that hold
    it, for the price of finding all: such are taken only where there are too few rarer ones.
    """

    def rarest(words: str, number: int) -> list[str]:
        pairs_of = {gram for gram in grams(words) if len(gram) == 2 and gram not in common}
        return sorted(pairs_of, key=lambda gram: (shares.get(gram, 0.0), gram))[:number]

    chosen = list(dict.fromkeys([*rarest(own.place, OF_PLACE), *rarest(own.text, OF_TEXT)]))
    rare = [gram for gram in chosen if shares.get(gram, 0.0) <= most]
    if len(rare) >= LEAST:
        return rare
    return sorted(chosen, key=lambda gram: shares.get(gram, 0.0))[:LEAST]
