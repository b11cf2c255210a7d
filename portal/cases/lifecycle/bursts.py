"""When many reports at once are a mass event, and which belong to one that is known: pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from portal.cases.kinds import Scope

METRES_A_DEGREE = 111_320.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One report that came lately: at which desk, and what is said of the place."""

    case_id: UUID
    desk_id: UUID
    unit: str | None = None
    township: str | None = None
    district: str | None = None
    #: Longitude and latitude in WGS 84.
    point: Point | None = None

    @property
    def keys(self) -> Iterable[tuple[Scope, str]]:
        """Return what it can share with others, the nearest first, but for the point."""
        if self.unit:
            yield Scope.UNIT, self.unit
        if self.township:
            yield Scope.TOWNSHIP, self.township
        elif self.district:
            yield Scope.DISTRICT, self.district
        else:
            yield Scope.NOWHERE, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Reports that have something in common; `cases` are those that are new to it."""

    desk_id: UUID
    scope: Scope
    key: str
    township: str | None = None
    district: str | None = None
    point: Point | None = None
    cases: list[UUID] = field(default_factory=list)

    def holds(self, came: Came, metres: float) -> bool:
        """Say whether a report belongs here."""
        if came.desk_id != self.desk_id:
            return False
        if self.scope is not Scope.POINT:
            return (self.scope, self.key) in came.keys
        if self.point and came.point and distance(self.point, came.point) <= metres:
            return True
        # Most people set no pin: those of the same town speak of the same thing.
        return self.township is not None and came.township == self.township


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """From how many reports on it is a burst; the preset's."""

    near: int
    district: int
    metres: float

    def least(self, scope: Scope) -> int:
        return self.district if scope in (Scope.DISTRICT, Scope.NOWHERE) else self.near


def distance(one: Point, other: Point) -> float:
    """Return the metres between two points that lie near each other."""
    lean = math.cos(math.radians((one[1] + other[1]) / 2))
    across, along = (one[0] - other[0]) * lean, one[1] - other[1]
    return math.hypot(across, along) * METRES_A_DEGREE


def sorted_into(
    came: Sequence[Came], running: Sequence[Burst], numbers: Numbers
) -> tuple[Sequence[Burst], Sequence[Burst]]:
    """Return the running bursts that reports join, and the new ones.

    `came` are the reports of the time looked at that belong to no burst, `running` the bursts
    that have not ended, without their cases. What many share that lies nearest names the burst.
    """
    left = _joined(came, running, numbers)
    fresh: list[Burst] = []
    for scope in (Scope.UNIT, Scope.TOWNSHIP, Scope.POINT, Scope.DISTRICT, Scope.NOWHERE):
        found = _around_points(left, numbers) if scope is Scope.POINT else _shared(left, scope)
        raised = [one for one in found if len(one.cases) >= numbers.least(scope)]
        for burst in raised:
            burst.cases.clear()
        left = _joined(left, raised, numbers)
        fresh += raised
    return [one for one in running if one.cases], fresh


def _joined(came: Iterable[Came], bursts: Sequence[Burst], numbers: Numbers) -> list[Came]:
    """Put each report into the first burst that holds it; return those that no burst holds."""
    left = []
    for one in came:
        home = next((burst for burst in bursts if burst.holds(one, numbers.metres)), None)
        if home is None:
            left.append(one)
        else:
            home.cases.append(one.case_id)
    return left


def _shared(came: Iterable[Came], scope: Scope) -> Iterable[Burst]:
    found: dict[tuple[UUID, str], Burst] = {}
    for one in came:
        key = dict(one.keys).get(scope)
        if key is not None:
            burst = Burst(
                desk_id=one.desk_id,
                scope=scope,
                key=key,
                township=one.township if scope is Scope.TOWNSHIP else None,
                district=one.district,
            )
            found.setdefault((one.desk_id, key), burst).cases.append(one.case_id)
    return found.values()


def _around_points(came: Sequence[Came], numbers: Numbers) -> Iterable[Burst]:
    """Return the burst around each point that enough others lie near; no report in two."""
    cells: dict[tuple[UUID, int, int], list[Came]] = {}
    for one in came:
        if one.point:
            cells.setdefault(_cell(one, one.point, numbers.metres), []).append(one)
    taken: set[UUID] = set()
    for one in came:
        if one.point is None or one.case_id in taken:
            continue
        near = [
            other
            for other in _neighbours(cells, one, one.point, numbers.metres)
            if other.case_id not in taken
        ]
        if len(near) >= numbers.near:
            taken |= {other.case_id for other in near}
            yield Burst(
                desk_id=one.desk_id,
                scope=Scope.POINT,
                key=f"{one.point[0]:.4f},{one.point[1]:.4f}",
                township=one.township,
                district=one.district,
                point=one.point,
                cases=[other.case_id for other in near],
            )


def _cell(one: Came, point: Point, metres: float) -> tuple[UUID, int, int]:
    # Narrower in the east and west than it is long: near enough to find neighbours by.
    side = metres / METRES_A_DEGREE
    lean = max(math.cos(math.radians(round(point[1]))), 0.01)
    return one.desk_id, math.floor(point[0] * lean / side), math.floor(point[1] / side)


def _neighbours(
    cells: Mapping[tuple[UUID, int, int], Sequence[Came]], one: Came, point: Point, metres: float
) -> Iterable[Came]:
    desk, across, along = _cell(one, point, metres)
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            for other in cells.get((desk, across + east, along + north), ()):
                if other.point and distance(point, other.point) <= metres:
                    yield other
