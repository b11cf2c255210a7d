"""The first figures of a quarter, as they may be published, and kept for the busiest page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.measures.quarters import newest_telling, received_count, scope_of
from portal.measures.small_numbers import Shown, shown
from portal.measures.stages import CONCLUSION, WHOLE
from portal.measures.times import StageTimes, stage_times
from portal.measures.waiting import Waiting, waiting_now
from portal.presets.kinds import Preset, TimeUnit
from portal.presets.queries import in_force

#: So long the home page shows the same figures: as long as browsers keep those of `/open`, twice.
KEPT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Headline:
    """Counts hidden where they are small; None where there are too few to say, or none yet."""

    received: Shown
    in_time: Shown
    late: Shown
    #: In time and late add up to it: of a small one it would give the other away.
    due: int | None
    share: tuple[int, int] | None
    waiting: Shown
    median: int | None
    p90: int | None
    unit: TimeUnit
    is_telling: bool


def headline(
    received: int, times: Mapping[str, StageTimes], waiting: Waiting, preset: Preset
) -> Headline:
    """Return the figures that stand first wherever a quarter is published."""
    conclusion, whole = times[CONCLUSION.id], times[WHOLE.id]
    few = preset.city.settings.hide_cells_up_to
    enough = preset.city.settings.percent_from
    small = any(1 <= one <= few for one in (conclusion.on_time, conclusion.missed))
    due = None if small else conclusion.due
    is_telling = whole.counted >= enough
    return Headline(
        received=shown(received, few),
        in_time=shown(conclusion.on_time, few),
        late=shown(conclusion.missed, few),
        due=due,
        share=(conclusion.on_time, due) if due is not None and due >= enough else None,
        waiting=shown(waiting.number, few),
        median=whole.median if is_telling else None,
        p90=whole.p90 if is_telling else None,
        unit=whole.unit,
        is_telling=is_telling,
    )


class Newest:
    """The figures of the newest quarter that tells something, read anew when they are old.

    One for each process. Without the database the last ones stay, or there are none: the page
    with the emergency numbers on it must come in any case.
    """

    def __init__(self) -> None:
        self._kept: tuple[str, Headline] | None = None
        self._until: datetime | None = None

    def at(self, session: Session, moment: datetime) -> tuple[str, Headline] | None:
        """Return the quarter and its figures; None where there are too few to tell."""
        if self._until is None or not self._until - KEPT <= moment < self._until:
            self._until = moment + KEPT  # first: who comes meanwhile sees the last ones
            try:
                self._kept = _read(session, moment)
            except SQLAlchemyError:
                session.rollback()
        return self._kept


def _read(session: Session, moment: datetime) -> tuple[str, Headline] | None:
    preset = in_force(session, moment)
    quarter = newest_telling(session, preset, moment)
    scope = scope_of(quarter, preset)
    received = received_count(session, scope)
    if received < preset.city.settings.percent_from:
        return None
    times = stage_times(session, scope, preset, now=moment, stages=(CONCLUSION, WHOLE)).all
    waiting = waiting_now(session, scope, preset, now=moment)
    return quarter, headline(received, times, waiting, preset)
