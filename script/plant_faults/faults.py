"""All planted faults: what to break, what it breaks, which tests must turn red."""

from script.plant_faults import (
    asking,
    core,
    doors,
    edges,
    exposed,
    groups,
    helping,
    inspections,
    ladder,
    lessons,
    listing,
    plans,
    rewards,
    self_inspection,
    sending,
    tasks,
    units,
    walks,
)
from script.plant_faults.kinds import Fault

FAULTS: tuple[Fault, ...] = (
    *core.FAULTS,
    *doors.FAULTS,
    *asking.FAULTS,
    *edges.FAULTS,
    *exposed.FAULTS,
    *groups.FAULTS,
    *helping.FAULTS,
    *inspections.FAULTS,
    *sending.FAULTS,
    *tasks.FAULTS,
    *units.FAULTS,
    *ladder.FAULTS,
    *lessons.FAULTS,
    *listing.FAULTS,
    *plans.FAULTS,
    *rewards.FAULTS,
    *self_inspection.FAULTS,
    *walks.FAULTS,
)
