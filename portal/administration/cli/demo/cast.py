"""The people of the demo city: every group staffed, every office held, some with two roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from portal.access.kinds import SYSTEM, Actor, GroupKind, Role
from portal.accounts.queries import GroupFacts, actor_in, group_by_code, live_groups
from portal.accounts.queries import account as account_of
from portal.accounts.services import (
    GroupFields,
    add_person,
    edit_group,
    give_role,
    set_up_groups,
)
from portal.administration.cli.demo.content import Content
from portal.cases.queries import handled_by
from portal.cases.services import Successors, leave_role
from portal.presets.kinds import Preset

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Account

#: Besides the lead; with it five in an inspection group and four in a supervision group.
MEMBERS = {GroupKind.INSPECTION: 4, GroupKind.SUPERVISION: 3, GroupKind.DESK: 3}
OFFICES = (
    (Role.DIRECTOR, "安委办主任"),
    (Role.AUDITOR, "审计专员"),
    (Role.ADMINISTRATOR, "平台管理员"),
    (Role.CUSTODIAN, "身份保管员"),
    (Role.CUSTODIAN, "身份保管员"),
    (Role.CUSTODIAN, "身份保管员"),
    (Role.TREASURER, "出纳"),
)
POSTS = {Role.LEAD: "组长", Role.MEMBER: "组员", Role.DISPATCHER: "分拣员"}
#: A term that the pages point out.
ENDS_IN = timedelta(days=20)
#: How likely a group keeps a limit; cycled through, so that some groups are better than others.
SKILLS = (0.96, 0.93, 0.9, 0.94, 0.82, 0.91)


@dataclass
class Team:
    """A group: its lead (none at a desk), its people in a fixed order, how reliable it is."""

    group: GroupFacts
    skill: float
    lead: Actor | None = None
    members: list[Actor] = field(default_factory=list)


@dataclass
class Cast:
    teams: dict[str, Team] = field(default_factory=dict)
    offices: dict[Role, list[Actor]] = field(default_factory=dict)

    @property
    def director(self) -> Actor:
        return self.offices[Role.DIRECTOR][0]

    def of_jurisdiction(self, code: str | None) -> Team:
        """Return the supervision group that watches over the place, else the first."""
        watching = self.supervising()
        return next((team for team in watching if team.group.jurisdiction == code), watching[0])

    def supervising(self) -> list[Team]:
        return [team for team in self.teams.values() if team.group.kind == GroupKind.SUPERVISION]

    def inspecting(self) -> list[Team]:
        return [team for team in self.teams.values() if team.group.kind == GroupKind.INSPECTION]


def settle(
    session: Session,
    preset: Preset,
    content: Content,
    random: Random,
    *,
    since: date,
    until: date,
    now: datetime,
) -> Cast:
    """Make groups and people, with roles that hold from `since` on.

    The city's last day is `until`: what ends soon is reckoned from it.
    """
    set_up_groups(session, SYSTEM, preset.city.groups, now=now)
    names = _names(content, random)
    cast = Cast()
    accounts: dict[object, Account] = {}

    def join(team: Team | None, role: Role, post: str, ends_on: date | None = None) -> Actor:
        account = add_person(
            session,
            SYSTEM,
            name=names.pop(),
            post=post,
            email=f"p{len(accounts) + 1:03d}@demo.example",
            language=preset.city.default_language,
            now=now,
        )
        group = group_by_code(session, team.group.code) if team else None
        membership = give_role(
            session, SYSTEM, account, role,
            group=group, starts_on=since, ends_on=ends_on, now=now,
        )  # fmt: skip
        accounts[account.id] = account
        return actor_in(account, membership)

    def also(actor: Actor, role: Role, code: str | None = None) -> Actor:
        account, group = accounts[actor.account_id], group_by_code(session, code) if code else None
        membership = give_role(
            session, SYSTEM, account, role, group=group, starts_on=since, now=now
        )
        return actor_in(account, membership)

    groups = _groups(session, preset, since)
    for number, group in enumerate(groups):
        team = cast.teams[group.code] = Team(group, SKILLS[number % len(SKILLS)])
        role = Role.DISPATCHER if group.kind == GroupKind.DESK else Role.MEMBER
        if role is Role.MEMBER:
            team.lead = join(team, Role.LEAD, POSTS[Role.LEAD])
        # Somebody of the last one is there for a time.
        ends = until + ENDS_IN if group is groups[-1] else None
        team.members = [join(team, role, POSTS[role], ends)]
        team.members += [join(team, role, POSTS[role]) for _ in range(MEMBERS[group.kind] - 1)]
    for role, post in OFFICES:
        cast.offices.setdefault(role, []).append(join(None, role, post))
    # Some people wear two hats; they act in one of them at a time.
    desks = [team for team in cast.teams.values() if team.group.kind == GroupKind.DESK]
    desks[-1].members.append(also(desks[0].members[-1], Role.DISPATCHER, desks[-1].group.code))
    supervising, inspecting = cast.supervising()[1], cast.inspecting()[-1]
    assert supervising.lead is not None  # noqa: S101  every such group got one above
    inspecting.members.append(also(supervising.lead, Role.MEMBER, inspecting.group.code))
    also(cast.offices[Role.CUSTODIAN][0], Role.ADMINISTRATOR)
    _say_what_for(session, cast, since=since, until=until, now=now)
    return cast


def _say_what_for(session: Session, cast: Cast, *, since: date, until: date, now: datetime) -> None:
    """Name liaisons and terms: most groups are whole, the last two show what lacking looks like."""
    *whole, _without = cast.teams.values()
    ending = whole[-1]
    for number, team in enumerate(whole):
        liaison = team.members[0]
        fields = GroupFields(
            starts_on=since,
            ended_on=until + ENDS_IN if team is ending else None,
            liaison_id=liaison.account_id,
            liaison_reach=f"0519-{86000000 + number}",
        )
        edit_group(session, SYSTEM, team.group.id, fields, None, seen=1, today=since, now=now)


def part(session: Session, cast: Cast, leaver: Actor, *, today: date, now: datetime) -> None:
    """Let somebody leave their group; its lead takes over. Raises Incomplete if that cannot be."""
    team = next(team for team in cast.inspecting() if leaver in team.members)
    assert leaver.account_id and team.lead  # noqa: S101, PT018  see settle
    assert team.lead.account_id  # noqa: S101
    held = account_of(session, leaver.account_id).memberships
    own = next(one for one in held if one.group_id == team.group.id)
    to = Successors({team.group.id: team.lead.account_id})
    boss = cast.offices[Role.ADMINISTRATOR][0]
    leave_role(session, boss, own.id, ends_on=today, to=to, today=today, now=now)


def by_burden(session: Session, cast: Cast) -> list[Actor]:
    """Return the members of inspection groups that handle some cases, who has most first."""
    handled = {
        member: len(handled_by(session, member.account_id))
        for team in cast.inspecting()
        for member in team.members
        if member.account_id and member.role is Role.MEMBER
    }
    busy = [member for member, count in handled.items() if count]
    return sorted(busy, key=lambda member: -handled[member])


def _groups(session: Session, preset: Preset, on: date) -> list[GroupFacts]:
    """The preset's groups in its own order."""
    found: Mapping[str, GroupFacts] = {
        group.code: group for group in live_groups(session, on=on).values()
    }
    return [found[group.code] for group in preset.city.groups]


def _names(content: Content, random: Random) -> list[str]:
    names = [family + given for family in content["surnames"] for given in content["given"]]
    random.shuffle(names)
    return names
