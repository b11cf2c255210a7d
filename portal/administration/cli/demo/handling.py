"""Stories at a group: signed for, visited, verified, answered, closed."""

from portal.access.kinds import Actor
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.content import KEYS
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.rectifying import rectify
from portal.administration.cli.demo.talk import converse, object_to, rate, reply
from portal.administration.cli.demo.world import Story, World
from portal.cases.kinds import Finding, Priority, State
from portal.cases.lifecycle import commands as c
from portal.inspections.kinds import Method

FINDINGS = {
    "true": Finding.TRUE,
    "partly": Finding.PARTLY,
    "not": Finding.NOT_TRUE,
    "unverifiable": Finding.UNVERIFIABLE,
}


def handle(world: World, plan: Plan) -> Story:
    """From the dispatch to the end, and over again if an objection is upheld."""
    team = world.team_of(world.case(plan))
    urgent = world.case(plan).priority is Priority.URGENT
    if plan.has("stuck_assigned"):
        return
    yield world.within("sign_for_urgent" if urgent else "sign_for", team.skill)
    if plan.has("reassigned"):
        others = [t for t in world.cast.inspecting() if t is not team]
        reason = world.choose("reasons.reassign")
        other = world.random.choice(others)
        case = world.case(plan)
        world.move(lead(team), c.Reassign, case, group_id=other.group.id, reason=reason)
        team = other
        yield world.within("sign_for", team.skill)
    handler = world.random.choice(team.members)
    world.move(handler, c.SignFor, world.case(plan))
    handler = choose_handler(world, plan, team, handler)
    yield from settle_in(world, plan, team, handler)
    if plan.has("stuck_in_hand"):
        return
    yield from work(world, plan, team, handler)


def lead(team: Team) -> Actor:
    assert team.lead is not None  # noqa: S101  every group that handles has one
    return team.lead


def choose_handler(world: World, plan: Plan, team: Team, signed: Actor) -> Actor:
    """Return who does it: who signed, or whom the lead names instead."""
    handler = signed
    if plan.has("recused"):
        world.move(signed, c.Recuse, world.case(plan), reason=world.choose("reasons.recuse"))
        handler = world.random.choice([m for m in team.members if m.person_id != signed.person_id])
    elif world.chance(0.25):
        handler = world.random.choice(team.members)
    if handler is not signed or plan.has("recused"):
        world.move(lead(team), c.AssignHandler, world.case(plan), account_id=handler.account_id)
    if world.chance(0.2):
        world.move(handler, c.Note, world.case(plan), body=world.choose("notes"))
    return handler


