"""Plans of inspections: fixed before the number is known, drawn once, visited by whom they name."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from portal.cases.models import Case
from portal.cases.services import begin_visit
from portal.foundation.errors import NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.plans import queries
from portal.plans.lifecycle import Wish
from portal.plans.models import PlanDraw, PlanUnit
from portal.plans.services import draw_plan, make_plan, publish_plan
from portal.presets.queries import in_force
from portal.units.services import declare_tie
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

TODAY = NOON.date()
WEEK = timedelta(days=7)
NUMBER = "03 08 15 20 26 33 11"


class Planning:
    """A city with units, and short ways to a plan."""

    def __init__(self, city):
        self.city, self.session = city, city.session
        self.units = [
            city.unit(f"示例化工{n}厂（虚构）", sector="chemicals", township="320412.hutang",
                      jurisdiction="320412")
            for n in range(6)
        ]  # fmt: skip
        city.unit("别处的店（虚构）", sector="fire")

    def made(self, actor=None, *, now=NOON, publish=True, **changes):
        lead = actor or self.city.lead
        fields = {
            "kind": "special",
            "title": "化工专项",
            "checklist": "FIRE-DORM",
            "group_ids": (lead.group_id,),
            "starts_on": TODAY,
            "ends_on": TODAY + 4 * WEEK,
            "sector": "chemicals",
        }
        wish = Wish(**{**fields, **changes})
        with unit_of_work(self.session) as session:
            preset = in_force(session, now)
            plan = make_plan(session, lead, wish, preset, now=now).id
            if publish:
                publish_plan(session, lead, plan, preset, now=now)
        return plan

    def by_lot(self, **changes):
        return self.made(by_lot=True, draw_count=4, seed_on=TODAY + WEEK, **changes)

    def draw(self, plan, *, number=NUMBER, now=NOON + WEEK, actor=None):
        with unit_of_work(self.session) as session:
            preset = in_force(session, now)
            return draw_plan(session, actor or self.city.lead, plan, number, preset, now=now)

    def rows(self, plan):
        asked = select(PlanUnit).where(PlanUnit.plan_id == plan).order_by(PlanUnit.position)
        return self.session.scalars(asked).all()

    def acts(self, plan):
        return [one.payload["act"] for one in queries.acts_of(self.session, plan)]

    def visit(self, actor, plan, unit, *, now=NOON):
        with unit_of_work(self.session) as session:
            return begin_visit(session, actor, plan, unit, now=now)


@pytest.fixture
def planning(city):
    return Planning(city)


@pytest.fixture
def clerk(monkeypatch, app, client_for, city):
    clock = StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):
        made = lambda name: Clerk(client_for(city.actors[name]))  # noqa: E731
        made.clock = clock
        yield made


def test_a_lead_plans_on_the_page_and_a_member_goes(planning, clerk, session, app):
    """From the empty list to a visit that is done: nothing typed is lost, a case for each visit."""
    lead = clerk("lead").go("/staff/plans")
    assert "There is no plan that concerns you." in lead.text
    lead.go("/staff/plans/new")
    names = "示例化工1厂（虚构）\n没有这家"
    typed = {"title": "专项", "kind": "special", "checklist": "FIRE-DORM", "names": names}
    lead.send("/staff/plans/new", **typed, starts_on=TODAY)
    assert lead.status == 422
    assert "“没有这家”" in lead.text
    assert "示例化工1厂（虚构）" in lead.html, "what was typed stands there still"
    lead.send("/staff/plans/new", names="示例化工1厂（虚构）\n示例化工2厂（虚构）")
    assert lead.status == 200
    assert "2 units of the register fit today." in lead.text
    address = lead.address
    stranger = clerk("other_member").go(address)
    assert stranger.status == 404, "what is not published concerns its groups alone"
    member = clerk("member").go(address)
    assert "A lead of its groups or a director publishes it." in member.text
    lead.send("/publish")
    assert "done 0 · under way 0 · left 2" in lead.text
    assert stranger.go(address).status == 200
    assert "Begin the visit" not in stranger.text
    member.go(address).send("/visit")
    assert member.address.endswith("/inspection"), "by the plan's checklist, begun already"
    assert "Inspect by a checklist" not in member.text
    case = session.scalars(select(Case)).one()
    assert (case.state, case.source, case.group_id) == (
        "in_hand", "inspection", planning.city.lead.group_id,
    )  # fmt: skip
    session.rollback()
    assert "done 0 · under way 1 · left 1" in lead.go(address).text
    planning.city.inspected(case.id)
    session.rollback()
    lead.go(address)
    assert "done 1 · under way 0 · left 1" in lead.text
    assert "second_member" in lead.text, "who went, not only who began"
    assert "1 of 2" in lead.go("/staff/plans").text
    verified = app.test_cli_runner().invoke(args=["history", "verify", "--json"])
    assert verified.exit_code == 0, verified.output
    checked = app.test_cli_runner().invoke(args=["clocks", "check", "--json"])
    assert checked.exit_code == 0, checked.output


def test_units_and_people_are_fixed_before_the_number_and_drawn_once(planning, session, app):
    """Who is tied is passed over and told; the second draw is refused, by the database too."""
    city = planning.city
    plan = planning.by_lot()
    late = city.unit("后来的厂（虚构）", sector="chemicals")
    with pytest.raises(Exception, match="plan_number_early"):
        planning.draw(plan, now=NOON)
    with unit_of_work(city.session) as session_:
        for unit in planning.units:
            declare_tie(session_, city.member, person_id=city.member.person_id, unit_id=unit,
                        kind="family", now=NOON)  # fmt: skip
    assert planning.draw(plan)
    rows = planning.rows(plan)
    assert len(rows) == 4
    assert late not in {row.unit_id for row in rows}
    for row in rows:
        assert set(row.inspectors) == {city.lead.person_id, city.second_member.person_id}
        assert set(row.left_out) <= {city.member.person_id}
    before = [(row.unit_id, row.inspectors) for row in rows]
    assert not planning.draw(plan, number="11 12 13 14 15 16 01")
    assert [(row.unit_id, row.inspectors) for row in planning.rows(plan)] == before
    assert planning.acts(plan) == ["made", "published", "drawn", "draw_refused"]
    for statement in (
        "UPDATE plan_publications SET population = '{}'",
        "UPDATE plan_units SET position = position + 10",
        "UPDATE plans SET draw_count = 1",
        "DELETE FROM plan_units",
        "DELETE FROM plan_draws",
    ):
        with pytest.raises(DBAPIError):
            session.execute(text(statement))
        session.rollback()
    one = session.scalars(select(PlanDraw)).one()
    copied = {name: getattr(one, name) for name in ("seed", "drawn_at", "drawn_by", "ties")}
    with pytest.raises(DBAPIError):
        session.execute(insert(PlanDraw), {"plan_id": plan, "number": "1", **copied})
    session.rollback()


def test_a_file_of_the_page_draws_the_same_again_and_tells_what_was_changed(
    planning, clerk, app, tmp_path
):
    plan = planning.by_lot()
    clerk.clock.later(days=7)
    lead = clerk("lead").go(f"/staff/plans/{plan}")
    lead.send("/draw", number="12")
    assert lead.status == 422
    assert "digits, at least six" in lead.text
    lead.send("/draw", number=f" {NUMBER} ")
    assert "Drawn. Who goes where stands below." in lead.text
    lead.send("/draw", number="11 12 13 14 15 16 01")
    assert "the history keeps your try" in lead.text
    assert "A second draw was asked for and refused" in lead.go(f"/staff/plans/{plan}").text
    body = clerk("auditor").client.get(f"/staff/plans/{plan}/draw.csv").get_data(as_text=True)
    file = tmp_path / "plan.csv"

    def redrawn(words):
        file.write_text(words, encoding="utf-8")
        return app.test_cli_runner().invoke(args=["plans", "redraw", str(file)])

    same = redrawn(body)
    assert (same.exit_code, same.output) == (0, "The same 4 units and the same people come out.\n")
    lines = body.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith("unit,"))
    drawn = next(n for n, line in enumerate(lines) if line.startswith("drawn,"))
    for changed, said in (
        ([*lines[:first], *lines[first + 1 :]], "units differs"),
        ([*lines[:drawn], *lines[drawn + 1 :]], "drawn differs"),
        ([line.replace(NUMBER, "11 12 13 14 15 16 01") for line in lines], "seed differs"),
    ):
        answer = redrawn("".join(changed))
        assert answer.exit_code == 1
        assert said in answer.output


def test_unannounced_visits_exist_only_for_whom_they_concern(planning, clerk):
    """In the list and by the address alike; and the page says who could know."""
    plan = planning.made(kind="unannounced", title="夜查")
    for name, sees in (
        ("lead", True), ("second_member", True), ("director", True), ("auditor", True),
        ("other_lead", False), ("supervisor", False), ("dispatcher", False),
    ):  # fmt: skip
        who = clerk(name)
        assert ("夜查" in who.go("/staff/plans").text) is sees, name
        for address in ("", "/draw.csv"):
            assert (who.go(f"/staff/plans/{plan}{address}").status == 200) is sees, name
    page = clerk("lead").go(f"/staff/plans/{plan}").text
    told = page.partition("Who could know of these visits")[2]
    assert all(name in told for name in ("second_member", "director", "auditor"))
    assert "other_lead" not in told


def test_a_visit_is_begun_by_whom_the_plan_names_once_and_not_before_its_day(planning, session):
    city, unit = planning.city, planning.units[0]
    plan = planning.made(starts_on=TODAY + WEEK)
    with pytest.raises(OutOfTurn, match="plan_not_begun"):
        planning.visit(city.member, plan, unit)
    with pytest.raises(NotAllowed):
        planning.visit(city.other_member, plan, unit, now=NOON + WEEK)
    with unit_of_work(city.session) as own:
        declare_tie(own, city.member, person_id=city.member.person_id, unit_id=unit,
                    kind="family", now=NOON)  # fmt: skip
    with pytest.raises(OutOfTurn, match="plan_tied"):
        planning.visit(city.member, plan, unit, now=NOON + WEEK)
    first = planning.visit(city.second_member, plan, unit, now=NOON + WEEK)
    assert planning.visit(city.lead, plan, unit, now=NOON + WEEK) == first
    assert planning.acts(plan).count("visit_begun") == 1
    with pytest.raises(NotFound):
        planning.visit(city.lead, plan, UUID(int=1), now=NOON + WEEK)
    opened = session.scalars(select(Event).where(Event.case_id == first)).one()
    assert (opened.kind, opened.to_state, opened.payload["plan"]) == (
        "opened",
        "in_hand",
        str(plan),
    )


def test_the_number_must_lie_ahead_and_a_lead_plans_for_the_own_group(planning):
    """A day that is not to come is refused when the plan is written and when it is published."""
    with pytest.raises(Exception, match="plan_day_missing"):
        planning.made(by_lot=True, draw_count=2, seed_on=TODAY)
    draft = planning.made(by_lot=True, draw_count=2, seed_on=TODAY + WEEK, publish=False)
    with pytest.raises(Exception, match="plan_day_missing"), unit_of_work(planning.session) as own:
        publish_plan(own, planning.city.lead, draft, in_force(own, NOON), now=NOON + WEEK)
    with pytest.raises(Exception, match="plan_groups_foreign"):
        planning.made(group_ids=(planning.city.other_lead.group_id,))
    director = planning.made(planning.city.director, group_ids=(planning.city.lead.group_id,))
    assert len(planning.rows(director)) == 6


def test_a_second_visit_close_by_is_pointed_out_before_it_is_planned(planning, clerk):
    """Two groups ask the same units: whoever plans sees it, as far as the plans may be known."""
    city, first = planning.city, planning.units[0]
    planning.made(title="消防大检查")
    hidden = {"kind": "unannounced", "title": "四不两直", "names": ("示例化工1厂（虚构）",)}
    planning.made(sector="", **hidden)
    names = ("示例化工0厂（虚构）", "示例化工1厂（虚构）", "别处的店（虚构）")
    about = {"names": names, "sector": "", "title": "复合检查"}
    draft = planning.made(city.other_lead, publish=False, **about)
    page = clerk("other_lead").go(f"/staff/plans/{draft}")
    assert "2 of them are visited less than 30 days before or after." in page.text
    assert page.text.count("Also in “消防大检查”") == 2
    assert "四不两直" not in page.html, "what may not be known is not told by a warning"
    assert "Also in “四不两直”" in clerk("director").go(f"/staff/plans/{draft}").text
    far = {"starts_on": TODAY + 9 * WEEK, "ends_on": TODAY + 10 * WEEK}
    later = planning.made(city.other_lead, publish=False, **about | far)
    assert "less than 30 days" not in clerk("other_lead").go(f"/staff/plans/{later}").text
    # The other group goes; the plan that follows says so at its row.
    case_id = planning.visit(city.member, planning.made(title="抽查"), first)
    planning.city.inspected(case_id)
    planning.session.rollback()
    page.send("/publish")
    assert "Visited on 10 November 2026 by “抽查”" in page.text
    unit = clerk("lead").go(f"/staff/units/{first}")
    assert "In 365 days: 1 visit by 1 group" in unit.text
    assert "Two visits less than 30 days apart" in unit.text and "消防大检查" in unit.text
    assert "What it has to bear" not in clerk("dispatcher").go(f"/staff/units/{first}").text
