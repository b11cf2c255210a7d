"""Published cases that a report may be about: told by what is published, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from portal.cases.lifecycle.likeness import Account, score
from portal.cases.models import Case
from portal.measures.fixed import TOLD, public_id, published_on
from portal.presets.kinds import Category, Jurisdiction, Preset, Township

#: Cases that are looked at: a guard, far above what one kind in one town has in half a year.
MOST = 500
#: From being old enough to coming out on the first of the next month.
LONGEST_WAIT = timedelta(days=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a draft says; `town` is what was chosen, not what its words name."""

    category: Category
    district: Jurisdiction
    town: Township | None
    text: str
    place: str

    @property
    def towns(self) -> Mapping[str, Township]:
        """Return the town that was chosen, else those whose whole names were written."""
        if self.town is not None:
            return {self.town.code: self.town}
        said = f"{self.place}\n{self.text}".casefold()
        return {
            town.code: town
            for town in self.district.townships
            if town.name.zh in said or town.name.en.casefold() in said
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """Cases that read alike where they are published: for the public they are one."""

    #: The first of their ids in the feed: nothing leads back from it.
    id: UUID
    published_on: date
    jurisdiction: str
    township: str
    category: str
    #: The cases themselves; never for a page of the public.
    cases: tuple[UUID, ...]


# Made once. Of a district alone nobody can tell whether it is the same: a town has to match.
_MOMENT = Case.closed_at.type
_FOUND: Select[UUID, Any, Any] = (
    select(Case.id, Case.closed_at, Case.township)
    .where(
        *TOLD,
        Case.category == bindparam("category"),
        Case.township == any_(bindparam("towns", type_=ARRAY(Text))),
        Case.closed_at < bindparam("until", type_=_MOMENT),
        Case.closed_at >= bindparam("since", type_=_MOMENT),
    )
    .order_by(Case.closed_at.desc(), Case.id)
    .limit(MOST)
)


def similar_cases(
    session: Session, preset: Preset, one: Reported, *, now: datetime
) -> Sequence[Similar]:
    """Return published cases like the report, the most alike first: mostly none.

    Of the same kind and town, as many, as alike and as new as the preset says. Words and places
    of other reports have no part in it, nor has how common words are among them: what is returned
    can be worked out from the list of published cases and what this reporter wrote.
    """
    settings, zone, towns = preset.city.settings, preset.limits.zone, one.towns
    if not towns or not settings.similar_shown:
        return []
    # Each works its pairs of characters out once, and only if it is compared.
    own = {
        code: _account(one, town, now, text=one.text, also=one.place)
        for code, town in towns.items()
    }
    names = "\n".join((one.category.name.zh, *one.category.synonyms))
    found = []
    for (out, code), cases in _published(session, preset, one, towns, now).items():
        at = datetime.combine(out, time.min, zone)
        points = score(own[code], _account(one, towns[code], at, text=names), {}, ())
        if points * 100 >= settings.similar_from:
            told = Similar(
                id=min(map(public_id, cases)),
                published_on=out,
                jurisdiction=one.district.code,
                township=code,
                category=one.category.code,
                cases=tuple(sorted(cases)),
            )
            found.append((points, told))
    found.sort(key=lambda pair: (-pair[0], -pair[1].published_on.toordinal(), pair[1].id))
    return [told for _points, told in found[: settings.similar_shown]]


def _published(
    session: Session,
    preset: Preset,
    one: Reported,
    towns: Mapping[str, Township],
    now: datetime,
) -> dict[tuple[date, str], list[UUID]]:
    """Return the published cases of that kind and these towns, by the day they came out and town.

    Within a month in no telling order.
    """
    settings, zone = preset.city.settings, preset.limits.zone
    days, kept = settings.publish_after_days, timedelta(days=settings.similar_days)
    today, until = now.astimezone(zone).date(), now - timedelta(days=days)
    since = until - kept - LONGEST_WAIT
    values = {
        "category": one.category.code,
        "towns": list(towns),
        "until": until,
        "since": since,
    }
    found: dict[tuple[date, str], list[UUID]] = {}
    for case_id, closed_at, township in session.execute(_FOUND, values):
        out = published_on(closed_at.astimezone(zone).date(), days)
        if today - kept <= out <= today:
            found.setdefault((out, township), []).append(case_id)
    return found


def _account(one: Reported, town: Township, at: datetime, *, text: str, also: str = "") -> Account:
    """Return what is compared. By Chinese names: pairs of Latin letters tell no places apart."""
    return Account(
        text=text,
        place=f"{one.district.name.zh}{town.name.zh}\n{also}",
        jurisdiction=one.district.code,
        township=town.code,
        category=one.category.code,
        at=at,
    )
