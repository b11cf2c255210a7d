"""What a group lacks, from its people and its term alone."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from portal.access.kinds import GroupKind, Role
from portal.accounts.kinds import Gap
from portal.accounts.lifecycle import Term, lacks, roles_in

TODAY = date(2026, 11, 10)
DAY = timedelta(days=1)
LEAD, MEMBER = UUID(int=1), UUID(int=2)


def term(account, role=Role.MEMBER, starts=TODAY - DAY, ends=None):
    return Term(
        membership_id=uuid4(), account_id=account, name=f"p{account.int}", post="", role=role,
        starts_on=starts, ends_on=ends,
    )  # fmt: skip


def found(*people, kind=GroupKind.INSPECTION, liaison=LEAD, ended=None):
    return [one.gap for one in lacks(roles_in(kind), people, liaison, ended, TODAY)]


def test_a_whole_group_lacks_nothing_and_a_desk_needs_no_lead():
    assert found(term(LEAD, Role.LEAD), term(MEMBER)) == []
    assert found(term(LEAD, Role.DISPATCHER), kind=GroupKind.DESK) == []
    assert found(term(LEAD), term(MEMBER)) == [Gap.NO_LEAD]
    assert found(liaison=None) == [Gap.NOBODY, Gap.NO_LIAISON]


def test_who_is_not_there_yet_or_no_more_fills_nothing():
    to_come = term(LEAD, Role.LEAD, starts=TODAY + DAY)
    gone = term(LEAD, Role.LEAD, ends=TODAY)
    for absent in (to_come, gone):
        assert found(absent, term(MEMBER)) == [Gap.NO_LEAD, Gap.LIAISON_LEFT]


@pytest.mark.parametrize(
    ("days", "gaps"), [(1, [Gap.MEMBER_ENDS]), (30, [Gap.MEMBER_ENDS]), (31, [])]
)
def test_an_end_within_thirty_days_is_pointed_out(days, gaps):
    ends = TODAY + days * DAY
    assert found(term(LEAD, Role.LEAD, ends=ends)) == gaps
    # Whoever takes the same role up without a day between goes on, whoever else comes does not.
    goes_on = term(LEAD, Role.LEAD, starts=ends)
    assert found(term(LEAD, Role.LEAD, ends=ends), goes_on) == []
    assert found(term(LEAD, Role.LEAD, ends=ends), term(MEMBER, Role.LEAD, starts=ends)) == gaps
    late = term(LEAD, Role.LEAD, starts=ends + DAY)
    assert found(term(LEAD, Role.LEAD, ends=ends), late) == gaps


@pytest.mark.parametrize(
    ("days", "gaps"),
    [(0, [Gap.TERM_ENDED]), (1, [Gap.TERM_ENDS]), (30, [Gap.TERM_ENDS]), (31, [])],
)
def test_the_end_of_a_group_is_told_before_and_after(days, gaps):
    assert found(term(LEAD, Role.LEAD), ended=TODAY + days * DAY) == gaps
