"""A finding that was wrong: a ruling on the unit's objection ends the hazard, not only its task."""

import pytest
from sqlalchemy import select

from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, Objection
from portal.cases.queries import grounds_of, hazards_counted
from portal.discipline.kinds import Ground
from portal.inspections.models import Hazard
from portal.presets.queries import in_force
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, OF_MAJOR
from tests.support.clerk import Clerk
from tests.support.refusals import CLOSE, UNIT, refusal, reported, unit_of


class Objected:
    """A true case with a task for each hazard, and the unit's objection to the first of them."""

    def __init__(self, city, *, hazards=1, major=False):
        self.city, self.session = city, city.session
        self.filed = city.in_hand()
        self.id = self.filed.case_id
        self.hazards = city.inspected(self.id, hazards=hazards)
        if major:
            city.levelled(self.hazards[0], self.id)
        self.book = city.book(self.id, self.hazards, **(OF_MAJOR if major else {}))
        self.items = city.items(self.id)
        city.move(city.lead, c.Verify, self.id, finding=Finding.TRUE, reason="看过")
        city.move(city.lead, c.Conclude, self.id, answers=((self.filed.report_id, "已责令整改"),))
        self.object(self.items[0].id)

    def object(self, item_id):
        said = {"task_book_id": self.book.id, "item_id": item_id, "body": "不是隐患", **UNIT}
        self.city.move(unit_of(self.book), c.Object, self.id, **said)

    def ruling(self, **more):
        about = self.session.scalars(
            select(Objection).where(Objection.case_id == self.id, Objection.decided_at.is_(None))
        ).first()
        said = {"objection_id": about.id, "upheld": True, "reason": "门宽符合规范"}
        return said | {"no_hazard": True} | more

    def rule(self, **more):
        self.city.move(self.city.director, c.DecideObjection, self.id, **self.ruling(**more))

    def lack(self, **more):
        said = self.ruling(**more)
        return refusal(self.city.move, self.city.director, c.DecideObjection, self.id, **said)

    @property
    def case(self):
        return self.session.get_one(Case, self.id, populate_existing=True)

    def close(self, **more):
        self.city.move(self.city.lead, c.Close, self.id, lesson_considered=True, **more)


def test_what_a_ruling_refutes_needs_no_task_and_the_rest_is_put_right(city, session):
    objected = Objected(city, hazards=2)
    second = objected.items[1]
    reported(city, objected.id, objected.book, second)
    city.move(city.supervisor, c.PassReview, objected.id, item_id=second.id, opinion="看过")
    objected.rule()
    rows = session().scalars(select(Hazard).order_by(Hazard.number)).all()
    assert [one.refuted_at is not None for one in rows] == [True, False]
    assert hazards_counted(session(), [objected.id])[objected.id] == (1, 0)
    objected.close()
    assert (objected.case.resolution, objected.case.state) == (
        Resolution.RECTIFIED, State.CLOSED,
    )  # fmt: skip
    assert_row_is_replay(session(), objected.id)


def test_where_none_remains_the_lead_says_why_and_it_ends_as_unfounded(city, session):
    objected = Objected(city)
    objected.rule()
    assert objected.case.state is State.IN_HAND
    found = refusal(city.move, city.lead, c.Close, objected.id, **CLOSE | {"reason": " "})
    assert found == ("no_hazard_reason_missing", "reason")
    objected.close(reason="裁定门宽符合规范，没有隐患")
    assert objected.case.resolution is Resolution.UNFOUNDED
    assert_row_is_replay(session(), objected.id)
    # Reopened by an upheld objection, verdict and answer are given anew.
    ground = {"ground": "upheld_objection", "reason": "按裁定重新认定"}
    city.move(city.director, c.Reopen, objected.id, **ground)
    assert (objected.case.finding, objected.case.concluded_at) == (None, None)


def test_only_the_task_falls_where_the_ruling_says_no_more(city):
    objected = Objected(city)
    objected.rule(no_hazard=False)
    found = refusal(city.move, city.lead, c.Close, objected.id, **CLOSE)
    assert found[0] == "hazards_without_item"
    # What waits for a task is found in the list of who handles it; what was refuted is not.
    city.book(objected.id, objected.hazards)
    again = city.items(objected.id)[-1]
    assert again.id != objected.items[0].id


@pytest.mark.trap(15)
def test_a_ruling_refutes_only_what_the_objection_is_about(city):
    objected = Objected(city, hazards=2)
    assert objected.lack(upheld=False) == ("refute_needs_task", "no_hazard")
    # Another task for the same hazard still counts.
    new = c.NewItem(
        hazard_id=objected.hazards[0], task="另改", responsible="厂长",
        due_on=objected.items[0].due_on,
    )  # fmt: skip
    unit = city.unit(contact_email="unit@example.org")
    city.move(city.lead, c.IssueTaskBook, objected.id, unit_id=unit, items=(new,))
    assert objected.lack() == ("refute_other_tasks", "no_hazard")
    extra = next(one for one in city.items(objected.id) if one.task_book_id != objected.book.id)
    city.move(city.lead, c.WithdrawItem, objected.id, item_id=extra.id, reason="重复")
    objected.rule()
    # The book as a whole is no task.
    objected.object(None)
    assert objected.lack() == ("refute_needs_task", "no_hazard")


def test_a_refuted_major_hazard_grounds_no_step_and_is_not_listed(city, session):
    objected = Objected(city, major=True)
    preset = in_force(session(), NOON)
    assert grounds_of(session(), [objected.case], preset, now=NOON)[objected.id][Ground.MAJOR] == 1
    objected.rule()
    assert grounds_of(session(), [objected.case], preset, now=NOON)[objected.id] == {}
    found = refusal(city.listed, objected.id, objected.hazards[0])
    assert found[0] in ("no_ground", "ground_not_so", "listing_hazard")


def test_the_director_says_so_on_the_page_and_the_case_shows_it(city, session, client_for):
    objected = Objected(city)
    about = objected.ruling()["objection_id"]
    session().rollback()
    director = Clerk(client_for(city.director))
    address = f"/staff/cases/{objected.id}/decide_objection"
    director.go(address)
    assert "what the task was ordered for is no hazard" in director.text
    typed = {"objection_id": str(about), "upheld": "no", "reason": "门宽符合规范"}
    director.send(address, **typed, no_hazard="y")
    assert director.status == 422
    assert "门宽符合规范" in director.html
    director.send(address, **typed | {"upheld": "yes"}, no_hazard="y")
    assert director.status == 200
    assert "a ruling says that it is none" in director.go(f"/staff/cases/{objected.id}").text
    # An objection that is about no task leaves nothing to refute.
    objected.city.book(objected.id, objected.city.inspected(objected.id))
