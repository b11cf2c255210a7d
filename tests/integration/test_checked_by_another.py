"""Who checks found and ordered nothing of it: held by the database too, whoever writes there."""

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from portal.cases.lifecycle import commands as c
from portal.taskbooks.models import Review
from tests.support.city import OF_MAJOR
from tests.support.refusals import reported

INSERT = """
    INSERT INTO reviews
      (id, item_id, case_id, passed, on_site, opinion_text_id, reviewed_at, reviewer)
    SELECT gen_random_uuid(), i.id, i.case_id, :passed, :on_site, i.text_id, now(), :reviewer
    FROM task_items i WHERE i.id = :item
"""
PASSED = "UPDATE task_items SET state = 'passed', passed_at = now() WHERE id = :item"


@pytest.fixture
def by_hand(database):
    """What somebody with the app's own rights writes past every page."""
    engine = create_engine(database.app_url)

    def write(*statements, **values):
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    yield write
    engine.dispose()


def waiting(city, *, major=False):
    """A reported task, and its case."""
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    if major:
        city.levelled(hazard, filed.case_id)
    book = city.book(filed.case_id, [hazard], **(OF_MAJOR if major else {}))
    reported(city, filed.case_id, book)
    (item,) = city.items(filed.case_id)
    return filed.case_id, item.id


def refused(write, *statements, **values):
    with pytest.raises(DBAPIError) as error:
        write(*statements, **values)
    return str(error.value.orig)


@pytest.mark.trap(15, 18)
def test_no_hand_writes_a_check_by_who_found_or_ordered_it(city, by_hand, session):
    _case_id, item = waiting(city)
    said = {"item": item, "passed": True, "on_site": True}
    for who in (city.member, city.second_member):  # both visited, the first ordered it
        found = refused(by_hand, INSERT, reviewer=who.person_id, **said)
        assert "checks nothing of it" in found
    found = refused(by_hand, INSERT, reviewer=city.member.person_id, **said | {"passed": False})
    assert "checks nothing of it" in found
    # Who ordered it without having been there.
    case_id = city.in_hand().case_id
    hazard = city.inspected(case_id)
    ordered = {"hazard_id": hazard[0], "task": "改", "responsible": "厂长"}
    new = c.NewItem(**ordered, due_on=city.items(_case_id)[0].due_on)
    unit = city.unit(contact_email="unit@example.org")
    city.move(city.lead, c.IssueTaskBook, case_id, unit_id=unit, items=(new,))
    other = city.items(case_id)[0].id
    found = refused(by_hand, INSERT, reviewer=city.lead.person_id, **said | {"item": other})
    assert "checks nothing of it" in found
    assert session().scalars(select(Review)).all() == []


@pytest.mark.trap(15, 18)
def test_no_hand_passes_a_task_without_a_check_and_no_check_changes(city, by_hand, session):
    case_id, item = waiting(city)
    assert "no check passed" in refused(by_hand, PASSED, item=item)
    failed = {"item": item, "passed": False, "on_site": True}
    checked = {"reviewer": city.supervisor.person_id, **failed}
    assert "no check passed" in refused(by_hand, INSERT, PASSED, **checked)
    city.move(city.supervisor, c.PassReview, case_id, item_id=item, opinion="看过")
    for statement in ("UPDATE reviews SET passed = false", "DELETE FROM reviews"):
        assert "append-only" in refused(by_hand, statement)
    assert session().scalars(select(Review.passed)).all() == [True]


@pytest.mark.trap(15, 18)
def test_no_hand_passes_a_major_hazard_by_one_person_or_from_a_desk(city, by_hand):
    case_id, item = waiting(city, major=True)
    said = {"item": item, "passed": True, "on_site": True, "reviewer": city.supervisor.person_id}
    assert "two people on site" in refused(by_hand, INSERT, **said)
    signed = {"item_id": item, "opinion": "门能推开", "on_site": True}
    city.move(city.lead, c.SignCheck, case_id, **signed)
    assert "two people" in refused(by_hand, INSERT, **said | {"reviewer": city.lead.person_id})
    assert "two people on site" in refused(by_hand, INSERT, **said | {"on_site": False})
    city.move(city.supervisor, c.PassReview, case_id, **signed)
