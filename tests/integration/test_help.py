"""Help: asked for within a task, given, judged; and never evidence against whom it helped."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.access.kinds import Actor, Role
from portal.accounts.models import Membership
from portal.assistance import queries
from portal.assistance import services as assistance
from portal.assistance.kinds import Origin
from portal.assistance.lifecycle import Wish
from portal.assistance.models import Assistance, AssistanceFinding
from portal.assistance.services import help_token
from portal.cases.kinds import Finding, Source, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.cases.queries.bundle import bundle_of
from portal.cases.queries.ladder import grounds_of
from portal.cases.services import (
    ask_for_help,
    find_while_helping,
    leave_role,
    link_token,
    write_down_help,
)
from portal.discipline.kinds import Ground
from portal.foundation.errors import Incomplete, NotAllowed, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.history.queries import events_of
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.measures.asked import Asked
from portal.measures.helping import both_sides, repeated_after_help
from portal.measures.periods import Period, Scope
from portal.presets.queries import in_force
from portal.units.kinds import Link
from portal.units.services import Named, declare_tie, name_post
from tests.integration.test_ladder import SAID, Late
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.refusals import refusal, reported
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

DAY = timedelta(days=1)
WHO = {"name": "刘工", "post": "安全科长"}
WANTED = "三楼疏散门要换成常开式，我们不知道用哪一种，也没有这笔钱。"


class Helping:
    """A case with a task book, and short ways through help."""

    def __init__(self, city, session):
        self.city, self.session, self.at = city, session, NOON
        self.case_id = city.in_hand().case_id
        self.book = city.book(self.case_id, city.inspected(self.case_id))
        self.unit = Actor(role=Role.UNIT, task_book_id=self.book.id)
        self.unit_id = self.book.unit_id

    @property
    def preset(self):
        return in_force(self.session(), self.at)

    def asked(self, **more):
        fields = {"origin": Origin.ASKED, "kind": "expert_consultation", "wanted": WANTED, **WHO}
        with unit_of_work(self.session()) as own:
            wish = Wish(**fields | more)
            return ask_for_help(own, self.unit, wish, self.preset, now=self.at).id

    def offered(self, who="lead", **more):
        fields = {"origin": Origin.OFFERED, "kind": "help_visit", "wanted": "上门讲解", **WHO}
        fields |= {"source": "11 月 10 日走访"}
        whom = {
            "unit_name": "", "place": ("320412", None), "case_numbers": (),
            "owner_id": self.city.actors[who].account_id, "plan": "周五上门",
            "done_by": (self.at + 5 * DAY).date(),
        }  # fmt: skip
        wish = Wish(**fields | {k: v for k, v in more.items() if k in fields})
        whom |= {k: v for k, v in more.items() if k in whom}
        with unit_of_work(self.session()) as own:
            actor = self.city.actors[who]
            return write_down_help(own, actor, wish, self.preset, **whom, now=self.at).id

    def act(self, name, help_id, who="member", **more):
        with unit_of_work(self.session()) as own:
            return getattr(assistance, name)(
                own, self.city.actors[who], help_id, **more, now=self.at
            )

    def taken(self, help_id, who="member", **more):
        said = {"owner_id": self.city.actors[who].account_id, "plan": "请专家看门"}
        said |= {"done_by": (self.at + 5 * DAY).date(), "preset": self.preset}
        return self.act("take_up", help_id, who, **said | more)

    def found(self, help_id, level="general", who="member", words="配电柜门敞开着，电线裸露"):
        day = (self.at + 10 * DAY).date() if level == "general" else None
        with unit_of_work(self.session()) as own:
            return find_while_helping(
                own, self.city.actors[who], help_id, level=level, found=words, right_by=day,
                preset=self.preset, now=self.at,
            )  # fmt: skip

    def given(self, help_id, who="member", **more):
        said = {"end": "done", "done": "看过，定下门的型号", "expert": "王工 · 消防协会"}
        said |= {"opinion": "用常开式防火门", "preset": self.preset}
        return self.act("finish", help_id, who, **said | more)

    def judged(self, help_id, **more):
        said = {"helped": "yes", "said": "很有用", **WHO, "source": ""}
        with unit_of_work(self.session()) as own:
            actor = Actor(role=Role.UNIT, help_id=help_id)
            one = queries.own_help(own, actor, lock=True)
            today = self.at.astimezone(self.preset.limits.zone).date()
            assistance.judge(own, actor, one, **said | more, today=today, now=self.at)

    def row(self, help_id):
        return self.session().get_one(Assistance, help_id, populate_existing=True)

    def acts(self, help_id):
        return [one.payload["act"] for one in queries.acts_of(self.session(), help_id)]

    def case(self, case_id=None):
        return self.session().get_one(Case, case_id or self.case_id, populate_existing=True)


@pytest.fixture
def helping(city, session):
    return Helping(city, session)


@pytest.fixture
def clerk(monkeypatch, app, client_for, city):
    clock = StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):
        made = lambda name: Clerk(client_for(city.actors[name]))  # noqa: E731
        made.clock = clock
        yield made


def test_a_unit_asks_within_a_task_is_helped_and_says_thirty_days_later_whether_it_helped(
    helping, clerk, app
):
    """Every step on a page: nothing typed is lost, and each act is an event of no case."""
    unit = Clerk(app.test_client())
    unit.go(f"/unit/{link_token(helping.book.id)}")
    assert "never used as a ground" in unit.text
    task = str(helping.city.items(helping.case_id)[0].id)
    typed = {"help-wanted": WANTED, "help-name": "刘工", "help-post": "安全科长"}
    unit.send("/help", **typed, **{"help-item_id": task})
    assert unit.status == 422 and "Choose what would help." in unit.text
    assert WANTED in unit.html
    unit.send("/help", **{"help-kind": "funds"})
    assert unit.status == 200 and "2026-H0001" in unit.text
    assert "You have an answer by the end of" in unit.text
    lead = clerk("member").go("/staff/help")
    assert "Take it up, or decline it" in lead.text
    one = helping.session().scalars(select(Assistance)).one()
    address = f"/staff/help/{one.id}"
    lead.go(address)
    assert WANTED in lead.text and "5 working days after" in lead.text
    lead.send("/take", **{"take-plan": ""})
    assert lead.status == 422 and "Write what will be done." in lead.text
    lead.send("/take", **{"take-plan": "请专家上门"})
    assert "Taken up." in lead.text
    lead.send("/advise", **{"advise-advice": "用常开式防火门"})
    lead.send("/find", **{"find-level": "general", "find-found": "二楼灭火器过期两具",
                          "find-right_by": (NOON + 9 * DAY).date()})  # fmt: skip
    assert "It can never be a ground for a disciplinary step." in lead.text
    lead.send(
        "/finish", **{"finish-end": "done", "finish-done": "看过现场", "finish-expert": "王工"}
    )
    assert lead.status == 422 and "看过现场" in lead.html
    lead.send("/finish", **{"finish-opinion": "可行"})
    assert "The help has come to its end." in lead.text
    link = f"/unit/help/{help_token(one.id)}"
    unit.go(f"{link}?lang=en")
    assert "From" in unit.text and "you can say here whether it helped" in unit.text
    clerk.clock.at = NOON + 31 * DAY
    unit.go(f"{link}?lang=en")
    unit.send("/judge", helped="partly", said="门换了，钱还差一点", name="刘工", post="安全科长")
    assert "You said: It helped in part" in unit.text
    lead.go(address)
    assert "门换了，钱还差一点" in lead.text and "by the link" in lead.text
    lead.send("/follow", **{"follow-followed": "yes", "follow-shown": "12 月 10 日现场看过"})
    assert "Settled." in lead.text
    assert helping.acts(one.id) == [
        "asked", "taken_up", "advised", "found", "finished", "judged", "followed",
    ]  # fmt: skip
    case = clerk("member").go(f"/staff/cases/{helping.case_id}")
    assert "2026-H0001" in case.text, "beside the ladder"
    assert "2026-H0001" in clerk("member").go(f"/staff/units/{helping.unit_id}").text
    kinds = {event.kind.value for event in events_of(helping.session(), helping.case_id)}
    assert "help_changed" not in kinds, "no event of the case tells of it"


def test_no_help_is_declined_without_where_else_to_go(helping, clerk):
    help_id = helping.asked()
    assert refusal(helping.act, "decline", help_id, reason="没有经费", elsewhere=" ") == (
        "help_elsewhere_missing", "elsewhere",
    )  # fmt: skip
    helping.act("decline", help_id, reason="没有经费", elsewhere="市工信局，0519-2")
    assert helping.row(help_id).standing == "declined"
    assert refusal(helping.taken, help_id)[0] == "help_taken"
    assert "市工信局，0519-2" in clerk("lead").go(f"/staff/help/{help_id}").text
    with pytest.raises(DBAPIError), unit_of_work(helping.session()) as own:
        own.get_one(Assistance, help_id).elsewhere_text_id = None


@pytest.mark.trap(17)
def test_silence_stays_silence_and_nothing_is_asked_before_its_day(helping):
    help_id = helping.asked()
    helping.taken(help_id)
    helping.given(help_id)
    row = helping.row(help_id)
    assert row.ask_on == date(2026, 12, 10)
    helping.at = NOON + 29 * DAY
    assert refusal(helping.judged, help_id)[0] == "help_not_yet"
    helping.at = NOON + 3650 * DAY
    assert helping.row(help_id).helped is None
    with unit_of_work(helping.session()) as own:
        said = {"helped": "no", "said": "没有再联系", **WHO, "source": ""}
        one = assistance.locked(own, helping.city.member, help_id)
        today = helping.at.date()
        with pytest.raises(Incomplete) as lack:
            assistance.judge(own, helping.city.member, one, **said, today=today, now=helping.at)
        assert lack.value.reason == "help_source_missing", "what staff heard has its source"
        said |= {"source": "电话，2036 年"}
        assistance.judge(own, helping.city.member, one, **said, today=today, now=helping.at)
    row = helping.row(help_id)
    assert (row.helped, row.judged_by_link) == ("no", False)
    assert refusal(helping.judged, help_id)[0] == "help_judged"


def test_an_offer_names_who_does_what_by_when(helping):
    for wrong, field in (
        ({"owner_id": None}, "owner_id"),
        ({"owner_id": helping.city.other_member.account_id}, "owner_id"),
        ({"plan": " "}, "plan"),
        ({"done_by": (NOON - DAY).date()}, "done_by"),
        ({"done_by": (NOON + 61 * DAY).date()}, "done_by"),
        ({"source": ""}, "source"),
        ({"place": None}, "of_unit"),
        ({"place": ("320412", "nowhere")}, "place"),
        ({"unit_name": "没有这家", "place": None}, "of_unit"),
        ({"unit_name": "某厂"}, "place"),
        ({"case_numbers": ("2026-9999",)}, "cases"),
        ({"kind": "money"}, "kind"),
    ):
        with pytest.raises(Incomplete) as lack:
            helping.offered(**wrong)
        assert lack.value.field == field, wrong
    row = helping.row(helping.offered())
    assert (row.standing, row.jurisdiction, row.answer_due_on) == ("under_way", "320412", None)
    with pytest.raises(NotAllowed):
        helping.offered("director")


def test_a_major_hazard_found_while_helping_is_registered_and_a_general_one_left(helping):
    help_id = helping.asked()
    with pytest.raises(OutOfTurn):
        helping.found(help_id)
    helping.taken(help_id)
    assert helping.found(help_id) is None
    case_id = helping.found(help_id, "major", words="三楼住人，楼梯被锁")
    case = helping.case(case_id)
    assert (case.source, case.state, case.unit_id, case.group_id) == (
        Source.HELP, State.IN_HAND, helping.unit_id, helping.city.member.group_id,
    )  # fmt: skip
    opened = events_of(helping.session(), case_id)[0]
    assert str(help_id) not in str(opened.payload), "nothing leads back to the help"
    found = helping.session().scalars(select(AssistanceFinding)).all()
    assert {(one.level.value, one.case_id is None) for one in found} == {
        ("general", True), ("major", False),
    }  # fmt: skip


def late_case(city, session):
    """A late case of a unit that was helped: every ground is at hand but those of help."""
    late = Late(city, session)
    helping = Helping.__new__(Helping)
    helping.city, helping.session, helping.at = city, session, NOON
    helping.case_id, helping.book, helping.unit_id = late.id, late.book, late.unit
    helping.unit = Actor(role=Role.UNIT, task_book_id=late.book.id)
    help_id = helping.asked()
    helping.taken(help_id)
    helping.act("advise", help_id, advice="疏散门改用常开式防火门，闭门器联动报警")
    helping.found(help_id)
    return late, helping, help_id


def test_help_is_never_taken_for_a_ground_by_any_way_and_a_try_is_kept(city, session):
    """By code, id, number, address or the very words; proposed or ordered; all leave a trace."""
    late, helping, help_id = late_case(city, session)
    number = helping.row(help_id).number
    finding = helping.session().scalars(select(AssistanceFinding)).one()
    tries = [
        {"grounds": (str(help_id),)},
        {"grounds": ("overdue", str(finding.id))},
        {"grounds": (number,)},
        {"reason": f"见 {number.lower()}，自己承认没钱整改"},
        {"reason": f"https://example.org/staff/help/{help_id}"},
        {"reason": "他们说：三楼疏散门要换成常开式，我们不知道用哪一种，\n也没有这笔钱。"},
        {"reason": "现场见到配电柜门敞开着，电线裸露"},
        {"skip_reason": "建议过：疏散门改用常开式防火门，闭门器联动报警"},
    ]
    for fields in tries:
        for command, more in ((s.ProposeStep, {}), (s.OrderStep, {"step_id": None})):
            lack = late.lack("lead", command, **SAID | fields | more)
            assert lack[0] == "help_no_evidence", (fields, lack)
    assert late.steps() == []
    assert helping.acts(help_id).count("barred") == 2 * len(tries)
    kept = session().scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (kept.payload["act"], kept.person_id) == ("barred", city.lead.person_id)
    late.order()
    assert len(late.steps()) == 1, "a ground of the case itself counts as before"
    assert helping.acts(help_id).count("barred") == 2 * len(tries)


def test_no_picker_shows_help_no_page_takes_it_and_the_try_survives_the_refusal(
    city, session, clerk
):
    late, helping, help_id = late_case(city, session)
    clerk.clock.at = late.at
    at = f"/staff/cases/{late.id}/propose_step"
    lead = clerk("lead").go(at)
    assert str(help_id) not in lead.html and helping.row(help_id).number not in lead.html
    typed = {"rung": "remind", "link": "main_responsible_person", "reason": "请按期拆除铁链"}
    lead.send(at, **typed, grounds=str(help_id))
    assert lead.status == 422
    assert "never a ground for a disciplinary step" in lead.text
    assert "请按期拆除铁链" in lead.html, "what was typed stands there still"
    at = f"/staff/cases/{late.id}/order_step"
    lead.go(at)
    lead.send(at, **typed | {"reason": f"见 {helping.row(help_id).number}"}, grounds="overdue")
    assert lead.status == 422, "also before what goes out is shown"
    assert helping.acts(help_id).count("barred") == 2
    assert "refused" in clerk("lead").go(f"/staff/help/{help_id}").text


def test_the_evidence_taken_out_holds_nothing_of_help(city, session, clerk):
    late, helping, help_id = late_case(city, session)
    said = {"rung": "propose_accountability", "skip_reason": "隐瞒不报"}
    late.move("lead", s.ProposeStep, **SAID | said)
    late.move("director", s.OrderStep, step_id=late.steps()[0].id)
    found = bundle_of(session(), city.director, late.steps()[0].id, now=late.at)
    clerk.clock.at = late.at
    zipped = clerk("director").client.post(
        f"/staff/cases/{late.id}/steps/{late.steps()[0].id}/evidence.zip"
    )
    whole = str([(p.entry, p.said) for p in found.proofs])
    with zipfile.ZipFile(io.BytesIO(zipped.data)) as archive:
        for name in ("events.jsonl", "words.jsonl"):
            whole += archive.read(name).decode()
    for word in (WANTED, "配电柜", "闭门器", str(help_id), helping.row(help_id).number, "help"):
        assert word not in whole, word


def test_what_was_found_while_helping_grounds_nothing_but_what_is_not_done_afterwards_does(
    helping,
):
    city, session = helping.city, helping.session
    help_id = helping.asked()
    helping.taken(help_id)
    case_id = helping.found(help_id, "major", words="三楼住人，楼梯被锁")
    hazard = city.inspected(case_id)[0]
    city.levelled(hazard, case_id)
    assert session().get_one(Hazard, hazard, populate_existing=True).level is Level.MAJOR
    grounds = grounds_of(session(), [helping.case(case_id)], helping.preset, now=NOON)[case_id]
    assert grounds.get(Ground.MAJOR, 0) == 0
    own = select(Hazard.id).where(Hazard.case_id == helping.case_id)
    city.levelled(session().scalars(own).one(), helping.case_id)
    own = grounds_of(session(), [helping.case()], helping.preset, now=NOON)[helping.case_id]
    assert own.get(Ground.MAJOR) == 1, "what an inspection found grounds a step as before"


def test_what_was_found_while_helping_is_no_earlier_matter_of_a_later_case(helping, superuser):
    """Put right and closed like any case, it is never a *repeated* matter; others are."""
    city = helping.city
    help_id = helping.asked()
    helping.taken(help_id)
    registered = helping.found(help_id, "major", words="三楼住人，楼梯被锁")
    book = city.book(registered, city.inspected(registered))
    reported(city, registered, book)
    item = city.items(registered)[0].id
    city.move(city.supervisor, c.PassReview, registered, item_id=item, opinion="看过")
    city.move(city.lead, c.Verify, registered, finding=Finding.TRUE, reason="看过")
    city.move(city.lead, c.Conclude, registered, answers=())
    city.move(city.lead, c.Close, registered, lesson_considered=True)
    other = city.put_right(now=NOON + timedelta(hours=1)).case_id
    helping.at = NOON + DAY
    later = city.in_hand(unit_id=helping.unit_id, now=helping.at).case_id
    with superuser.begin() as own:
        # No move settles the kind of such a case today; one that will must not turn it against
        # the unit. The books went to units of their own.
        own.execute(text("SET session_replication_role = replica"))
        same = text("UPDATE cases SET category = :kind, unit_id = :unit WHERE id = :id")
        own.execute(same, {"kind": helping.case(later).category, "unit": helping.unit_id,
                           "id": registered})  # fmt: skip

    def repeated():
        found = grounds_of(
            helping.session(), [helping.case(later)], helping.preset, now=helping.at + DAY
        )
        return found[later].get(Ground.REPEATED, 0)

    assert repeated() == 0
    with superuser.begin() as own:
        own.execute(text("SET session_replication_role = replica"))
        own.execute(text("UPDATE cases SET unit_id = :unit WHERE id = :id"),
                    {"unit": helping.unit_id, "id": other})  # fmt: skip
    assert repeated() == 1, "what others found counts as before"


def test_who_may_not_know_of_help_finds_it_nowhere(helping, clerk):
    help_id = helping.asked()
    at = f"/staff/help/{help_id}"
    number = helping.row(help_id).number
    seen = ("lead", "member", "second_member", "supervisor", "director", "auditor")
    unseen = ("other_lead", "other_member", "supervisor_elsewhere", "dispatcher", "administrator")
    for name in seen:
        assert clerk(name).go(at).status == 200, name
        assert number in clerk(name).go("/staff/help").text, name
    for name in unseen:
        assert clerk(name).go(at).status == 404, name
        listed = clerk(name).go("/staff/help")
        assert listed.status == 404 or number not in listed.text, name
        assert number not in clerk(name).go(f"/staff/units/{helping.unit_id}").text, name
    member = helping.city.member
    with unit_of_work(helping.session()) as own:
        who = {"person_id": member.person_id, "unit_id": helping.unit_id}
        declare_tie(own, member, **who, kind="family", now=NOON)
    assert clerk("member").go(at).status == 404, "a tie keeps from it"
    assert number not in clerk("member").go("/staff/help").text
    for name in ("supervisor", "director", "auditor"):
        with pytest.raises((NotAllowed, NotFound)):
            helping.act("decline", help_id, name, reason="不给", elsewhere="别处")


def test_who_leaves_leaves_the_help_to_others(helping):
    city = helping.city
    help_id = helping.asked()
    helping.taken(help_id, "second_member")
    account = city.second_member.account_id
    held = helping.session().scalars(
        select(Membership).where(Membership.account_id == account)
    ).one()  # fmt: skip
    with unit_of_work(helping.session()) as own:
        leave_role(
            own, city.administrator, held.id, ends_on=NOON.date(), today=NOON.date(), now=NOON
        )
    row = helping.row(help_id)
    assert (row.owner_id, row.standing) == (None, "under_way")
    assert helping.acts(help_id)[-1] == "released"
    helping.taken(help_id, "member")
    assert helping.row(help_id).owner_id == city.member.account_id


@pytest.mark.trap(40)
def test_the_link_of_who_is_helped_is_withdrawn_and_dies(helping, app, monkeypatch):
    moment = [NOON]
    for room in ("enterprise.views", "web.site"):
        monkeypatch.setattr(f"portal.{room}.now", lambda: moment[0])
    help_id, other = helping.asked(), helping.asked(wanted="再请一次培训")
    client, address = app.test_client(), f"/unit/help/{help_token(help_id)}"
    assert client.get(address).status_code == 200
    assert client.get(f"/unit/help/{link_token(helping.book.id)}").status_code == 404
    assert client.get(f"/unit/{help_token(help_id)}").status_code == 404
    helping.act("revoke_help_link", help_id)
    assert client.get(address).status_code == 404
    helping.act("decline", other, reason="没有讲师", elsewhere="安培中心")
    address = f"/unit/help/{help_token(other)}"
    moment[0] = NOON + 89 * DAY
    assert client.get(address).status_code == 200
    moment[0] = NOON + 91 * DAY
    assert client.get(address).status_code == 404


def test_a_district_shows_both_sides_with_counts(helping, clerk):
    city = helping.city
    with unit_of_work(helping.session()) as own:
        given = Named(link=Link.MAIN_RESPONSIBLE_PERSON, post="厂长", phone="0519-1",
                      from_on=date(2026, 11, 1))  # fmt: skip
        name_post(own, city.lead, helping.unit_id, given, now=NOON)
    in_time, late, offered = helping.asked(), helping.asked(wanted="请人来讲课"), helping.offered()
    helping.taken(in_time)
    helping.act("advise", in_time, advice="用常开式防火门")
    advice = queries.advice_of(helping.session(), in_time)[0].id
    helping.given(in_time)
    helping.given(offered, "lead")
    helping.at = NOON + 20 * DAY
    helping.act("settle_advice", in_time, advice_id=advice, followed="yes", shown="看过")
    city.move(city.lead, s.OrderStep, helping.case_id, step_id=None, **SAID, now=helping.at)
    helping.at = NOON + 40 * DAY
    helping.taken(late)
    helping.judged(in_time)
    zone = helping.preset.limits.zone
    period = Period.of_days(date(2026, 11, 1), date(2027, 1, 1), zone)
    asked = Asked(helping.session(), Scope(period=period), helping.preset, helping.at)
    assert both_sides(asked)["320412"] == {
        "steps_ordered": 1,
        "help_asked": 2,
        "help_offered": 1,
        "answered_in_time": (1, 2),
        "advice_followed": (1, 1),
        "helped_after_a_while": (1, 1),
        "silent": 1,
        "repeated_after_help": (0, 0),
    }
    clerk.clock.at = helping.at
    days = "from=2026-11-01&to=2027-01-01&jurisdiction=320412"
    page = clerk("director").go(f"/oversight/sides?{days}")
    assert "1 / 2" in page.text and "Disciplinary steps ordered" in page.text
    sheet = (
        clerk("auditor").client.get(f"/oversight/sides.csv?{days}&lang=en").get_data(as_text=True)
    )
    assert "answered_in_time" in sheet and "counts as not in time" in sheet
    assert clerk("lead").go("/oversight/sides").status == 404


def test_a_true_case_within_ninety_days_after_help_is_counted_beside_it(helping):
    city, day = helping.city, helping.at
    done, place = helping.asked(), helping.offered()
    helping.taken(done)
    registered = helping.found(done, "major", words="三楼住人，楼梯被锁")
    helping.given(done)
    helping.given(place, "lead")

    def counted(after):
        zone = helping.preset.limits.zone
        period = Period.of_days(date(2026, 11, 1), date(2027, 6, 1), zone)
        asked = Asked(helping.session(), Scope(period=period), helping.preset, after)
        return repeated_after_help(asked).get("320412", (0, 0))

    # True, but found while helping; true, but not of this unit; not settled yet.
    city.move(city.lead, c.Verify, registered, finding=Finding.TRUE, reason="看过")
    helping.at = day + 20 * DAY
    others = city.in_hand(unit_id=city.unit("别家（虚构）"), now=helping.at).case_id
    again = city.in_hand(unit_id=helping.unit_id, now=helping.at).case_id
    true = {"finding": Finding.PARTLY, "reason": "看过", "now": helping.at}
    city.move(city.lead, c.Verify, others, **true)
    assert counted(day + 89 * DAY) == (0, 0), "its days are not over"
    assert counted(day + 91 * DAY) == (0, 1), "help for a place has no unit to come back to"
    city.move(city.lead, c.Verify, again, **true)
    assert counted(day + 91 * DAY) == (1, 1)


def test_who_gives_help_hears_of_what_comes_by_a_link(helping, worker, post, told):
    """The leads when a unit asks, its owner too when it says whether it helped."""
    told()
    helping.at = worker.at
    help_id = helping.asked()
    assert told() == {"lead@example.org"}
    link = f"/staff/help/{help_id}"
    letter = post.to("lead@example.org")[-1]
    assert link in str(letter.get_content()) and WANTED not in str(letter.get_content())
    helping.taken(help_id)
    helping.given(help_id)
    assert told() == set(), "nobody is told of the own group's acts"
    worker.at = helping.at = NOON + 31 * DAY
    told()
    helping.judged(help_id)
    assert told() == {"lead@example.org", "member@example.org"}
    with unit_of_work(helping.session()) as own:
        who = {"person_id": helping.city.lead.person_id, "unit_id": helping.unit_id}
        declare_tie(own, helping.city.lead, **who, kind="family", now=NOON)
    helping.at = worker.at
    helping.asked(wanted="再请一次培训")
    assert told() == set(), "a tie keeps from it"
