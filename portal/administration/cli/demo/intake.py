"""Stories at the desk: a report comes in and is sorted, one way or another."""

from datetime import timedelta

from portal.access.kinds import Actor, GroupKind
from portal.administration.cli.demo.content import KEYS
from portal.administration.cli.demo.handling import handle
from portal.administration.cli.demo.plans import Plan, Planner
from portal.administration.cli.demo.talk import object_to
from portal.administration.cli.demo.world import Story, Turn, World
from portal.cases.kinds import OPEN, Priority
from portal.cases.lifecycle import commands as c

DESK_SKILL = 0.95


def life(world: World, planner: Planner, plan: Plan) -> Story:
    """A whole case, from the report on."""
    yield plan.filed_at
    same = world.open_before(plan) if plan.has("merged") else None
    if same is not None:
        planner.say_again(plan, same)
    world.file(plan)
    if plan.has("waiting") or plan.has("stuck_received"):
        return
    yield world.within("acceptance", DESK_SKILL)
    yield from sort(world, plan, same)


def sort(world: World, plan: Plan, same: Plan | None) -> Story:
    """What the dispatcher does with it."""
    case = world.case(plan)
    if plan.has("set_aside"):
        until = (world.now + timedelta(days=2)).astimezone(world.hours.zone).date()
        reason = world.choose("reasons.set_aside")
        world.move(world.desk_of(case), c.SetAside, case, until=until, reason=reason)
        yield world.soon(500, 900)
        case = world.case(plan)
    if plan.has("refused"):
        yield from refuse(world, plan)
        return
    if plan.has("transferred"):
        told = world.content["transferred"][plan.variant]
        hand_over(world, plan, c.TransferOut, told["office"], told["say"][KEYS[plan.language]])
        return
    if plan.has("accident"):
        told = world.content["accidents"][plan.variant]
        hand_over(world, plan, c.ReferAccident, told["office"], told["say"][KEYS[plan.language]])
        return
    if same is not None and (yield from merge(world, plan, same)):
        return
    yield from dispatch(world, plan)


def refuse(world: World, plan: Plan) -> Story:
    """Refused; who does not agree may object, and is sometimes right."""
    case = world.case(plan)
    # What turns out to be true was refused for want of facts.
    reasons = world.content["refused"]
    told = reasons[1 if plan.has("true") else plan.variant]
    explanation = told["say"][KEYS[plan.language]]
    desk = world.desk_of(case)
    world.move(desk, c.Refuse, case, reason_code=told["reason"], explanation=explanation)
    if plan.has("objects") or plan.has("objects_now"):
        upheld = yield from object_to(world, plan)
        if upheld:
            yield world.within("acceptance", DESK_SKILL)
            yield from dispatch(world, plan)


def hand_over(
    world: World, plan: Plan, command: type[c.Command], office: str, explanation: str
) -> None:
    case = world.case(plan)
    handover = world.choose("handover")
    desk = world.desk_of(case)
    world.move(desk, command, case, office=office, handover=handover, explanation=explanation)


def merge(world: World, plan: Plan, same: Plan) -> Turn:
    """Merge it into the case on the same matter, if that is still open; tell whether it stays."""
    case, into = world.case(plan), world.case(same)
    if into.state not in OPEN or into.id == case.id or into.desk_id != case.desk_id:
        return False
    reason = world.choose("reasons.merge")
    world.move(world.desk_of(case), c.Merge, case, into_id=into.id, reason=reason)
    if not plan.has("unmerged"):
        return True
    yield world.soon(60, 400)
    into = world.case(same)
    who = world.team_of(into).lead if into.group_id else world.desk_of(into)
    if into.state not in OPEN or who is None:
        return True
    world.move(who, c.Split, into, report_id=plan.report_id)
    yield world.soon(30, 200)
    return False


def dispatch(world: World, plan: Plan) -> Story:
    """Accepted and sent to a group: mostly the right one, at times by a detour."""
    case = world.case(plan)
    desk = world.desk_of(case)
    accept(world, plan, desk)
    right = target(world, plan)
    if plan.has("taken_back"):
        send(world, plan, desk, wrong(world, right))
        yield world.now + timedelta(minutes=4)
        world.move(desk, c.TakeBack, world.case(plan))
        yield world.now + timedelta(minutes=6)
        accept(world, plan, desk)
    detours = plan.has("returned") + plan.has("returned_again") + plan.has("return_asked_now")
    detours += plan.has("returned_now")
    for detour in range(detours):
        away = wrong(world, right)
        send(world, plan, desk, away)
        yield world.soon(60, 380)
        came_back = yield from give_back(world, plan, away, first=not detour)
        if not came_back:
            if world.case(plan).return_asked_at is None:
                yield from handle(world, plan)
            return
        if plan.has("returned_now"):
            return
        yield world.soon(20, 300)
    send(world, plan, desk, right)
    yield from handle(world, plan)


def accept(world: World, plan: Plan, desk: Actor) -> None:
    case = world.case(plan)
    if case.accepted_at is None:
        world.move(
            desk,
            c.Accept,
            case,
            kind="hazard" if plan.kind == "accident" else plan.kind,
            category=plan.theme.code,
            jurisdiction=plan.place.jurisdiction.code,
            township=plan.place.township,
        )


def target(world: World, plan: Plan) -> str:
    """Return the group that the rules name; where that is a desk, the one of the place."""
    code = world.proposed(world.case(plan))
    if world.cast.teams[code].group.kind == GroupKind.DESK:
        code = world.cast.of_jurisdiction(plan.place.jurisdiction.code).group.code
    return code


def wrong(world: World, right: str) -> str:
    others = [t.group.code for t in world.cast.inspecting() if t.group.code != right]
    return world.random.choice(others)


def send(world: World, plan: Plan, desk: Actor, code: str) -> None:
    case = world.case(plan)
    category = world.preset.taxonomy.categories[plan.theme.code]
    urgent = plan.has("urgent") or (category.urgent and plan.number % 5 == 0)
    as_proposed = code == world.proposed(case)
    world.move(
        desk,
        c.Dispatch,
        case,
        group_id=world.cast.teams[code].group.id,
        priority=Priority.URGENT if urgent else Priority.NORMAL,
        suspected_major=category.default_risk == "red" and plan.number % 3 == 0,
        reason="" if as_proposed else world.choose("reasons.dispatch"),
    )


def give_back(world: World, plan: Plan, code: str, *, first: bool) -> Turn:
    """The wrong group sends it back: itself the first time, later by a ruling."""
    case = world.case(plan)
    member = world.random.choice(world.cast.teams[code].members)
    if first:
        world.move(member, c.ReturnDispatch, case, reason=world.choose("reasons.back"))
        return True
    world.move(member, c.AskReturn, case, reason=world.choose("reasons.back_again"))
    if plan.has("return_asked_now"):
        return False
    yield world.within("return_decision", 0.9)
    arbiter = world.cast.of_jurisdiction(plan.place.jurisdiction.code).lead or world.cast.director
    upheld = plan.has("upheld")
    reason = world.choose("reasons.rule_for" if upheld else "reasons.rule_against")
    world.move(arbiter, c.DecideReturn, world.case(plan), upheld=upheld, reason=reason)
    return upheld
