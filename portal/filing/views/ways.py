"""Who gets it: the work-safety office, or first the unit alone where the unit takes that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.filing.views.places import by_code
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.queries import in_force
from portal.selfinspections.kinds import AboutManagement, Way
from portal.selfinspections.lifecycle import inside_due, way_of
from portal.selfinspections.queries import Door, door_of
from portal.web.filters import plain_day

WAYS = {
    Way.OUTSIDE: _l("The work-safety office"),
    Way.INSIDE: _l("Only the unit, at first"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """That the unit whose code was scanned takes inside reports."""

    door: Door
    unit: str
    days: int
    #: The last day of its answer, if it were sent now.
    due: str


def offer(typed: Mapping[str, Any]) -> Offer | None:
    """Return what the scanned unit offers; None: it takes no inside reports, or none was scanned.

    Also where somebody says that it is not about this unit.
    """
    unit = by_code(typed)
    door = door_of(db.session(), unit.id) if unit else None
    preset = in_force(db.session(), now())
    days = preset.self_inspection.inside_days
    if unit is None or door is None or days is None:
        return None
    today = now().astimezone(preset.limits.zone).date()
    return Offer(door, unit.name, days, plain_day(inside_due(today, days, preset.calendar)))


def way(draft: Mapping[str, Any]) -> Way:
    """Return who gets what stands in the draft."""
    found = way_of(draft.get("way"), draft.get("about_management"), is_open=True)
    # The door is looked at only where it matters: most reports are for outside.
    is_open = found is Way.INSIDE and offer(draft) is not None
    return found if is_open else Way.OUTSIDE


def is_answered(form: Any) -> bool:
    """Say whether the question of inside was answered where it has to be; else say so there."""
    is_inside = form.way.data == Way.INSIDE and offer(form.data) is not None
    if is_inside and form.about_management.data not in set(AboutManagement):
        form.about_management.errors = [
            _("Say whether it is about somebody who would read it at the unit.")
        ]
        return False
    return True


def is_as_shown(form: Any, draft: Mapping[str, Any]) -> bool:
    """Say whether it goes where the page before sending said; else say so on the form."""
    if (form.way.data or Way.OUTSIDE) == way(draft):
        return True
    form.form_errors.append(
        _("Who gets it has changed since you opened this page. Nothing was sent: look again.")
    )
    return False


def shown(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page before sending says of who gets it."""
    goes = way(draft)
    offered = offer(draft)
    passed_by = offered is not None and draft.get("way") == Way.INSIDE and goes is Way.OUTSIDE
    return {
        "way": goes.value,
        "way_name": str(WAYS[goes]),
        "offered": offered,
        "inside": offered if goes is Way.INSIDE else None,
        "passed_by": passed_by,
    }
