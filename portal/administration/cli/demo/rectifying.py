"""Stories at the unit: the task book is signed, done, checked by somebody else, closed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal.access.kinds import Actor, Role
from portal.administration.cli.demo.cast import Team
from portal.administration.cli.demo.laddering import climb
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.supervising import oversee
from portal.administration.cli.demo.talk import reply
from portal.administration.cli.demo.world import Story, Turn, World
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.taskbooks.kinds import ItemState

LIMIT = "rectify_general"


def rectify(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """Order what was found to be put right, and see it through."""
    if plan.has("major"):
        yield from oversee(world, plan, team, handler)
        if plan.has("delisted"):
            yield from close(world, plan, team, handler)
        return
    who = Who(
        name=world.choose("surnames") + world.choose("given"), post=world.choose("units.contacts")
    )
    book = issue(world, plan, handler)
    if plan.has("on_spot"):
        yield world.soon(100, 1200)
        yield from check_all(world, plan, team)
        yield from close(world, plan, team, handler)
        return
    yield world.soon(30, 1200)
    sign(world, plan, book, who)
    if plan.has("revokes_link"):
        yield world.soon(60, 600)
        reason = world.choose("reasons.revoke_link")
        world.move(handler, c.RevokeLink, world.case(plan), task_book_id=book, reason=reason)
        return
    if plan.has("stuck_rectifying"):
        world.spawn(climb(world, plan, team))
        return
    if plan.has("unit_objects"):
        yield world.soon(200, 900)
        body = world.choose("reasons.unit_objection")
        world.move(
            of_book(book),
            c.Object,
            world.case(plan),
            body=body,
            task_book_id=book,
            name=who.name,
            post=who.post,
        )
        yield world.soon(600, 2500)
        rule(world, plan)
    if plan.has("withdraws_item") and team.lead is not None:
        yield world.soon(200, 900)
        wrong = items_of(world, plan, ItemState.WITH_UNIT)[-1]
        reason = world.choose("reasons.withdraw_item")
        world.move(team.lead, c.WithdrawItem, world.case(plan), item_id=wrong.id, reason=reason)
        # The hazard is still there: it gets a task that fits.
        yield world.soon(20, 200)
        book = issue(world, plan, handler)
        yield world.soon(30, 300)
        sign(world, plan, book, who)
    yield from report_all(world, plan, who)
    if plan.has("stuck_reviewing"):
        return
    yield world.within("review", team.skill)
    fails = plan.has("fails") or world.chance(0.08)
    failed = yield from check_all(world, plan, team, fails=fails)
    while failed:
        yield from report_all(world, plan, who)
        yield world.within("review", team.skill)
        failed = yield from check_all(world, plan, team)
    yield from close(world, plan, team, handler)


@dataclass(frozen=True)
class Who:
    """Who signs at the unit."""

    name: str
    post: str


def of_book(book: UUID) -> Actor:
    """Return the unit as it comes in by the link of a book."""
    return Actor(role=Role.UNIT, task_book_id=book)


def sign(world: World, plan: Plan, book: UUID, who: Who) -> None:
    world.move(
        of_book(book),
        c.SignTaskBook,
        world.case(plan),
        task_book_id=book,
        name=who.name,
        post=who.post,
    )


def issue(world: World, plan: Plan, handler: Actor) -> UUID:
    """Issue a book with a task for each hazard of this round that has none, dates staggered."""
    case = world.case(plan)
    items = world.rows("task_items", case)
    treated = {item.hazard_id for item in items if item.state is not ItemState.WITHDRAWN}
    hazards = [
        hazard
        for hazard in world.rows("hazards", case)
        if hazard.episode == case.reopen_count and hazard.id not in treated
    ]
    today = world.now.astimezone(world.hours.zone).date()
    days = world.preset.limits.limits[LIMIT].value
    tasks = dict(plan.theme.found)
    world.move(
        handler,
        c.IssueTaskBook,
        case,
        unit_id=world.unit(plan, handler),
        items=tuple(
            c.NewItem(
                hazard_id=hazard.id,
                task=tasks[plan.theme.found[number % len(plan.theme.found)][0]],
                responsible=world.choose("units.contacts"),
                due_on=today + timedelta(days=days - 4 * (len(hazards) - 1 - number)),
                evidence_asked=world.choose("evidence"),
                done=hazard.on_spot,
            )
            for number, hazard in enumerate(hazards)
        ),
    )
    book: UUID = world.rows("task_books", world.case(plan))[-1].id
    return book


def items_of(world: World, plan: Plan, state: ItemState) -> list[Any]:
    found = world.rows("task_items", world.case(plan))
    return [item for item in found if item.state is state]


def report_all(world: World, plan: Plan, who: Who) -> Story:
    """The unit reports task after task, mostly before its date."""
    for item in items_of(world, plan, ItemState.WITH_UNIT):
        left = (item.due_on - world.now.astimezone(world.hours.zone).date()).days
        late = world.chance(0.09)
        share = world.random.uniform(1.2, 1.9) if late else world.random.betavariate(2, 3)
        yield world.hours.after(world.now + timedelta(days=max(left, 0.3) * share), 10)
        world.move(
            of_book(item.task_book_id),
            c.ReportItemDone,
            world.case(plan),
            item_id=item.id,
            name=who.name,
            post=who.post,
            statement=world.choose("statements"),
        )


def check_all(
    world: World,
    plan: Plan,
    team: Team,
    *,
    fails: bool = False,
) -> Turn:
    """Somebody who had no part looks at each reported task; tells whether one failed."""
    reviewer = third(world, plan, team)
    for item in items_of(world, plan, ItemState.REPORTED):
        yield world.soon(5, 90)
        case = world.case(plan)
        if fails:
            fails = False
            today = world.now.astimezone(world.hours.zone).date()
            again = today + timedelta(days=world.preset.limits.windows["rectify_again_days"])
            opinion = world.choose("opinions.fail")
            world.move(
                reviewer,
                c.FailReview,
                case,
                item_id=item.id,
                opinion=opinion,
                new_due_on=again,
                on_site=True,
            )
            continue
        opinion = world.choose("opinions.pass")
        on_site = world.chance(0.7)
        world.move(reviewer, c.PassReview, case, item_id=item.id, opinion=opinion, on_site=on_site)
    return bool(items_of(world, plan, ItemState.WITH_UNIT))


def third(world: World, plan: Plan, team: Team) -> Actor:
    """Return a reviewer: of the supervision group, or a colleague who never was there."""
    case = world.case(plan)
    away = set(case.recused)
    for visit in world.rows("inspections", case):
        away.update(visit.inspectors)
    supervising = world.cast.of_jurisdiction(plan.place.jurisdiction.code)
    pool = supervising.members if world.chance(0.5) else team.members
    free = [member for member in pool if member.person_id not in away]
    return world.random.choice(free or supervising.members)


def rule(world: World, plan: Plan) -> None:
    """The director decides what the unit objected to."""
    case = world.case(plan)
    for objection in world.rows("objections", case):
        if objection.decided_at is None:
            reason = world.choose("reasons.objection_against")
            world.move(
                world.cast.director,
                c.DecideObjection,
                case,
                objection_id=objection.id,
                upheld=False,
                reason=reason,
            )


def close(world: World, plan: Plan, team: Team, handler: Actor) -> Story:
    """Close once the reporter has the answer and no question is left."""
    yield world.soon(60, 900)
    while world.case(plan).concluded_at is None:
        yield world.soon(400, 900)
    case = world.case(plan)
    if case.state is not State.REVIEWING or team.lead is None:
        return
    reply(world, plan, handler)
    if world.case(plan).unanswered_count:
        return
    world.move(team.lead, c.Close, world.case(plan), lesson_considered=True)