def settle_in(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """A first word to the reporter, and what may come between."""
    dispatched = world.case(plan).dispatched_at
    yield world.within("first_response", team.skill, since=dispatched)
    if (case := world.case(plan)).reports:
        name = team.group.name(plan.language)
        body = world.say("first_answer", plan).format(group=name)
        world.move(handler, c.Answer, case, report_id=case.reports[-1].id, body=body)
    if plan.has("talk") or plan.has("talk_now"):
        world.spawn(converse(world, plan, handler))
    if plan.has("split"):
        yield world.soon(60, 300)
        world.move(lead(team), c.Split, world.case(plan), part=world.choose("reasons.split"))
    if plan.has("paused") or plan.has("paused_now"):
        yield world.soon(60, 900)
        reason = world.choose("reasons.pause")
        world.move(
            lead(team),
            c.Pause,
            world.case(plan),
            reason_code="testing_or_inspection",
            reason=reason,
        )
        yield world.soon(2000, 5000) if plan.has("paused") else world.end
        world.move(lead(team), c.Resume, world.case(plan), reason=world.choose("reasons.resume"))


def work(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """Visit, verify, order, answer; the unit's side goes on beside it."""
    case = world.case(plan)
    if plan.has("withdrawn"):
        yield world.someday(0.5, 3)
        reason = world.choose("reasons.withdraw")
        world.move(world.reporter(plan), c.Withdraw, world.case(plan), reason=reason)
    limit = "verification_major" if case.suspected_major else "verification"
    if case.priority is Priority.URGENT:
        yield world.within("urgent_on_site", 0.85, since=case.dispatched_at)
    else:
        # Of major hazards nobody is late: what comes of them afterwards is to be seen.
        yield world.within(limit, 1.0 if plan.has("major") else 0.97)
    visit(world, plan, team, handler)
    yield world.soon(30, 600)
    assess(world, plan, handler)
    said = next(name for name in FINDINGS if plan.has(name))
    reason = world.choose(f"findings.{said}")
    world.move(lead(team), c.Verify, world.case(plan), finding=FINDINGS[said], reason=reason)
    if said in ("true", "partly"):
        yield world.soon(20, 500)
        world.spawn(rectify(world, plan, team, handler))
    yield world.within("feedback", team.skill, since=world.case(plan).verified_at)
    conclude(world, plan, team, "withdrawn" if plan.has("withdrawn") else said)
    if world.photographs is not None:
        world.photographs.release(world, plan, lead(team))
    if said in ("not", "unverifiable"):
        yield world.soon(60, 900)
        reply(world, plan, handler)
        reason = world.choose("reasons.no_hazard")
        world.move(lead(team), c.Close, world.case(plan), lesson_considered=True, reason=reason)
    world.spawn(rate(world, plan))
    if plan.has("objects_now") or (plan.has("objects") and not plan.has("refused")):
        upheld = yield from object_to(world, plan)
        if upheld:
            yield from again(world, plan, team, handler)


def visit(world: World, plan: Plan, team: Team, handler: Actor) -> None:
    """Two inspectors go there; the hazards come from the theme."""
    case = world.case(plan)
    barred = set(case.recused)
    partners = [m for m in team.members if m.person_id not in barred | {handler.person_id}]
    partner = world.random.choice(partners)
    said = next(name for name in FINDINGS if plan.has(name))
    found = plan.theme.found if said in ("true", "partly") else ()
    count = 1 if said == "partly" else world.random.randint(1, len(found)) if found else 0
    people = tuple(i for i in (handler.person_id, partner.person_id) if i is not None)
    world.move(
        handler,
        c.Inspect,
        case,
        visited_at=world.now,
        inspectors=people,
        finding=world.choose(f"findings.{said}"),
        hazards=tuple(
            c.FoundHazard(description=hazard, fixed_on_spot=plan.has("on_spot"))
            for hazard, _ in found[:count]
        ),
        unit_id=world.unit(plan, handler) if found else None,
    )
    if world.photographs is not None:
        world.photographs.of_visit(world, plan, handler)


def assess(world: World, plan: Plan, handler: Actor) -> None:
    """Say how bad each hazard is, mostly."""
    for hazard in world.rows("hazards", world.case(plan)):
        if not world.chance(0.7):
            continue
        risk = world.preset.taxonomy.categories[plan.theme.code].default_risk
        base = {"red": 4, "orange": 3.4, "yellow": 3, "blue": 2}[risk]
        values = [min(5, max(1, round(world.random.gauss(base, 0.7)))) for _ in "LS"]
        world.move(
            handler,
            c.AssessRisk,
            world.case(plan),
            hazard_id=hazard.id,
            method=Method.MATRIX,
            inputs=(("L", float(values[0])), ("S", float(values[1]))),
            reason=world.choose("reasons.risk"),
        )


def conclude(world: World, plan: Plan, team: Team, said: str) -> None:
    """Answer every reporter of the case."""
    case = world.case(plan)
    if case.concluded_at is not None or case.state is State.CLOSED:
        return
    answers = tuple(
        (report.id, world.choose(f"answers.{said}.{KEYS[report.language]}"))
        for report in case.reports
    )
    world.move(lead(team), c.Conclude, case, answers=answers)


def again(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """A case reopened: another visit, one hazard more, and everything decided anew."""
    yield world.soon(300, 1500)
    case = world.case(plan)
    away = {handler.person_id, *case.recused}
    partner = next(m for m in team.members if m.person_id not in away)
    hazard, _ = plan.theme.found[0]
    world.move(
        handler,
        c.Inspect,
        case,
        visited_at=world.now,
        inspectors=(handler.person_id, partner.person_id),
        finding=world.choose("findings.again"),
        hazards=(c.FoundHazard(description=hazard),),
        unit_id=world.unit(plan, handler),
    )
    yield world.soon(30, 300)
    reason = world.choose("findings.true")
    world.move(lead(team), c.Verify, world.case(plan), finding=Finding.TRUE, reason=reason)
    world.spawn(rectify(world, plan, team, handler))
    yield world.soon(400, 2000)
    conclude(world, plan, team, "true")
