"""The rewards of a case: what guards look at, in the order in which reports were filed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.facts import NOT_READ, asks
from portal.cases.lifecycle.rewarding import COMMANDS
from portal.cases.models import Case
from portal.clocks.days import days_of
from portal.clocks.due import due_by
from portal.history.kinds import EventKind
from portal.history.queries import Recorded, starts_of
from portal.presets.kinds import Preset, TimeUnit
from portal.reports.models import Report
from portal.rewards.lifecycle import Filed, RewardFacts
from portal.rewards.models.reward import Reward
from portal.rewards.queries.rewards import as_rows, rewards_about

#: Events about a reward: having a part in it is no part in what was found.
REWARDS = frozenset(
    {
        *(EventKind.REWARD_PROPOSED, EventKind.REWARD_APPROVED, EventKind.REWARD_ENDED),
        *(EventKind.REWARD_DENIED, EventKind.REWARD_CLAIMED, EventKind.REWARD_LAPSED),
    }
)
ACTING = (Role.LEAD, Role.DIRECTOR, Role.SYSTEM)
#: What somebody says who works at the unit.
EMPLOYEE = "worker"


def reward_facts(
    session: Session,
    case: Case,
    actor: Actor,
    preset: Preset,
    own: Sequence[Recorded],
    *,
    now: datetime,
    command: c.Command | None,
) -> Any:
    """Return what guards about rewards look at; for who has no part in it nothing is read.

    A merge and a split ask, too: see `guards.none_unfinished`.
    """
    if not asks(command, (*COMMANDS, c.Merge, c.Split)):
        return NOT_READ
    if not (actor.role in ACTING or actor.report_id or isinstance(command, c.Merge | c.Split)):
        return NOT_READ
    today = now.astimezone(preset.limits.zone).date()
    until = due_by(
        now,
        TimeUnit.CALENDAR_DAY,
        preset.rewards.claim_days,
        days_of(preset.calendar),
        preset.limits,
    ).last_day
    return RewardFacts(
        rules=preset.rewards,
        rewards=as_rows(rewards_of(session, case, own)),
        filed=filed_in_order(session, case.reports),
        claim_until=max(until, today),
    )


def rewards_of(session: Session, case: Case, own: Sequence[Recorded]) -> Sequence[Reward]:
    """Return the rewards about a case; asked only where its history, or a merge, may hold one."""
    has = any("rewards" in event.payload.get("rows", ()) for event in own)
    came = any(report.origin_case_id != case.id for report in case.reports)
    if not (has or came):
        return ()
    return rewards_about(session, case.id, [report.id for report in case.reports])


def filed_in_order(session: Session, reports: Sequence[Report]) -> tuple[Filed, ...]:
    """Return reports in the order of filing, whatever was merged into what and when.

    By the hour that is stored, and within it by the order in which history wrote them down.
    """
    origins = {report.origin_case_id for report in reports}
    turns = starts_of(session, origins) if len(reports) > 1 else {}
    ordered = sorted(
        reports, key=lambda one: (one.filed_at, turns.get(one.origin_case_id, 0), one.id)
    )
    return tuple(
        Filed(
            id=one.id,
            is_named=one.contact_id is not None,
            is_reachable=one.receipt_hash is not None,
            is_withdrawn=one.withdrawn_at is not None,
            is_employee=one.relation == EMPLOYEE,
        )
        for one in ordered
    )
