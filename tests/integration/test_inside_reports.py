"""Workers report inside their unit: who gets what, both sides, outside again, nothing leaks."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.kinds import Actor, Role
from portal.attachments.models import Attachment
from portal.cases.models import Case
from portal.cases.services import take_outside, take_up_inside
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event, Text
from portal.presets.queries import in_force
from portal.reports.models import Report
from portal.sealing.models import SealedItem
from portal.sealing.services import register
from portal.selfinspections import queries
from portal.selfinspections import services as doing
from portal.selfinspections.kinds import InsideState
from portal.selfinspections.models import InsideReport
from portal.units.models import Unit
from portal.units.queries import Wanted
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.own import EXIT, OwnUnit
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = r"/report\?|/report$"
WORDS = "二号车间行车的防脱扣断了，还在用。"
INSIDE = {"way": "inside", "about_management": "no"}


@pytest.fixture
def mill(city):
    made = OwnUnit(city, contact_email="mill@example.org")
    made.takes_inside()
    return made


@pytest.fixture
def clock(monkeypatch):
    return StoppedClock(monkeypatch, NOON)


@pytest.fixture
def clerk(app, client_for, city, clock):
    with each_request_alone(app):
        yield lambda who: Clerk(client_for(city.actors[who] if isinstance(who, str) else who))


@pytest.fixture
def visitor(app, city, clock):
    return Visitor(app)


def token(city, mill):
    found = city.session.get_one(Unit, mill.id).report_token
    city.session.rollback()
    return found


def go(visitor, city, mill, photos=(), **typed):
    """Fill the form from the unit's code on, up to the page before sending."""
    visitor.get(f"/report?unit={token(city, mill)}")
    visitor.send(FIRST, **{"text": WORDS, "place": "二号车间", **typed})
    visitor.evidence(photos)
    return visitor


def rows(city, model):
    city.session.rollback()
    found = city.session.scalars(select(model)).all()
    return found


def do(city, act, *args, now=NOON, **more):
    with unit_of_work(city.session) as own:
        return act(own, *args, **more, now=now)


# the whole way


def test_inside_is_asked_answered_and_read_with_the_code(city, mill, visitor, clerk, clock):
    clock.later(minutes=20)  # at the full hour the hour would be over at once
    page = go(visitor, city, mill, **INSIDE)
    for said in ("Only the unit, at first", "安全科长", "by 17 November", "None: an inside report"):
        assert said.lower() in page.text.lower(), said
    assert "The unit that you report" not in page.text
    visitor.send("/report/send")
    assert "The unit has your report" in visitor.text
    code = visitor.code
    assert visitor.get("/report/sent").status_code == 200
    assert visitor.code == code, "sent once, shown again"
    assert rows(city, Case) == rows(city, Report) == []
    me = clerk(mill.actor)
    assert "No report stands here" in me.go("/unit/own/reports").text, "not within the hour"
    clock.later(hours=1)
    me.go("/unit/own/reports")
    assert WORDS in me.text
    report = rows(city, InsideReport)[0].id
    assert f"/unit/own/reports/{report}" in "".join(me.links)
    me.go(f"/unit/own/reports/{report}")
    assert WORDS in me.text and "二号车间" in me.text and "12:00" not in me.text
    me.send("/message", **{"say-body": "是哪一台？"})
    assert "是哪一台？" in visitor.open(code).get_data(as_text=True)
    visitor.send("/inside/message", body="靠门的那台")
    assert "靠门的那台" not in me.go(f"/unit/own/reports/{report}").text, "not within the hour"
    clock.later(hours=1)
    assert "靠门的那台" in me.go(f"/unit/own/reports/{report}").text
    me.send("/answer", **{"answer-words": "   "})
    assert me.status == 422 and "Write the answer" in me.text
    me.send("/answer", **{"answer-words": "换好了"})
    assert me.status == 200
    visitor.open(code)
    assert "换好了" in visitor.text and "Answered by the unit" in visitor.text
    assert rows(city, InsideReport)[0].state is InsideState.ANSWERED


