"""Units find for themselves: accounts, checks, own hazards, declarations, beside the reports."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.kinds import Role
from portal.accounts.models import Account
from portal.accounts.services import give_role
from portal.cases.kinds import Finding, Source, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.queries import grounds_of
from portal.cases.services import link_token
from portal.discipline.kinds import Ground
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.inspections.models import Hazard
from portal.presets.queries import in_force
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.kinds import Signer
from portal.selfinspections.models import SelfHazard, SelfInspection
from portal.selfinspections.queries import Show
from portal.units.queries import Wanted
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.files import jpeg
from tests.support.own import EXIT, OCTOBER, OwnUnit
from tests.support.staff import Browser, each_request_alone
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
TODAY = NOON.date()


@pytest.fixture
def mill(city):
    return OwnUnit(city)


@pytest.fixture
def clerk(monkeypatch, app, client_for, city):
    clock = StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):

        def made(who):
            return Clerk(client_for(city.actors[who] if isinstance(who, str) else who))

        made.clock = clock
        yield made


# accounts


def test_who_is_invited_signs_in_by_a_link_that_works_once_and_sees_the_own_unit_alone(
    city, app, clerk, worker, post, told
):
    unit, other = city.unit("甲厂（虚构）", sector="fire"), city.unit("乙厂（虚构）")
    member = clerk("member").go(f"/staff/units/{unit}")
    assert f"/staff/units/{unit}/self-inspection" in member.links
    member.go(f"/staff/units/{unit}/self-inspection")
    assert "Nobody at this unit has an account." in member.text
    member.send("/accounts", name="", post="厂长", email="li@example.org")
    assert member.status == 422
    assert "Write the name." in member.text
    assert "li@example.org" in member.html, "what was typed stands there still"
    member.send("/accounts", name="钱立")
    assert "has not set a password yet" in member.text
    told()
    letter = post.to("li@example.org")[0].get_content()
    link = re.search(r"/reset/\S+", letter)[0]
    words = {"password": "Vier Woerter ohne Bezug 77"}
    words["password_confirm"] = words["password"]
    browser = Browser(app)
    browser.get(link)
    browser.post(link, words)
    assert browser.sign_in("li@example.org", words["password"]).status_code in (302, 303)
    home = browser.get("/as", follow_redirects=True)
    assert home.request.path == "/unit/own"
    assert "甲厂（虚构）" in home.text
    for page in (
        *("/staff", "/staff/units", f"/staff/units/{unit}", "/profile/", "/profile/ties/new"),
        *(f"/staff/units/{other}/self-inspection", "/oversight", "/admin/people/"),
    ):
        assert browser.get(page).status_code == 404, page
    again = Browser(app)
    again.get(link)
    refused = again.post(link, words, follow_redirects=True)
    assert refused.request.path == "/reset", "the link leads to asking for a new one"
    member.go(f"/staff/units/{unit}/self-inspection").send("/end")
    assert "ended" in member.text
    assert browser.get("/unit/own").status_code == 303, "back to the sign-in page"
    assert Browser(app).sign_in("li@example.org", words["password"]).status_code == 422


def test_only_who_works_with_units_invites_and_an_account_is_of_one_unit(city, mill, session):
    given = {"name": "张", "post": "", "email": "z@example.org", "now": NOON}
    preset = in_force(session(), NOON)
    for name in ("director", "auditor", "administrator", "dispatcher"):
        with pytest.raises(NotAllowed), unit_of_work(session()) as own:
            doing.invite(own, city.actors[name], mill.id, preset, **given)
    with pytest.raises(NotAllowed), unit_of_work(session()) as own:
        doing.invite(own, mill.actor, mill.id, preset, **given)
    with pytest.raises(NotFound), unit_of_work(session()) as own:
        doing.invite(own, city.member, mill.actor.account_id, preset, **given)
    with pytest.raises(DBAPIError), unit_of_work(session()) as own:
        own.execute(text("UPDATE memberships SET unit_id = NULL WHERE role = 'unit'"))
    with pytest.raises(Incomplete), unit_of_work(session()) as own:
        account = own.get(Account, mill.actor.account_id)
        give_role(own, city.administrator, account, Role.AUDITOR, starts_on=TODAY, now=NOON)


def test_an_account_of_another_unit_is_not_ended_from_here(city, clerk, mill):
    stranger = OwnUnit(city, "别家（虚构）")
    member = clerk("member").go(f"/staff/units/{mill.id}/self-inspection")
    form = member.form("/end")
    form.action = form.action.replace(str(mill.actor.account_id), str(stranger.actor.account_id))
    member.send("/end")
    assert member.status == 404
    account = city.session.get_one(Account, stranger.actor.account_id, populate_existing=True)
    assert account.active


# what is a unit's own


def test_nothing_of_another_unit_exists_for_a_unit(city, mill, clerk):
    theirs = OwnUnit(city, "别家（虚构）")
    hazard = theirs.found()
    with unit_of_work(city.session) as own:
        preset = in_force(own, NOON)
        walk = doing.begin(own, theirs.actor, "regular", "FIRE-DORM", preset, now=NOON).id
    me = clerk(mill.actor)
    for page in (f"hazards/{hazard}", f"inspections/{walk}", f"inspections/{walk}/items/F01"):
        assert me.go(f"/unit/own/{page}").status == 404, page
        assert clerk(theirs.actor).go(f"/unit/own/{page}").status == 200, page
    assert me.go("/unit/own/hazards").status == 200
    assert "二楼安全出口" not in me.text
    with pytest.raises(NotFound), unit_of_work(city.session) as own:
        doing.set_task(
            own, mill.actor, hazard, task="x", who="y", due_on=TODAY, today=TODAY, now=NOON
        )
    with pytest.raises(NotFound), unit_of_work(city.session) as own:
        doing.drop(own, mill.actor, walk, now=NOON)
    assert clerk("member").go("/unit/own").status == 404, "nor is it a page of staff"


def test_a_unit_reads_its_open_task_books_by_their_own_links(city, mill, clerk):
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    with unit_of_work(city.session) as own:
        held = own.get(type(book), book.id)
        held.unit_id = mill.id
    me = clerk(mill.actor).go("/unit/own/books")
    assert f"/unit/{link_token(book.id)}" in me.links
    assert "1 task to put right" in me.text
    stranger = OwnUnit(city, "别家（虚构）")
    assert "No task book is out" in clerk(stranger.actor).go("/unit/own/books").text
    city.move(city.lead, c.RevokeLink, filed.case_id, task_book_id=book.id, reason="丢了")
    assert "No task book is out" in me.go("/unit/own/books").text


# a self-inspection


def test_a_unit_checks_itself_on_its_pages_and_puts_right_what_it_found(city, mill, clerk):
    """From what is due to a declared month, with a clash, a photo and nothing typed lost."""
    mill.principal()
    me, colleague = clerk(mill.actor), clerk(mill.invite("second@example.org"))
    me.go("/unit/own")
    assert "Regular check 2026-11" in me.text
    me.go("/unit/own/duties/regular").send("/duties/regular")
    here = me.address
    assert here.startswith("/unit/own/inspections/")
    colleague.go("/unit/own/duties/regular").send("/duties/regular")
    assert colleague.address == here, "whoever comes second finds what is under way"
    colleague.go(f"{here}/items/F01")
    me.go(f"{here}/items/F01").send("/F01", result="fail", button=("step", "next"))
    assert me.status == 422
    assert "Item F01: write what you saw." in me.text
    me.send("/F01", note="出口堆货", place="二楼", files=(BytesIO(jpeg()), "x.jpg"))
    assert me.status == 200
    colleague.send("/F01", result="pass", note="看着没事")
    assert colleague.status == 409
    assert "Somebody else entered this item meanwhile." in colleague.text
    assert "看着没事" in colleague.html
    me.go(f"{here}/finish")
    assert "1 item failed: it becomes an own hazard." in me.text
    me.send("/finish", statement="全厂走了一遍")
    assert me.status == 422
    assert "Choose a kind of hazard of the list." in me.text
    assert "全厂走了一遍" in me.html
    me.send("/finish", category=EXIT)
    assert "The self-inspection is recorded." in me.text
    assert "二楼：出口堆货" in me.text
    assert me.go(f"{here}/finish").address == here, "it is over, and nobody is told a fault"
    hazard = city.session.scalars(select(SelfHazard)).one()
    assert (hazard.unit_id, hazard.item, hazard.category) == (mill.id, "F01", EXIT)
    city.session.rollback()
    me.go(f"/unit/own/hazards/{hazard.id}")
    me.send("/tasks", **{"new-task": "清走", "new-who": "仓库主管", "new-due_on": TODAY - DAY})
    assert me.status == 422
    assert "This day has passed already." in me.text
    me.send("/tasks", **{"new-due_on": TODAY + DAY})
    assert "Being put right" in me.text
    me.send("/done")
    assert me.status == 422
    assert "Write what was done, or add a photo that shows it." in me.text
    me.send("/done", **{"task1-photos": (BytesIO(jpeg()), "y.jpg")})
    assert "Put right by the unit" in me.text
    photo = next(link for link in me.links if "/unit/own/files/" in link)
    assert me.client.get(photo).mimetype == "image/jpeg"
    assert clerk(OwnUnit(city, "别家（虚构）").actor).client.get(photo).status_code == 404
    staff = clerk("member").go(f"/staff/units/{mill.id}/self-inspection")
    assert "二楼：出口堆货" in staff.text
    assert "清走" in staff.text
    record = next(link for link in staff.links if re.search(r"self-inspection/[0-9a-f-]{36}", link))
    assert "全厂走了一遍" in staff.go(record).text


def test_a_duty_in_words_needs_words_and_is_recorded_once(city, mill, clerk):
    me = clerk(mill.actor).go("/unit/own/duties/drill").send("/duties/drill")
    here = me.address
    me.go(f"{here}/finish").send("/finish")
    assert me.status == 422
    assert "Write what was done." in me.text
    me.send("/finish", statement="疏散演练，四十人", photos=(BytesIO(jpeg()), "d.jpg"))
    assert "疏散演练，四十人" in me.text
    assert "Drill 2026" in me.go("/unit/own").text
    with pytest.raises(OutOfTurn), unit_of_work(city.session) as own:
        doing.drop(own, mill.actor, UUID(re.search(r"[0-9a-f-]{36}", here)[0]), now=NOON)


def test_a_duty_that_no_rule_knows_is_no_page_and_thrown_away_is_gone(city, mill, clerk):
    me = clerk(mill.actor)
    assert me.go("/unit/own/duties/none").status == 404
    me.go("/unit/own/duties/regular").send("/duties/regular")
    here = me.address
    me.send("/drop")
    assert me.address == "/unit/own"
    assert me.go(here).status == 404
    assert city.session.scalars(select(SelfInspection)).all() == []


def test_what_was_entered_is_fenced_and_its_words_are_in_no_event(city, mill, superuser):
    hazard = mill.found()
    mill.task(hazard, due_on=TODAY + DAY)
    for change in (
        "UPDATE self_hazards SET entered_at = now()",
        "UPDATE self_hazards SET category = 'x'",
        "UPDATE self_tasks SET due_on = due_on + 9",
        "DELETE FROM self_hazards",
    ):
        with pytest.raises(DBAPIError), unit_of_work(city.session) as own:
            own.execute(text(change))
    events = city.session.scalars(
        select(Event).where(Event.kind == "self_inspection_changed").order_by(Event.seq)
    ).all()
    acts = [one.payload["act"] for one in events]
    assert acts == ["enrolled", "hazard_entered", "task_set"]
    assert "二楼" not in str([one.payload for one in events])


# declarations


def test_a_return_of_nothing_found_by_a_post_that_left_is_refused_and_others_are_marked(
    city, mill, clerk
):
    mill.principal("厂长", until_on=date(2026, 11, 1))
    me = clerk(mill.actor).go("/unit/own/declarations/2026-10")
    me.send("/2026-10", kind="nil", name="钱立", post="厂长", confirmed="y")
    assert me.status == 422
    assert "no longer answers for the unit" in me.text
    assert "钱立" in me.html
    me.send("/2026-10", name="周敏", post="代理厂长")
    assert me.status == 200
    row = queries.declarations_of(city.session, mill.actor, mill.id)[0]
    assert (row.is_nil, row.signer, row.is_late) == (True, Signer.UNNAMED, False)
    with pytest.raises(DBAPIError), unit_of_work(city.session) as own:
        own.execute(text("UPDATE declarations SET signer = 'holds'"))
    with pytest.raises(DBAPIError), unit_of_work(city.session) as own:
        own.execute(text("DELETE FROM declarations"))


def test_a_month_is_declared_once_truly_and_when_it_is_over(city, mill):
    mill.principal()
    cases = {
        "month_not_over": {"month": date(2026, 11, 1)},
        "month_not_owed": {"month": date(2026, 8, 1)},
    }
    for reason, given in cases.items():
        with pytest.raises(OutOfTurn, match=reason):
            mill.declare(**given)
    for reason, given in {
        "finds_without": {"kind": "finds"},
        "kind_missing": {"kind": "x"},
        "signer_missing": {"post": " "},
        "confirm_missing": {"is_confirmed": False},
    }.items():
        with pytest.raises(Incomplete) as refused:
            mill.declare(**given)
        assert refused.value.reason == reason
    hazard = mill.found(now=datetime(2026, 10, 20, tzinfo=UTC))
    with pytest.raises(Incomplete) as refused:
        mill.declare()
    assert refused.value.reason == "nil_with_finds"
    mill.done(hazard, mill.task(hazard, due_on=TODAY))
    row = mill.declare(kind="finds")
    assert (row.found_count, row.right_count, row.signer) == (1, 1, Signer.HOLDS)
    city.session.rollback()
    with pytest.raises(OutOfTurn, match="month_declared"):
        mill.declare(kind="finds")


def test_a_month_begins_and_ends_in_the_city(city, mill):
    mill.principal()
    # 31 October 23:59 and 1 November 00:00 in Changzhou.
    mill.found(now=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    mill.found(now=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    assert mill.declare(kind="finds").found_count == 1


def test_who_has_not_declared_stands_in_the_list_that_search_and_filters_narrow(city, mill, clerk):
    other = OwnUnit(city, "晚报化工（虚构）", sector="chemicals", jurisdiction="320481")
    city.unit("不参加的厂（虚构）")
    micro = OwnUnit(city, "小店（虚构）", size="micro")
    late = NOON + 3 * DAY
    clerk.clock.at = late
    lead = clerk("lead").go("/staff/self-inspection")
    assert "The declaration of this month was due on" in lead.text
    assert "示例自查厂" in lead.text
    assert "晚报化工" in lead.text
    assert "不参加的厂" not in lead.text
    assert "小店" not in lead.text, "the rules mean no unit of this size"
    assert micro.id
    assert "晚报化工" not in lead.go("/staff/self-inspection?q=自查").text
    assert "晚报化工" in lead.go("/staff/self-inspection?sector=chemicals").text
    assert "示例自查厂" not in lead.text
    watching = clerk("supervisor").go("/staff/self-inspection")
    assert "示例自查厂" in watching.text
    assert "晚报化工" not in watching.text, "first the own district"
    mill.principal()
    mill.declare(now=late)
    assert "示例自查厂" not in lead.go("/staff/self-inspection").text
    lead.go("/staff/self-inspection?show=nil")
    assert "示例自查厂" in lead.text
    assert "declared late" in lead.text
    assert other.id
    assert clerk("dispatcher").go("/staff/self-inspection").status == 404
    assert clerk(mill.actor).go("/staff/self-inspection").status == 404


def test_the_list_pages_by_name_and_its_counts_are_its_rows(city, mill):
    units = [OwnUnit(city, f"分页{n}厂（虚构）").id for n in range(3)]
    preset, actor = in_force(city.session, NOON), city.lead
    asked = {"month": OCTOBER, "show": Show.MISSING, "wanted": Wanted(), "preset": preset}
    found, after = [], None
    while True:
        page = queries.of_month(city.session, actor, after=after, limit=2, **asked)
        found += [row.unit_id for row in page.rows]
        after = page.next_key
        if after is None:
            break
    assert sorted(found) == sorted([mill.id, *units])
    counts = queries.counts_of_month(city.session, actor, OCTOBER, Wanted(), preset)
    assert counts[Show.MISSING] == 4
    with pytest.raises(NotAllowed):
        queries.of_month(city.session, mill.actor, **asked)


def test_a_unit_is_reminded_before_and_after_each_once_and_not_on_rest_days(
    city, mill, worker, post, told, app
):
    mill.principal()

    def remind(at):
        with unit_of_work(city.session) as own:
            return doing.remind_of_declarations(own, in_force(own, at), now=at)

    at = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
    # September is late already; October is due on the 10th.
    assert remind(at) == 1
    assert remind(at) == 0
    assert remind(datetime(2026, 11, 7, 2, 0, tzinfo=UTC)) == 0, "a Saturday"
    assert remind(datetime(2026, 11, 9, 2, 0, tzinfo=UTC)) == 1
    assert remind(datetime(2026, 11, 11, 2, 0, tzinfo=UTC)) == 1
    mill.declare(now=datetime(2026, 11, 11, 3, 0, tzinfo=UTC))
    told(after=2 * DAY)
    bodies = [mail.get_content() for _to, mail in post.taken]
    bodies = [one for one in bodies if "/unit/own/declarations" in one]
    assert len(bodies) == 1, "of September; October was declared before the mail left"
    assert "自查厂" not in bodies[0]


# handing up


def test_a_hazard_handed_up_waits_at_the_desk_and_is_no_ground_against_the_unit(city, mill):
    hazard = mill.found()
    case_id = mill.handed_up(hazard)
    case = city.session.get_one(Case, case_id)
    assert (case.state, case.source, case.unit_id) == (
        State.RECEIVED,
        Source.SELF_INSPECTION,
        mill.id,
    )
    assert case.category == EXIT
    city.session.rollback()
    with pytest.raises(OutOfTurn, match="self_handed_already"):
        mill.handed_up(hazard)
    city.accepted(case_id)
    city.dispatched(case_id)
    city.move(city.lead, c.SignFor, case_id)
    city.levelled(city.inspected(case_id)[0], case_id)
    session = city.session
    case = session.get_one(Case, case_id, populate_existing=True)
    preset = in_force(session, NOON)
    assert session.scalar(select(Hazard.level).where(Hazard.case_id == case_id)) == "major"
    assert Ground.MAJOR not in grounds_of(session, [case], preset, now=NOON)[case_id]
    session.rollback()


def test_a_major_hazard_is_handed_up_by_being_entered(city, mill, clerk):
    me = clerk(mill.actor).go("/unit/own/hazards/new")
    me.send("/hazards/new", words="三楼楼板开裂", category=EXIT, major="y")
    assert "Handed up as case 2026-" in me.text
    case = city.session.scalars(select(Case)).one()
    assert case.suspected_major
    city.session.rollback()
    clerk_ = clerk("dispatcher").go("/staff/intake")
    assert "三楼楼板开裂" in clerk_.text
    hazard = mill.found()
    mill.done(hazard, mill.task(hazard, due_on=TODAY))
    with pytest.raises(OutOfTurn, match="self_right_already"):
        mill.handed_up(hazard)


# beside the public's reports


def true_report(city, mill, *, now=NOON, finding=Finding.TRUE):
    """A report about the mill, sorted, inspected and verified."""
    filed = city.in_hand(now=now)
    people = (city.member.person_id, city.second_member.person_id)
    hazards = (c.FoundHazard(description="出口堆货"),)
    said = {"visited_at": now, "inspectors": people, "finding": "堆货", "hazards": hazards}
    city.move(city.member, c.Inspect, filed.case_id, unit_id=mill.id, **said, now=now)
    verdict = {"finding": finding, "reason": "看过", "now": now}
    city.move(city.lead, c.Verify, filed.case_id, **verdict)
    return filed.case_id


def test_a_case_says_what_the_unit_had_declared_and_to_whom(city, mill, clerk):
    mill.principal()
    mill.declare(now=NOON - DAY)
    case_id = true_report(city, mill)
    lead = clerk("lead").go(f"/staff/cases/{case_id}")
    assert "The unit had declared that nothing was found" in lead.text
    assert "October" in lead.text
    assert (
        "What the unit had declared" not in clerk("dispatcher").go(f"/staff/cases/{case_id}").text
    )
    unit = lead.go(f"/staff/units/{mill.id}/self-inspection")
    assert "Later found true:" in unit.text
    me = clerk(mill.actor).go("/unit/own/declarations")
    number = city.session.scalar(select(Case.number).where(Case.id == case_id))
    city.session.rollback()
    for page in ("", "/declarations", "/hazards", "/books", "/declarations/2026-10"):
        me.go(f"/unit/own{page}")
        assert me.status == 200
        assert number not in me.html, "a unit learns of no report by its declarations"


def test_a_return_of_nothing_found_points_to_all_three_reports_that_say_otherwise(
    city, mill, clerk
):
    mill.principal()
    mill.declare(now=NOON - DAY)
    cases = [true_report(city, mill) for _ in range(3)]
    unsettled = city.in_hand(unit_id=mill.id).case_id
    unit = clerk("lead").go(f"/staff/units/{mill.id}/self-inspection")
    shown = {link.rsplit("/", 1)[1] for link in unit.links if "/staff/cases/" in link}
    assert {str(case) for case in cases} <= shown
    assert str(unsettled) not in unit.html.split("Later found true:")[1].split("</li>")[0]


def test_what_was_found_before_counts_and_is_no_blind_spot(city, mill, clerk):
    mill.found(now=NOON - DAY)
    known = true_report(city, mill)
    blind = OwnUnit(city, "没查到的厂（虚构）")
    missed = true_report(city, blind)
    lead = clerk("lead").go(f"/staff/cases/{known}")
    assert "Counts for the unit: true, already known." in lead.text
    auditor = clerk("auditor").go("/staff/blind-spots")
    assert "Of 2 true reports the units had not found 1 before." in auditor.text
    auditor.go(next(link for link in auditor.links if "category=" in link))
    assert "没查到的厂" in auditor.text
    assert "示例自查厂" not in auditor.text
    sheet = auditor.client.get("/staff/blind-spots.csv").get_data(as_text=True)
    number = city.session.scalar(select(Case.number).where(Case.id == missed))
    assert number in sheet
    assert "Counted are reports" in sheet or "统计最近" in sheet
    city.session.rollback()
    for name in ("lead", "dispatcher", "administrator"):
        assert clerk(name).go("/staff/blind-spots").status == 404, name


def test_a_unit_has_no_role_among_staff_and_no_report_ever(city, mill, clerk):
    case_id = true_report(city, mill)
    me = clerk(mill.actor)
    assert mill.actor.role is Role.UNIT
    for page in (
        f"/staff/cases/{case_id}",
        f"/staff/cases/{case_id}/clocks",
        "/staff/cases",
        "/staff/search?q=2026",
        f"/staff/units/{mill.id}",
        "/oversight/cases",
    ):
        assert me.go(page).status == 404, page
