"""Random moves by random people over random times: what must hold on every road."""

from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from portal.access.kinds import SYSTEM, Actor, Role
from portal.accounts.models import Person
from portal.accounts.queries import actor_in, group_by_code
from portal.accounts.services import give_role
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.foundation.errors import NotFound, Refusal
from portal.foundation.transaction import unit_of_work
from tests.support.city import NOON
from tests.support.walks import Walk


@pytest.fixture
def crowd(city, session):
    """The cast, and one inspector with a second account as lead of the supervision group."""
    with unit_of_work(session()) as own:
        person = own.get_one(Person, city.member.person_id)
        from uuid import uuid4

        from portal.accounts.models import Account

        first = own.get_one(Account, city.member.account_id)
        copied = {
            column.name: getattr(first, column.name)
            for column in Account.__table__.columns
            if column.name not in ("id", "email", "fs_uniquifier")
        }
        second = Account(**copied, id=uuid4(), email="again@example.org", fs_uniquifier="again")
        own.add(second)
        own.flush()
        group = group_by_code(own, "sup-wujin")
        since = {"starts_on": date(2026, 1, 1), "now": NOON}
        membership = give_role(own, SYSTEM, second, Role.LEAD, group=group, **since)
        actor = actor_in(second, membership)
        assert actor.person_id == person.id
        city.actors["inspector_as_supervisor"] = actor
    city.some_unit = city.unit()
    return city


#: Where walks begin, so that no part of the road is left to luck.
STAGES = {
    "received": lambda road: None,
    "in_hand": lambda road: road.to_in_hand(),
    "late": lambda road: road.to_late(),
    "ordered": lambda road: road.to_ordered(),
    "reported": lambda road: road.to_reported(),
    "put_right": lambda road: road.to_put_right(),
    "answered_as_not_true": lambda road: road.to_answered(Finding.NOT_TRUE),
}
# Hypothesis draws a number for each step and nothing else: what there is to choose from hangs on
# ids, which are never the same twice, and a walk must not be another one when it is told again.
WALKS = settings(
    max_examples=3,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def roads(city, session, stage, moved):
    """Return the machine whose walks begin at a stage; `moved` gathers what they did."""

    class Roads(RuleBasedStateMachine):
        @initialize(seed=st.integers(0, 2**32))
        def begin(self, seed):
            self.seed, self.steps = seed, 0
            self.road = Walk(city, session)
            STAGES[stage](self.road)
            self.road.check()

        @rule(seed=st.integers(0, 2**32))
        def somebody_tries_something(self, seed):
            self.steps += 1
            self.road.random = Random(f"{self.seed}/{self.steps}/{seed}")  # noqa: S311
            if (name := self.road.step()) is not None:
                moved.append(name)
            if self.steps % 6 == 0:
                self.road.record_breaches()
            self.road.check()

        def teardown(self):
            self.road.record_breaches()
            self.road.check(whole=True)

    return Roads


@pytest.mark.promise(3)
@pytest.mark.promise(5)
@pytest.mark.trap(9)
@pytest.mark.trap(18)
@pytest.mark.trap(45)
@pytest.mark.parametrize("stage", STAGES)
def test_what_must_hold_on_every_road_holds_on_random_ones(crowd, session, stage):
    moved = []
    run_state_machine_as_test(roads(crowd, session, stage, moved), settings=WALKS)
    # A walk that never gets anywhere would show nothing.
    assert len(moved) >= 8, moved


@pytest.mark.trap(18)
def test_no_account_of_the_inspector_reviews_what_the_inspector_saw(crowd, session):
    filed = crowd.in_hand()
    book = crowd.book(filed.case_id, crowd.inspected(filed.case_id))
    item = crowd.items(filed.case_id)[0].id
    done = {"item_id": item, "name": "张", "post": "厂长", "statement": "好了"}
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    crowd.move(unit, c.ReportItemDone, filed.case_id, **done)
    for command, more in (
        (c.PassReview, {}),
        (c.FailReview, {"new_due_on": date(2026, 12, 1)}),
    ):
        review = {"item_id": item, "opinion": "看过", **more}
        for name in ("member", "second_member", "inspector_as_supervisor"):
            with pytest.raises(Refusal) as error:
                crowd.move(crowd.actors[name], command, filed.case_id, **review)
            assert "own_work" in str(error.value)
    crowd.move(crowd.supervisor, c.PassReview, filed.case_id, item_id=item, opinion="看过")
    with pytest.raises(NotFound):
        crowd.move(crowd.supervisor_elsewhere, c.Note, filed.case_id, body="x")