@pytest.mark.parametrize("about", ["yes", "not_sure"])
def test_what_may_be_about_the_management_is_an_ordinary_report(
    city, mill, visitor, clerk, clock, about
):
    page = go(visitor, city, mill, way="inside", about_management=about)
    assert "The work-safety office" in page.text and "does not learn" in page.text
    visitor.send("/report/send")
    assert "We have your report" in visitor.text
    clock.later(days=9)
    assert rows(city, InsideReport) == []
    report = rows(city, Report)[0]
    assert (report.claimed_unit_id, report.channel) == (mill.id, "qr")
    me = clerk(mill.actor)
    for path in ("", "/reports", "/hazards", "/declarations", "/books", f"/reports/{report.id}"):
        me.go(f"/unit/own{path}")
        assert WORDS not in me.text, path
    assert me.status == 404
    # As any other: nothing of it says what was chosen first.
    events = [one.payload for one in rows(city, Event) if one.case_id == report.case_id]
    assert "inside" not in str(events)


def test_outside_is_the_default_and_inside_wants_its_question_answered(city, mill, visitor):
    visitor.get(f"/report?unit={token(city, mill)}")
    assert visitor.fields(FIRST)[1]["way"] == "outside"
    visitor.send(FIRST, text=WORDS, place="二号车间", way="inside")
    assert visitor.page.status_code == 422
    assert "Say whether it is about somebody" in visitor.text
    assert visitor.fields(FIRST)[1]["way"] == "inside", "what was chosen stands there still"
    visitor.send(FIRST, way="rubbish")
    visitor.evidence()
    visitor.send("/report/send")
    assert len(rows(city, Report)) == 1 and rows(city, InsideReport) == []


def test_a_unit_without_a_door_or_none_at_all_is_never_asked(city, visitor):
    other = OwnUnit(city, "没开的厂（虚构）")
    visitor.get(f"/report?unit={token(city, other)}")
    assert "Who should get it?" not in visitor.text
    for where in (token(city, other), ""):
        visitor.get(f"/report?unit={where}")
        visitor.send(FIRST, text=WORDS, place="车间", **INSIDE)
        visitor.evidence()
        visitor.send("/report/send", way="outside")
    assert len(rows(city, Report)) == 2 and rows(city, InsideReport) == []


def test_nothing_is_sent_where_it_would_go_elsewhere_than_the_page_said(city, mill, visitor):
    go(visitor, city, mill, **INSIDE)
    do(city, doing.close_door, mill.actor)
    visitor.send("/report/send")
    assert visitor.page.status_code == 422 and "Nothing was sent" in visitor.text
    assert rows(city, Report) == rows(city, InsideReport) == []
    visitor.send("/report/send")
    assert len(rows(city, Report)) == 1, "now the page had said so"


def test_a_form_that_was_sent_inside_is_sent_once_by_every_tab(city, mill, visitor):
    go(visitor, city, mill, **INSIDE)
    address, fields = visitor.fields("/report/send")
    visitor.send("/report/send")
    code = visitor.code
    visitor.post(address, fields)
    assert visitor.code == code
    assert len(rows(city, InsideReport)) == 1 and rows(city, Report) == []


def test_contact_and_what_tells_of_the_reporter_never_reach_the_unit(
    city, mill, visitor, clerk, clock
):
    with unit_of_work(city.session) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(2)):
            register(own, custodian, label=f"{number}", now=NOON)
    visitor.get(f"/report?unit={token(city, mill)}")
    pin = {"latitude": "31.701234", "longitude": "119.961234"}
    visitor.send(FIRST, text=WORDS, place="二号车间", **pin)
    visitor.evidence(name="金丝雀甲", phone="13977770004", relation="worker")
    visitor.get("/report")
    visitor.send(FIRST, **INSIDE)
    assert "takes no contact" in visitor.text and "name" not in visitor.fields("/evidence")[1]
    visitor.evidence([("金丝雀.jpg", files.jpeg())])
    visitor.send("/report/send")
    clock.later(hours=1)
    kinds = {str(one.kind) for one in rows(city, SealedItem)}
    assert "contact" not in kinds, "what was typed before is not kept either"
    report = rows(city, InsideReport)[0]
    me = clerk(mill.actor).go(f"/unit/own/reports/{report.id}")
    photo = re.search(r"/unit/own/reports/\S+?/files/[0-9a-f-]{36}", me.html)[0]
    shown = me.client.get(photo)
    assert shown.status_code == 200 and b"KOMMENTAR-4711" not in shown.data
    for canary in ("金丝雀", "13977770004", "119.96", "31.70", "worker", "Worker", "12:00"):
        assert canary not in me.html, canary
    file = photo.rpartition("/")[2]
    theirs = OwnUnit(city, "别家（虚构）")
    staff = f"/staff/units/{mill.id}/own-files/{file}"
    assert clerk(theirs.actor).go(f"/unit/own/reports/{report.id}").status == 404
    assert clerk(theirs.actor).go(photo).status == 404
    assert me.go(f"/unit/own/files/{file}").status == 404
    assert clerk("member").go(staff).status == 404, "nor do groups read it"


