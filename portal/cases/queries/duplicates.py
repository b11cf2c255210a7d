"""Which cases may be about the same matter as a new one."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, column, func, lateral, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text as TextType

from portal.access.kinds import Actor
from portal.cases.kinds import State
from portal.cases.lifecycle.grams import grams
from portal.cases.lifecycle.likeness import WORTH_SHOWING, Account, Likeness, likeness, pairs
from portal.cases.models import Case, CaseSearch
from portal.cases.queries.titles import shortened
from portal.cases.visibility import visible_to
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
FOR_EACH, COMPARED = 300, 40
#: A gram of more cases than this is left out where at least so many rarer ones are there.
MANY, LEAST = 1500, 4


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

    Open cases of a year and closed ones of 90 days; by unit, place, words and time.
    """
    preset = in_force(session, now)
    said = _accounts(session, [case]).get(case.id)
    if said is None:
        return []
    own = said.account
    frequency, cases = _frequencies(session)
    common = _names_of_places(preset)
    rare = _rare(own, frequency, common, most=MANY / max(cases, 1))
    found = _candidates(session, actor, case, rare, now=now)
    accounts = _accounts(session, found)
    weights = _weights(frequency)
    compared = [
        Suggestion(other, one.title, likeness(own, one.account, weights, common))
        for other in found
        if (one := accounts.get(other.id)) is not None
    ]
    worth = [one for one in compared if one.likeness.score >= WORTH_SHOWING]
    worth.sort(key=lambda one: (-one.likeness.score, one.case.number))
    return worth[:limit]


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
        .order_by(counted.c.hits.desc(), Case.id)
        .limit(COMPARED)
    )


#: The cases that hold the most of some grams.
_HOLDING = _made_holding()
_text, _place_text = aliased(KeptWords), aliased(KeptWords)
_REPORTS = (
    select(Report.case_id, Report.claimed_category, _text.body, _place_text.body)
    .outerjoin(_text, _text.id == Report.text_id)
    .outerjoin(_place_text, _place_text.id == Report.place_text_id)
    .where(Report.case_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Report.filed_at, Report.id)
)


class _Said(NamedTuple):
    account: Account
    title: str


def _accounts(session: Session, cases: Sequence[Case]) -> dict[UUID, _Said]:
    by_case: dict[UUID, list[tuple[str | None, str, str]]] = {}
    rows = session.execute(_REPORTS, {"ids": [case.id for case in cases]}) if cases else ()
    for case_id, category, body, place in rows:
        by_case.setdefault(case_id, []).append((category, body or "", place or ""))
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
        found[case.id] = _Said(account, shortened(texts[0]))
    return found


def _frequencies(session: Session) -> tuple[Mapping[str, float], float]:
    """Return the share of cases that hold each common gram, and how many cases there are about.

    By PostgreSQL's own statistics; nothing and 0 on a database that was never analysed: then it
    is small, and every gram counts alike.
    """
    row = session.execute(
        text(
            "SELECT most_common_elems::text::text[], most_common_elem_freqs, ("
            " SELECT reltuples FROM pg_class WHERE oid = 'public.case_search'::regclass)"
            " FROM pg_stats"
            " WHERE schemaname = 'public' AND tablename = 'case_search' AND attname = 'grams'"
        )
    ).first()
    if row is None or row[0] is None:
        return {}, 0
    # The list of shares ends with bounds that belong to no element.
    return dict(zip(row[0], row[1], strict=False)), float(row[2])


def _weights(frequency: Mapping[str, float]) -> dict[str, float]:
    """Return weights around 1: what every second case says weighs little, what is rare weighs 1."""
    return {
        gram: min(1.0, 0.1 - math.log(max(share, 1e-4)) / 6) for gram, share in frequency.items()
    }


def _names_of_places(preset: Preset) -> frozenset[str]:
    """Return the pairs of characters of districts and townships: they tell no places apart."""
    names = []
    for jurisdiction in preset.taxonomy.jurisdictions.values():
        names.append(jurisdiction.name.zh)
        names += [township.name.zh for township in jurisdiction.townships]
    found: set[str] = set()
    for name in names:
        found |= pairs(name)
    return frozenset(found)


def _rare(
    own: Account, frequency: Mapping[str, float], common: Collection[str], *, most: float
) -> list[str]:
    """Return the grams to look others up by; `most` is the share of cases beyond which a gram
    brings an arbitrary few of those that hold it, for the price of finding all.
    """

    def rarest(words: str, number: int) -> list[str]:
        pairs_of = [gram for gram in grams(words) if len(gram) == 2 and gram not in common]
        pairs_of.sort(key=lambda gram: (frequency.get(gram, 0.0), gram))
        kept = [gram for gram in pairs_of if frequency.get(gram, 0.0) <= most]
        return (kept if len(kept) >= LEAST else pairs_of[:LEAST])[:number]

    chosen = dict.fromkeys(rarest(own.place, OF_PLACE))
    chosen |= dict.fromkeys(rarest(own.text, OF_TEXT))
    return list(chosen)
