"""Reading the rewards of cases; the caller sees to who may see."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.presets.kinds import PresetKind
from portal.presets.queries import version
from portal.presets.rewarding import RewardRules
from portal.rewards.lifecycle import Measure, Reckoned, RewardRow, reckon
from portal.rewards.models.reward import Reward


def rewards_about(
    session: Session, case_id: UUID, report_ids: Collection[UUID]
) -> Sequence[Reward]:
    """Return the rewards of a case and those of reports that are handled in it, oldest first.

    A report that was merged in brings along what was decided of it before.
    """
    own = or_(Reward.case_id == case_id, Reward.report_id.in_(list(report_ids)))
    return session.scalars(select(Reward).where(own).order_by(Reward.proposed_at, Reward.id)).all()


def overdue(session: Session, today: date, *, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Return case and id of offers whose time for claiming is over, the oldest first."""
    wanted = (
        select(Reward.case_id, Reward.id)
        .where(
            Reward.confirmed_at.is_not(None),
            Reward.claimed_at.is_(None),
            Reward.lapsed_at.is_(None),
            Reward.claim_until < today,
        )
        .order_by(Reward.claim_until, Reward.id)
        .limit(limit)
    )
    return [(case_id, reward_id) for case_id, reward_id in session.execute(wanted)]


def as_rows(rewards: Iterable[Reward]) -> tuple[RewardRow, ...]:
    """Return rewards as guards look at them."""
    return tuple(
        RewardRow(
            id=row.id,
            case_id=row.case_id,
            report_id=row.report_id,
            state=row.state,
            ended=row.ended,
            amount=row.amount,
            proposed_by=row.proposed_by,
            approved_by=row.approved_by,
            approved_as=row.approved_as,
            claim_until=row.claim_until,
            voucher_id=row.voucher_id,
        )
        for row in rewards
    )


def measure_of(row: Reward) -> Measure:
    """Return by what a reward was measured."""
    return Measure(
        fine_fen=row.fine_fen,
        accident=row.accident,
        persons=row.persons,
        set_sum=row.set_sum,
        employee=row.employee,
    )


def reckoned_of(session: Session, row: Reward) -> Reckoned | None:
    """Return the arithmetic of a reward by the rules that held when it was proposed; None for a
    decision that there is none.
    """
    rules = version(session, PresetKind.REWARDS, row.rules_version)
    rule = rules.rule(row.rule) if isinstance(rules, RewardRules) else None
    if rule is None or not isinstance(rules, RewardRules):
        return None
    return reckon(rules, rule, measure_of(row))


def people_of(rewards: Iterable[Reward]) -> set[UUID]:
    """Return who proposed, signed and ended rewards."""
    named = {
        person
        for row in rewards
        for person in (row.proposed_by, row.approved_by, row.confirmed_by, row.ended_by)
    }
    return {person for person in named if person is not None}