# outside again


def test_taken_outside_it_is_a_report_with_text_and_files_and_a_code_of_its_own(
    city, mill, visitor, clerk, clock
):
    go(visitor, city, mill, [("a.jpg", files.jpeg())], **INSIDE)
    visitor.send("/report/send")
    inside = visitor.code
    report = rows(city, InsideReport)[0].id
    clock.later(hours=1)
    me = clerk(mill.actor)
    before = [me.go(f"/unit/own/reports{more}").html for more in ("", f"/{report}", "?show=done")]
    visitor.open(inside)
    receipt = visitor.text
    visitor.send("/inside/outside")
    outside = visitor.code
    assert outside != inside and "The work-safety office has your report" in visitor.text
    visitor.open(inside)
    assert visitor.text == receipt, "the page of the inside report is as it was"
    visitor.send("/inside/outside")
    assert visitor.code == outside, "pressed twice, the same code"
    after = [me.go(f"/unit/own/reports{more}").html for more in ("", f"/{report}", "?show=done")]
    plain = re.compile(r'(?:name="csrf_token"|name="\w+-csrf_token"|nonce) ?value="[^"]+"')
    assert [plain.sub("", one) for one in before] == [plain.sub("", one) for one in after]
    sent = rows(city, Report)
    assert len(sent) == 1 and sent[0].claimed_unit_id == mill.id
    taken = [one for one in rows(city, Attachment) if one.report_id == sent[0].id]
    assert len(taken) == 1 and taken[0].case_id == sent[0].case_id
    held = [one for one in rows(city, Attachment) if one.report_id == report]
    assert not {held[0].copy_name, held[0].id} & {taken[0].copy_name, taken[0].id}
    desk = clerk("dispatcher").go(f"/staff/intake/{sent[0].case_id}")
    assert WORDS in desk.text and "Reported inside the unit first" in desk.text
    shown = re.search(rf"/staff/cases/{sent[0].case_id}/files/[0-9a-f-]{{36}}", desk.html)[0]
    assert desk.client.get(shown).status_code == 200
    assert "We decide by" in visitor.open(outside).get_data(as_text=True)
    clock.later(hours=2)
    visitor.open(inside)
    visitor.send("/inside/outside")
    assert visitor.page.status_code == 409 and outside not in visitor.html.replace(" ", "")
    assert len(rows(city, Report)) == 1


def test_late_the_receipt_page_offers_the_way_out_first(city, mill, visitor, clock):
    told = mill.told(WORDS)
    visitor.open(told.code)
    assert "by 17 November" in visitor.text and "not answered in time" not in visitor.text
    clock.later(days=7)
    visitor.open(told.code)
    assert "not answered in time" not in visitor.text, "the day itself is in time"
    clock.later(days=1)
    visitor.open(told.code)
    head = visitor.html.index("The unit has not answered in time")
    assert head < visitor.html.index("Take it outside") < visitor.html.index("What you reported")


def test_what_was_erased_or_left_the_lists_can_still_go_outside(city, mill):
    told = mill.told(WORDS)
    city.session.rollback()
    with unit_of_work(city.session) as own:
        row = own.get(InsideReport, told.id)
        row.relation, row.township, row.jurisdiction = "gone", "gone", "gone"
    made = do(city, take_outside, told.reporter)
    report = city.session.get_one(Report, made.report_id)
    assert (report.relation, report.jurisdiction, report.township) == (None, None, None)


# the unit's own


def test_a_report_becomes_an_own_hazard_in_the_units_words(city, mill, clerk, visitor, clock):
    told = mill.told(WORDS)
    me = clerk(mill.actor).go(f"/unit/own/reports/{told.id}/hazard")
    assert WORDS in me.text
    me.send("/hazard", words="", category=EXIT)
    assert me.status == 422
    me.send("/hazard", words="行车停用待修", category=EXIT)
    assert "from inside report no. 1" in me.text
    staff = clerk("member").go(f"/staff/units/{mill.id}/self-inspection")
    assert "行车停用待修" in staff.text and WORDS not in staff.html
    visitor.open(told.code)
    assert "Made an own hazard" in visitor.text and "No task set yet" in visitor.text
    with pytest.raises(OutOfTurn, match="inside_hazard_already"):
        given = {"said": "x", "category": EXIT, "major": False}
        do(city, take_up_inside, mill.actor, in_force(city.session, NOON), told.id, **given)
    with pytest.raises(OutOfTurn, match="inside_over"):
        do(city, doing.reject, mill.actor, told.id, "不是")
    do(city, doing.answer, mill.actor, told.id, "修好了")
    do(city, doing.answer, mill.actor, told.id, "修好了")
    with pytest.raises(OutOfTurn, match="inside_over"):
        do(city, doing.answer, mill.actor, told.id, "又一个答复")


