"""Stories of the ladder: who answers for a late task is reminded, urged, talked to.

Nothing here is left to chance: the rest of the city stays as its seed makes it.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from portal.access.kinds import Actor, Role
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.world import Story, World
from portal.cases import queries
from portal.cases.kinds import WITH_BOOK, State
from portal.cases.lifecycle import step_commands as s
from portal.discipline.kinds import Commitment, Step
from portal.discipline.lifecycle import LadderFacts, StepFacts, Suggestion, suggest
from portal.units.kinds import Link

#: Whom a step is toward, the first that is named.
TOWARD = (Link.MAIN_RESPONSIBLE_PERSON, Link.TOWNSHIP, Link.DISTRICT)
#: Steps that need a day, or a second person.
APART = (Step.INTERVIEW, Step.PROPOSE_ACCOUNTABILITY)


def climb(world: World, plan: Plan, team: Team) -> Story:
    """Somebody looks every second working day and takes what the rules suggest, if anything."""
    lead = team.lead
    for turn in count() if lead is not None else ():
        yield world.hours.after(world.now, 2 * world.hours.minutes_a_day)
        case = world.case(plan)
        if case.state is State.CLOSED:
            return
        director = world.cast.director
        facts = queries.facts_of(world.session, case, director, now=world.now).ladder
        waiting = [step for step in facts.steps if step.is_open]
        if any(step.ordered_at is None for step in waiting):
            _decide(world, plan, facts, waiting)
        elif any(step.can_be_answered(world.now) for step in waiting):
            _answer(world, plan, waiting, turn)
        elif waiting:
            _go_on(world, plan, facts, waiting[0])
        elif (found := suggest(facts.ladder, facts.grounds, facts.steps, world.now)) is not None:
            _take(world, plan, team, facts, found)


def keep_one_open(world: World, plans: Iterable[Plan]) -> None:
    """Let one step be answerable on the last day: for whoever tries the demo."""
    director, first = world.cast.director, None
    for plan in plans:
        case = world.case(plan) if plan.case_id else None
        if case is None or case.state not in WITH_BOOK:
            continue
        facts = queries.facts_of(world.session, case, director, now=world.now).ladder
        if any(step.can_be_answered(world.now) for step in facts.steps):
            return
        found = suggest(facts.ladder, facts.grounds, facts.steps, world.now)
        if first is None and found is not None and found.rung not in APART:
            first = plan, facts, found
    if first is not None:
        _order(world, director, *first)


def _said(world: World, path: str, number: int) -> str:
    """Return one of the ways to say something, in turn."""
    found: list[str] = world.content[f"ladder.{path}"]
    return found[number % len(found)]


def _take(world: World, plan: Plan, team: Team, facts: LadderFacts, found: Suggestion) -> None:
    """The lead orders what leads may order, and proposes what the director decides."""
    rung = facts.ladder.rung(found.rung)
    if rung is not None and team.lead is not None:
        proposes = Role.LEAD not in rung.may_order
        _order(world, team.lead, plan, facts, found, proposes=proposes)


def _order(
    world: World,
    actor: Actor,
    plan: Plan,
    facts: LadderFacts,
    found: Suggestion,
    *,
    proposes: bool = False,
) -> None:
    link = next((link for link in TOWARD if link in facts.posts), None)
    rung = facts.ladder.rung(found.rung)
    if link is None or rung is None or link not in rung.toward:
        return
    number = len(facts.steps)
    fields: dict[str, Any] = {
        "rung": found.rung.value,
        "link": link.value,
        "grounds": tuple(ground.value for ground, _count, _least in found.because),
        "reason": _said(world, "reasons", number),
        "skip_reason": _said(world, "skips", number) if found.skips else "",
    }
    if proposes:
        world.move(actor, s.ProposeStep, world.case(plan), **fields)
    else:
        world.move(actor, s.OrderStep, world.case(plan), step_id=None, **fields)


def _decide(world: World, plan: Plan, facts: LadderFacts, waiting: list[StepFacts]) -> None:
    """The director orders what was proposed; what is about accountability waits a while."""
    step = next(step for step in waiting if step.ordered_at is None)
    if step.rung is Step.PROPOSE_ACCOUNTABILITY:
        return
    meeting = facts.earliest_meeting if step.rung is Step.INTERVIEW else None
    asked = {"step_id": step.id, "meeting_on": meeting}
    world.move(world.cast.director, s.OrderStep, world.case(plan), **asked)


def _answer(world: World, plan: Plan, waiting: list[StepFacts], turn: int) -> None:
    """The addressee answers by the link, but not always."""
    step = next(step for step in waiting if step.can_be_answered(world.now))
    if turn % 3 == 2:
        return
    words = {"body": _said(world, "answers", turn), "name": _said(world, "names", turn)}
    addressee = Actor(role=Role.UNIT, step_id=step.id)
    post = world.content["ladder.post"]
    world.move(addressee, s.AnswerStep, world.case(plan), step_id=step.id, post=post, **words)


def _go_on(world: World, plan: Plan, facts: LadderFacts, step: StepFacts) -> None:
    """An interview is held, its promises are looked at, and a step without effect ends."""
    director, case = world.cast.director, world.case(plan)
    if step.rung is Step.INTERVIEW and not step.is_held:
        _talk(world, plan, step)
        return
    today = world.now.astimezone(world.hours.zone).date()
    for one in facts.commitments:
        if one.state is Commitment.OPEN:
            if one.due_on <= today:
                kept, reason = one.number == 1, _said(world, "settled", one.number)
                settled = {"commitment_id": one.id, "kept": kept, "reason": reason}
                world.move(director, s.SettleCommitment, case, **settled)
            return
    effect = _said(world, "effects", len(facts.steps))
    world.move(director, s.EndStep, case, step_id=step.id, end="lapsed", effect=effect)


def _talk(world: World, plan: Plan, step: StepFacts) -> None:
    begun = world.now - timedelta(minutes=50)
    today = world.now.astimezone(world.hours.zone).date()
    promised = tuple(
        s.Promised(words=words, due_on=today + timedelta(days=5 * number))
        for number, words in enumerate(world.content["ladder.promises"], start=1)
    )
    told = ("place", "people", "record", "basis", "statement", "demands")
    words = {name: world.content[f"ladder.{name}"] for name in told}
    times = {"held_at": begun, "until_at": world.now}
    held = {**times, **words, "signed": True, "commitments": promised}
    world.move(world.cast.director, s.HoldInterview, world.case(plan), step_id=step.id, **held)
