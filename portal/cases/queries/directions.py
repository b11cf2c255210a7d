"""Where a case would go by the rules in force, and why."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries import GroupFacts as Group
from portal.accounts.queries import live_groups
from portal.cases.models import Case
from portal.presets.kinds import Preset
from portal.routing.engine import route
from portal.routing.matters import Explanation, Matter
from portal.routing.matters import GroupFacts as RoutingGroup
from portal.routing.matters import matter_of as routing_matter


def matter_of(case_: Case, preset: Preset, *, at: datetime) -> Matter:
    """Return what routing looks at: what was settled, else what the reporter claimed."""
    claimed = case_.reports[0] if case_.reports else None
    category = case_.category or (claimed.claimed_category if claimed else None)
    return routing_matter(
        preset.taxonomy,
        at=at.astimezone(preset.limits.zone),
        jurisdiction=case_.jurisdiction,
        category=category,
        kind=case_.kind,
        unit=str(case_.unit_id) if case_.unit_id else None,
        channel=case_.channel,
    )


def proposal(
    matter: Matter, preset: Preset, groups: Iterable[Group], hidden_from: Collection[UUID] = ()
) -> Explanation:
    """Return where the rules in force would send the matter, and why; never to whom it is hidden
    from.
    """
    groups = list(groups)
    live = {group.code: RoutingGroup(people_count=group.people_count) for group in groups}
    conflicts = frozenset(group.code for group in groups if group.id in hidden_from)
    return route(preset.routing, matter, live_groups=live, conflicts=conflicts)


def explained(
    session: Session, case_: Case, preset: Preset, *, now: datetime
) -> tuple[Explanation, Mapping[UUID, Group]]:
    """Return where the case would go and why, and the groups that exist, by id."""
    groups = live_groups(session, on=now.astimezone(preset.limits.zone).date())
    matter = matter_of(case_, preset, at=now)
    return proposal(matter, preset, groups.values(), case_.hidden_from), groups


def proposed_group(session: Session, case_: Case, preset: Preset, *, now: datetime) -> UUID | None:
    """Return the group to which the rules would send the case; None: it does not exist."""
    explanation, groups = explained(session, case_, preset, now=now)
    return next((group.id for group in groups.values() if group.code == explanation.to), None)
