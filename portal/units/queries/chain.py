"""The responsibility chain: as it stands, as it was known at a moment, and where it is open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.presets.kinds import Preset, Taxonomy
from portal.presets.queries import in_force
from portal.units.kinds import Link
from portal.units.lifecycle.chain import Named, Standing, chain
from portal.units.models import ChainPost, Unit
from portal.units.queries.register import PAGE, Key, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a chain is about: a unit, or a case with its sector and place."""

    unit_id: UUID | None
    sector: str | None
    jurisdiction: str | None
    township: str | None


def about_unit(unit: Unit) -> About:
    """Return a unit as what a chain is about."""
    return About(
        unit_id=unit.id,
        sector=unit.sector,
        jurisdiction=unit.jurisdiction,
        township=unit.township,
    )


def chain_at(session: Session, about: About, moment: datetime) -> tuple[Standing, ...]:
    """Return the chain of a day as it was known at a moment of it.

    By the rows written until then and the preset that held then: what is named later, even for an
    earlier day, does not change who was in the chain.
    """
    preset = in_force(session, moment)
    found = named_for(session, [about.unit_id] if about.unit_id else [], moment)
    return chain(
        found.get(about.unit_id, ()) if about.unit_id else (),
        preset.taxonomy,
        moment.astimezone(preset.limits.zone).date(),
        sector=about.sector,
        jurisdiction=about.jurisdiction,
        township=about.township,
    )


def named_for(
    session: Session, unit_ids: Collection[UUID], moment: datetime
) -> Mapping[UUID, Sequence[Named]]:
    """Return by unit what had been written down by a moment, in the order of writing."""
    found: dict[UUID, list[Named]] = {}
    rows = session.scalars(
        select(ChainPost)
        .where(ChainPost.unit_id.in_(unit_ids), ChainPost.recorded_at <= moment)
        .order_by(ChainPost.seq)
    )
    for row in rows:
        found.setdefault(row.unit_id, []).append(_as_named(row))
    return found


def posts_of(session: Session, unit_id: UUID) -> Sequence[ChainPost]:
    """Return everything that was ever written down for a unit, the newest first."""
    query = select(ChainPost).where(ChainPost.unit_id == unit_id)
    return session.scalars(query.order_by(ChainPost.from_on.desc(), ChainPost.seq.desc())).all()


def _as_named(row: ChainPost) -> Named:
    return Named(
        link=row.link,
        post=row.post,
        phone=row.phone,
        email=row.email,
        from_on=row.from_on,
        until_on=row.until_on,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """A page of units whose chain is open, each with its chain."""

    rows: Sequence[tuple[Unit, tuple[Standing, ...]]]
    #: None: this is the last page.
    next_key: Key | None


def units_with_gaps(
    session: Session,
    preset: Preset,
    *,
    now: datetime,
    link: Link | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> Gaps:
    """Return a page of units by name of whose chain this link, or any, is open today."""
    day = now.astimezone(preset.limits.zone).date()
    wanted = [link] if link else list(Link)
    query = select(Unit).where(or_(*(is_open(one, preset.taxonomy, day) for one in wanted)))
    if after is not None:
        query = query.where(tuple_(Unit.name, Unit.id) > tuple_(after.name, after.id))
    found = session.scalars(query.order_by(Unit.name, Unit.id).limit(limit + 1)).all()
    units = found[:limit]
    last = units[-1] if len(found) > limit else None
    named = named_for(session, [unit.id for unit in units], now)
    return Gaps(
        rows=[
            (
                unit,
                chain(
                    named.get(unit.id, ()),
                    preset.taxonomy,
                    day,
                    sector=unit.sector,
                    jurisdiction=unit.jurisdiction,
                    township=unit.township,
                ),
            )
            for unit in units
        ],
        next_key=Key(Order.NAME, last.id, last.name) if last else None,
    )


def is_open(link: Link, taxonomy: Taxonomy, day: date) -> ColumnElement[bool]:
    """Say in SQL that a link of a unit's chain has a gap on a day: `lifecycle.chain`'s twin."""
    later = aliased(ChainPost)
    begun = and_(ChainPost.unit_id == Unit.id, ChainPost.link == link, ChainPost.from_on <= day)
    is_latest = not_(
        exists().where(
            later.unit_id == ChainPost.unit_id,
            later.link == link,
            later.from_on <= day,
            tuple_(later.from_on, later.seq) > tuple_(ChainPost.from_on, ChainPost.seq),
        )
    )
    holds = (ChainPost.post != "") & (ChainPost.until_on.is_(None) | (ChainPost.until_on > day))
    by_preset = _by_preset(link, taxonomy)
    own = exists().where(begun)
    return or_(
        and_(own, not_(exists().where(begun, is_latest, holds))), and_(not_(own), not_(by_preset))
    )


def _by_preset(link: Link, taxonomy: Taxonomy) -> ColumnElement[bool]:
    """Say that the preset names a post for the unit's sector or place."""
    sectors = [c for c, office in taxonomy.sector_authorities.items() if office in taxonomy.posts]
    columns: Mapping[Link, tuple[Any, Collection[str]]] = {
        Link.AUTHORITY: (Unit.sector, sectors),
        Link.DISTRICT: (Unit.jurisdiction, taxonomy.posts),
        Link.TOWNSHIP: (Unit.township, taxonomy.posts),
    }
    if link not in columns:
        return false()
    column, codes = columns[link]
    return and_(column.is_not(None), column.in_(list(codes)))
