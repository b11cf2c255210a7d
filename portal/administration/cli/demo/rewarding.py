"""Rewards in every state: one after the other, as soon as a case is true and its reporter named.

Nothing here is left to chance: the rest of the city stays as its seed makes it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from portal.access.kinds import Actor, Role
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.world import Story, World
from portal.cases.kinds import Finding, Resolution
from portal.cases.lifecycle import reward_commands as r
from portal.foundation.errors import Refusal
from portal.rewards.kinds import PayMethod
from portal.rewards.lifecycle import Measure
from portal.rewards.services import Payment, pay, shown_code

#: What becomes of each, in the order in which they come: only the first one has time to lapse.
FATES = ("lapsed", "paid", "denied", "declined", "claimed", "paid", "offered", "once", "proposed")
#: Fines in yuan, dealt out in turn.
FINES = (60_000, 20_000, 123_457, 8_000, 2_300_000)
DAY = timedelta(days=1)


def reward_some(world: World, plans: Sequence[Plan]) -> Story:
    """Look every third day for a case of which a reward can be spoken, and let one be decided."""
    for number, fate in enumerate(FATES):
        is_done = False
        while not is_done:
            yield world.hours.after(world.now + 2 * DAY, 200)
            plan = _next_one(world, plans)
            if plan is None:
                continue
            plan.reward = fate
            try:
                yield from _decide(world, plan, fate, number)
                is_done = True
            except Refusal:
                plan.reward = "none"  # somebody has a tie or stepped back: another one, then


def _next_one(world: World, plans: Sequence[Plan]) -> Plan | None:
    """Return the first case that is true, of a named reporter, and has two who can sign."""
    for plan in plans:
        if not plan.contact or plan.reward or plan.report_id not in world.nonces:
            continue
        case = world.case(plan)
        is_true = case.finding in (Finding.TRUE, Finding.PARTLY)
        if is_true and case.resolution is not Resolution.DUPLICATE and _others(world, case):
            return plan
    return None


def _others(world: World, case: Any) -> tuple[Actor, Actor] | None:
    """Return who signs: the lead of the supervision group and the director."""
    lead = world.team_of(case).lead if case.group_id else None
    first = world.cast.of_jurisdiction(case.jurisdiction).lead
    if lead is None or first is None or first.person_id == lead.person_id:
        return None
    watches = first.jurisdiction == case.jurisdiction
    return (first, world.cast.director) if watches else None


def _decide(world: World, plan: Plan, fate: str, number: int) -> Story:
    case = world.case(plan)
    lead, signers = world.team_of(case).lead, _others(world, case)
    assert lead is not None  # noqa: S101  seen to before
    assert signers is not None  # noqa: S101  seen to before
    said = world.content["rewards"]
    if fate == "denied":
        about = {"report_id": plan.report_id, "why_not": "no_fine_and_no_rule"}
        world.move(lead, r.DenyReward, case, **about, words="")
        return
    fine = FINES[number % len(FINES)]
    asked = {
        "rule": "major_or_illegal" if case.suspected_major else "violation",
        "measure": Measure(fine_fen=fine * 100, employee=False),
        "among": (plan.report_id,),
        "reason": said["reason"],
    }
    world.move(lead, r.ProposeReward, case, **asked)
    if fate == "proposed":
        return
    yield world.hours.after(world.now, 240)
    if fate == "declined":
        end = {"reward_id": _row(world, case).id, "reason": said["declined"]}
        world.move(signers[0], r.EndReward, case, **end)
        return
    for signer in signers[: 1 if fate == "once" else 2]:
        world.move(signer, r.ApproveReward, case, reward_id=_row(world, case).id)
        yield world.hours.after(world.now, 180)
    if fate in ("claimed", "paid"):
        yield world.hours.after(world.now + 2 * DAY, 60)
        reporter = Actor(role=Role.REPORTER, report_id=plan.report_id)
        world.move(reporter, r.ClaimReward, world.case(plan))
    if fate == "paid":
        yield world.hours.after(world.now + 3 * DAY, 90)
        _paid(world, case, number, said["receipt"])


def _row(world: World, case: Any) -> Any:
    """Return the reward of a case that was not ended."""
    return next(one for one in world.rows("rewards", case) if one.ended_at is None)


def _paid(world: World, case: Any, number: int, receipt: str) -> None:
    treasurer = world.cast.offices[Role.TREASURER][0]
    today = world.now.astimezone(world.hours.zone).date()
    payment = Payment(
        code=shown_code(_row(world, case).voucher_id),
        method=list(PayMethod)[number // 4 % 2],
        paid_on=today,
        receipt=receipt % {"number": 100 + number},
    )
    pay(world.session, treasurer, payment, today=today, now=world.now)


def voucher_to_fetch(world: World, plans: Sequence[Plan]) -> str:
    """Return the code of a reward that waits to be fetched, for the start page; "" for none."""
    for plan in plans:
        if plan.reward == "claimed":
            row = next(iter(world.rows("rewards", world.case(plan))), None)
            if row is not None and row.claimed_at is not None:
                return shown_code(row.voucher_id)
    return ""
