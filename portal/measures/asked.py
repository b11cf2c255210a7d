"""One question to the measures: a scope at a moment, each source read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.kinds import What
from portal.cases.models import Case
from portal.measures.counts import Counts, Share, case_counts
from portal.measures.flow import Flow, case_flow
from portal.measures.periods import Period, Scope
from portal.measures.promises import Judgements, judgements
from portal.measures.rewards import RewardFigures, reward_figures
from portal.measures.self_found import of_scope, share_of
from portal.measures.times import StageTimes, Times, stage_times
from portal.measures.waiting import Waiting, waiting_now
from portal.presets.kinds import Preset


@dataclass(frozen=True)
class Asked:
    """What is asked; several measures that read the same source share one reading of it."""

    session: Session
    scope: Scope
    preset: Preset
    now: datetime

    @cached_property
    def times(self) -> Mapping[str, StageTimes]:
        return self._times.all

    @cached_property
    def groups(self) -> Mapping[UUID | None, Mapping[str, StageTimes]]:
        return self._times.parts

    @cached_property
    def _times(self) -> Times:
        return stage_times(self.session, self.scope, self.preset, now=self.now, by=Case.group_id)

    @cached_property
    def counts(self) -> Counts:
        return case_counts(self.session, self.scope)

    @cached_property
    def waiting(self) -> Waiting:
        return waiting_now(self.session, self.scope, self.preset, now=self.now)

    @cached_property
    def promises(self) -> Mapping[What, Judgements]:
        return judgements(self.session, self.scope, now=self.now)

    @cached_property
    def rewards(self) -> RewardFigures:
        return reward_figures(self.session, self.scope, self.preset, now=self.now)

    @cached_property
    def self_found(self) -> Share | None:
        """None where the scope names what no hazard of a unit's own belongs to."""
        scope = self.scope
        if scope.group_id is not None or scope.suspected_major is not None:
            return None
        units, kind = of_scope(scope), scope.category
        return share_of(self.session, None, *units, period=scope.period, category=kind)

    @cached_property
    def flow(self) -> Flow:
        """The flow of the period, or of as much of it as has passed."""
        period = self.scope.period
        end = max(period.start, min(period.end, self.now))
        return case_flow(self.session, self.scope.during(Period(period.start, end)))

    @cached_property
    def flow_since(self) -> Flow | None:
        """The flow from the end of the period to now; None if it has not ended."""
        if self.scope.period.end >= self.now:
            return None
        since = self.scope.during(Period(self.scope.period.end, self.now))
        return case_flow(self.session, since)