def test_rejecting_needs_a_reason_that_the_reporter_reads(city, mill, clerk, visitor):
    told = mill.told(WORDS)
    me = clerk(mill.actor).go(f"/unit/own/reports/{told.id}")
    me.send("/reject", **{"reject-words": ""})
    assert me.status == 422 and "Write why nothing is done" in me.text
    me.send("/reject", **{"reject-words": "吊钩是新的，照片里是旧的"})
    visitor.open(told.code)
    assert "吊钩是新的" in visitor.text and "Rejected by the unit" in visitor.text


def test_who_has_left_opens_no_door_and_reporters_read_who_reads(city, visitor, clerk):
    mill = OwnUnit(city, "换人的厂（虚构）")
    mill.principal(until_on=NOON.date() - DAY)
    me = clerk(mill.actor).go("/unit/own/reports/door")
    me.send("/door", readers="安全科长", name="钱立", post="厂长")
    assert me.status == 422 and "no longer answers" in me.text
    assert 'value="安全科长"' in me.html
    mill.principal(from_on=NOON.date() - DAY)
    me.send("/door", readers="安全科长、值班员", name="钱立", post="厂长")
    assert me.status == 200
    visitor.get(f"/report?unit={token(city, mill)}")
    assert "Read there by: 安全科长、值班员" in visitor.text
    with pytest.raises(NotAllowed):
        do(city, doing.open_door, city.lead, in_force(city.session, NOON),
           readers="x", name="y", post="z")  # fmt: skip


def test_groups_see_how_many_are_late_and_nothing_else(city, mill, clerk, clock):
    first = mill.told(WORDS)
    mill.told("第二件")
    do(city, take_outside, first.reporter)
    wanted = Wanted()
    asked = (city.lead, wanted, in_force(city.session, NOON))
    assert do(city, queries.late_inside, *asked) == []
    late = do(city, queries.late_inside, *asked, now=NOON + 9 * DAY)
    assert [(one.unit_id, one.count) for one in late] == [(mill.id, 2)]
    clock.later(days=9)
    page = clerk("member").go("/staff/self-inspection?place=")
    assert "2 late" in page.text and WORDS not in page.html and "第二件" not in page.html
    with pytest.raises(NotAllowed):
        do(city, queries.late_inside, mill.actor, *asked[1:])
    assert clerk("member").go(f"/unit/own/reports/{first.id}").status == 404


def test_the_unit_is_told_by_the_hour_on_working_days_each_once_and_in_no_words(
    city, mill, worker, post, told
):
    def tell(at):
        return do(city, lambda own, now: doing.tell_of_inside(own, in_force(own, now), now=now),
                  now=at)  # fmt: skip

    report = mill.told(WORDS, now=NOON)
    assert tell(NOON + timedelta(minutes=30)) == 0, "not within the hour"
    assert tell(datetime(2026, 11, 14, 6, 0, tzinfo=UTC)) == 0, "a Saturday"
    assert tell(NOON + HOUR) == 1
    assert tell(NOON + 2 * HOUR) == 0
    told(after=3 * HOUR)
    bodies = [mail.get_content() for _to, mail in post.taken]
    bodies = [one for one in bodies if f"/unit/own/reports/{report.id}" in one]
    assert len(bodies) == 1 and WORDS not in bodies[0] and "自查厂" not in bodies[0]
    assert tell(NOON + 9 * DAY) == 1, "late, once more"
    assert tell(NOON + 10 * DAY) == 0
    do(city, doing.answer, mill.actor, report.id, "好了", now=NOON + 9 * DAY)
    before = len(post.taken)
    told(after=11 * DAY)
    new = [mail.get_content() for _to, mail in post.taken[before:]]
    assert not [one for one in new if "/unit/own/reports" in one], "answered meanwhile"


# what nobody gets at


