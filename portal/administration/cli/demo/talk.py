"""Stories of what reporters do after filing: write, rate, object."""

from portal.access.kinds import Actor
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.world import Story, Turn, World
from portal.cases.lifecycle import commands as c
from portal.reports.kinds import Contacted, Satisfied, Solved

#: Share of answered reports that are rated, where the fate says nothing.
RATED = 0.35


def converse(world: World, plan: Plan, staff: Actor) -> Story:
    """A question each way while the group works, each answered by the other side."""
    yield world.someday(0.5, 4)
    case = world.case(plan)
    world.move(
        world.reporter(plan),
        c.Ask,
        case,
        report_id=plan.report_id,
        body=world.say("messages.ask", plan),
    )
    if plan.has("talk_now"):
        return
    yield world.soon(60, 900)
    reply(world, plan, staff)
    yield world.soon(30, 600)
    body = world.say("messages.question", plan)
    world.move(staff, c.Ask, world.case(plan), report_id=plan.report_id, body=body)
    yield world.someday(0.1, 2)
    body = world.say("messages.answer", plan)
    world.move(
        world.reporter(plan), c.Answer, world.case(plan), report_id=plan.report_id, body=body
    )
    yield world.soon(60, 500)
    reply(world, plan, staff)


def reply(world: World, plan: Plan, staff: Actor) -> None:
    """Answer what the reporter wrote, if the group still has the case."""
    case = world.case(plan)
    if case.unanswered_count and case.group_id == staff.group_id:
        for report in case.reports:
            body = world.say("messages.reply", plan)
            world.move(staff, c.Answer, world.case(plan), report_id=report.id, body=body)


def rate(world: World, plan: Plan) -> Story:
    """Some say afterwards whether it helped."""
    if not plan.has("rated") and not world.chance(RATED):
        return
    yield world.someday(0.2, 6)
    case = world.case(plan)
    report = next((r for r in case.reports if r.id == plan.report_id), None)
    if case.concluded_at is None or report is None or report.rated_at is not None:
        return
    solved = world.random.choices(list(Solved), [6, 2, 1])[0]
    satisfied = world.random.choices(list(Satisfied), [6, 3, 2 if solved is Solved.NO else 1])[0]
    contacted = world.random.choices(list(Contacted), [8, 1])[0]
    said = {"contacted": contacted, "solved": solved, "satisfied": satisfied}
    world.move(world.reporter(plan), c.Rate, case, **said)


def object_to(world: World, plan: Plan) -> Turn:
    """The reporter does not agree; somebody who had no part decides. Tells whether it goes on."""
    yield world.someday(0.5, 5)
    case = world.case(plan)
    body = world.choose("reasons.objection")
    world.move(world.reporter(plan), c.Object, case, body=body)
    if plan.has("objects_now"):
        return False
    yield world.within("objection_review", 0.9)
    case = world.case(plan)
    waiting = [row for row in world.rows("objections", case) if row.decided_at is None]
    upheld = plan.has("upheld")
    reason = world.choose("reasons.objection_for" if upheld else "reasons.objection_against")
    director = world.cast.director
    world.move(
        director, c.DecideObjection, case, objection_id=waiting[0].id, upheld=upheld, reason=reason
    )
    if not upheld:
        return False
    yield world.soon(10, 300)
    case = world.case(plan)
    if case.closed_at is None:
        return False
    world.move(
        director,
        c.Reopen,
        case,
        ground="upheld_objection",
        reason=world.choose("reasons.reopen"),
    )
    return True
