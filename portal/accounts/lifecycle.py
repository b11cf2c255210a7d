"""What a group lacks, seen from its people and its term."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from portal.access.kinds import Role
from portal.accounts.kinds import GROUP_ROLES, Gap

#: A term that ends within so many days is pointed out.
NEAR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Somebody's role in a group, and for how long."""

    membership_id: UUID
    account_id: UUID
    name: str
    post: str
    role: Role
    starts_on: date
    #: The first day on which it no longer holds; None while open.
    ends_on: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether the role is in force on `day`."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on > day)

    def ends_soon(self, day: date) -> bool:
        """Say whether it is in force on `day` and ends within 30 days."""
        return self.holds_on(day) and self.ends_on is not None and self.ends_on <= day + NEAR


@dataclass(frozen=True, slots=True)
class Lacking:
    """One gap of a group: `who` and `on` where it is about somebody, or about a day."""

    gap: Gap
    who: str = ""
    on: date | None = None
    membership_id: UUID | None = None


def lacks(
    kinds: Collection[Role],
    people: Sequence[Term],
    liaison_id: UUID | None,
    ended_on: date | None,
    today: date,
) -> Iterator[Lacking]:
    """Yield what is open in a group whose `people` can act or will, the gravest first.

    `kinds` are the roles that this kind of group gives: a desk has no lead.
    """
    present = [one for one in people if one.holds_on(today)]
    if ended_on is not None:
        if ended_on <= today:
            yield Lacking(Gap.TERM_ENDED, on=ended_on)
        elif ended_on <= today + NEAR:
            yield Lacking(Gap.TERM_ENDS, on=ended_on)
    if not present:
        yield Lacking(Gap.NOBODY)
    elif Role.LEAD in kinds and not any(one.role is Role.LEAD for one in present):
        yield Lacking(Gap.NO_LEAD)
    if liaison_id is None:
        yield Lacking(Gap.NO_LIAISON)
    elif liaison_id not in {one.account_id for one in present}:
        yield Lacking(Gap.LIAISON_LEFT)
    for one in present:
        if one.ends_soon(today) and not _goes_on(one, people):
            yield Lacking(Gap.MEMBER_ENDS, one.name, one.ends_on, one.membership_id)


def _goes_on(ending: Term, people: Sequence[Term]) -> bool:
    """Say whether the same role of the same account goes on without a day between."""
    return any(
        one.account_id == ending.account_id
        and one.role is ending.role
        and one.membership_id != ending.membership_id
        and ending.ends_on is not None
        and one.starts_on <= ending.ends_on
        and (one.ends_on is None or one.ends_on > ending.ends_on)
        for one in people
    )


def roles_in(kind: str) -> frozenset[Role]:
    """Return the roles that a kind of group gives."""
    return frozenset(role for role, kinds in GROUP_ROLES.items() if kind in kinds)