def test_words_dates_and_messages_are_never_changed(city, mill):
    told = mill.told(WORDS)
    do(city, doing.say, told.reporter, told.id, "靠门")
    for change in (
        "UPDATE inside_reports SET due_on = due_on + 30",
        "UPDATE inside_reports SET filed_at = filed_at - interval '1 day'",
        "DELETE FROM inside_reports",
        "UPDATE inside_messages SET by_unit = true",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            city.session.execute(text(change))
        city.session.rollback()


def test_codes_open_their_own_and_words_wait_while_a_code_is_forgotten(city, mill, visitor):
    one, other = mill.told(WORDS), mill.told("第二件")
    for actor, theirs in ((one.reporter, other.id), (Actor(role=Role.REPORTER), one.id)):
        with pytest.raises((NotFound, NotAllowed)):
            do(city, doing.say, actor, theirs, "x")
    with pytest.raises(NotAllowed):
        do(city, doing.answer, one.reporter, one.id, "x")
    with pytest.raises(NotAllowed):
        do(city, take_outside, mill.actor)
    visitor.open(one.code)
    address, fields = visitor.fields("/inside/message")
    visitor.client.delete_cookie("receipt")
    visitor.post(address, {**fields, "body": "靠门的那台"})
    assert visitor.page.status_code == 422 and "靠门的那台" in visitor.text
    visitor.send(r"/receipt\?|/receipt$", code=one.code)
    assert visitor.fields("/inside/message")[1]["body"] == "靠门的那台"
    assert visitor.get("/receipt/report").status_code == 200
    assert "See where it stands" in visitor.text, "the code of an inside report opens no other"


def test_its_events_hold_codes_alone(city, mill):
    told = mill.told(WORDS)
    do(city, doing.say, told.reporter, told.id, "靠门")
    do(city, take_outside, told.reporter)
    said = {one.body for one in rows(city, Text)}
    assert WORDS in said
    for event in rows(city, Event):
        assert not [one for one in said if one and len(one) > 3 and one in str(event.payload)]
        if event.role is Role.REPORTER:
            assert event.at.minute == 0 and event.account_id is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["inside", "outside", "yes", "not_sure"]),
        st.lists(st.sampled_from(["out", "say", "late", "answer", "hazard"]), max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example([("inside", ["out"]), ("yes", [])])  # whatever else is drawn
@given(STEPS)
def test_no_sequence_shows_a_unit_anything_but_what_was_told_it(
    city, app, client_for, clock, steps
):
    """By page, list, count, file or number: with the same acts inside, and others outside, a unit
    sees the same to the letter.
    """
    seen = []
    for with_outside in (False, True):
        clock.at = NOON
        mill = OwnUnit(city, "同名的厂（虚构）")
        mill.takes_inside()
        for number, (way, acts) in enumerate(steps):
            if way == "inside":
                _inside_step(city, mill, f"内部{number}", acts, clock, with_outside)
            elif with_outside:
                visitor = Visitor(app)
                chosen = {"way": "inside", "about_management": way}
                go(
                    visitor,
                    city,
                    mill,
                    text=f"外部{number}",
                    **(chosen if way != "outside" else {}),
                )
                visitor.send("/report/send")
        clock.at = NOON + 12 * DAY
        with each_request_alone(app):
            seen.append(_everything(city, mill, Clerk(client_for(mill.actor))))
    assert seen[0] == seen[1]


def _inside_step(city, mill, words, acts, clock, with_outside):
    told = mill.told(words, now=clock.at)
    for act in acts:
        clock.later(hours=2)
        if act == "late":
            clock.later(days=9)
        if act == "out" and with_outside:
            do(city, take_outside, told.reporter, now=clock.at)
        if act == "say":
            do(city, doing.say, told.reporter, told.id, "补充", now=clock.at)
        try:
            if act == "answer":
                do(city, doing.answer, mill.actor, told.id, "好了", now=clock.at)
            if act == "hazard":
                given = {"said": "本厂的话", "category": EXIT, "major": False}
                preset = in_force(city.session, NOON)
                do(city, take_up_inside, mill.actor, preset, told.id, **given, now=clock.at)
        except (OutOfTurn, Incomplete):
            pass


def _everything(city, mill, me):
    """All that the unit can read, with ids and tokens by their order."""
    pages = []
    for show in ("waiting", "late", "done"):
        me.go(f"/unit/own/reports?show={show}")
        pages.append(me.text)
        own = [one for one in me.links if re.search(r"/unit/own/reports/[0-9a-f-]{36}", one)]
        pages += [me.go(one).text for one in own]
    for path in ("", "/hazards", "/declarations", "/books", "/reports/door"):
        pages.append(me.go(f"/unit/own{path}").text)
    return pages
