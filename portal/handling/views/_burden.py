"""What a unit has to bear: how often it is visited, and which visits lie close to each other."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cases.queries import Near, burden_of, near_visits
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.kinds import Preset
from portal.web.filters import plain_day
from portal.web.pages import current_actor


def visits_near(plan: Any, units: Collection[UUID], who: Any) -> Mapping[UUID, Sequence[str]]:
    """Return by unit, in words, what comes close to the days of a plan; `who` reads it."""
    found = near_visits(
        db.session(),
        who.actor,
        units,
        max(plan.starts_on, min(who.today, plan.ends_on)),
        plan.ends_on,
        apart=who.preset.city.settings.visits_apart_days,
        zone=who.preset.limits.zone,
        plan_id=plan.id,
    )
    return {unit: [near_words(one) for one in near] for unit, near in found.items()}


def near_words(one: Near) -> str:
    """Return a visit or a plan close by as a short sentence."""
    first = plain_day(one.first, True)
    if one.last is not None:
        days = f"{first} – {plain_day(one.last, True)}"
        return str(_("Also in “%(plan)s”, %(days)s", plan=one.title, days=days))
    if one.title:
        return str(_("Visited on %(day)s by “%(plan)s”", day=first, plan=one.title))
    return str(_("Visited on %(day)s", day=first))


def of_unit(unit_id: UUID, preset: Preset) -> dict[str, Any]:
    """Return the panel of a unit: its visits so far, and the plans that have it."""
    moment, settings = now(), preset.city.settings
    today = moment.astimezone(preset.limits.zone).date()
    found = burden_of(
        db.session(),
        current_actor(),
        unit_id,
        days=settings.burden_days,
        today=today,
        now=moment,
    )
    plans = [
        {
            "title": one.title,
            "url": url_for("plans.plan", plan_id=one.plan_id),
            "days": f"{plain_day(one.first, True)} – {plain_day(one.last, True)}",
        }
        for one in found.to_come
    ]
    return {
        "days": settings.burden_days,
        "visits": ngettext("%(num)s visit", "%(num)s visits", found.visits),
        "groups": ngettext("by %(num)s group", "by %(num)s groups", found.groups)
        if found.visits
        else "",
        "last": plain_day(found.last, True) if found.last else "",
        "plans": plans,
        "is_double": _is_double(found.to_come, found.last, settings.visits_apart_days, preset),
        "apart": settings.visits_apart_days,
    }


def _is_double(to_come: Sequence[Near], last: Any, apart: int, preset: Preset) -> bool:
    """Say whether the next plan comes too soon after the last visit, or another one after it."""
    zone = preset.limits.zone
    made = [Near(first=last.astimezone(zone).date())] if last else []
    after = pairwise([*made, *to_come])
    return any((then.first - (one.last or one.first)).days < apart for one, then in after)
