"""Offers of which the time for claiming is over: noted, and nothing else."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.access.kinds import SYSTEM
from portal.cases.lifecycle.reward_commands import LapseReward
from portal.cases.models import Case
from portal.cases.queries import case_of
from portal.cases.services.road import move_locked
from portal.foundation.errors import Incomplete
from portal.presets.queries import in_force
from portal.rewards.queries.rewards import overdue

#: So many in one run; the next one goes on.
BATCH = 100


def lapse_rewards(session: Session, *, now: datetime, tell: bool = True) -> int:
    """Note which offers nobody claimed in time and return how many; `tell` as for any move.

    A reporter who claims at the same moment was faster, or comes too late: the case is locked.
    """
    today = now.astimezone(in_force(session, now).limits.zone).date()
    count = 0
    for case_id, reward_id in overdue(session, today, limit=BATCH):
        case: Case = case_of(session, SYSTEM, case_id, lock=True)
        command = LapseReward(case_id=case.id, seen=case.version, reward_id=reward_id)
        try:
            move_locked(session, SYSTEM, case, command, now=now, tell=tell)
        except Incomplete:
            continue
        count += 1
    return count
