"""The ladder of disciplinary steps: who may, on what ground, the answer, the end, who sees it."""

import hashlib
import json
import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
import rfc8785
from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.cases.queries import clocks_of, facts_of, step_page
from portal.cases.services import record_breaches
from portal.discipline.kinds import End, Ground
from portal.discipline.lifecycle import suggest
from portal.discipline.models import DisciplinaryStep, InterviewCommitment
from portal.discipline.services import step_token
from portal.foundation.errors import NotFound
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.queries import events_of
from portal.presets.queries import in_force
from portal.units.kinds import Link
from portal.units.services import Named, declare_tie, name_post
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, TEXT
from tests.support.clerk import Clerk
from tests.support.files import jpeg
from tests.support.refusals import refusal
from tests.support.staff import each_request_alone

DAY = timedelta(days=1)
#: A Wednesday, three working days after the task's date.
LATE = NOON + 15 * DAY
WHO = {"name": "刘工", "post": "厂长"}
SAID = {
    "rung": "remind",
    "link": "main_responsible_person",
    "grounds": ("overdue",),
    "reason": "请按期拆除铁链",
}


class Late:
    """A case whose task is late, and short ways to act on its ladder at that moment."""

    def __init__(self, city, session):
        self.city, self.session, self.at = city, session, LATE
        self.filed = city.in_hand()
        self.id = self.filed.case_id
        self.book = city.book(self.id, city.inspected(self.id))
        self.unit = self.book.unit_id
        self.name(Link.MAIN_RESPONSIBLE_PERSON, "厂长", email="boss@example.org")
        self.name(Link.SAFETY_OFFICER, "安全科长", phone="0519-1")

    def name(self, link, post, **reach):
        given = Named(link=link, post=post, from_on=date(2026, 11, 1), **reach)
        with unit_of_work(self.session()) as own:
            name_post(own, self.city.lead, self.unit, given, now=NOON)

    def move(self, who, command, **fields):
        actor = who if isinstance(who, Actor) else self.city.actors[who]
        return self.city.move(actor, command, self.id, now=self.at, **fields)

    def lack(self, who, command, **fields):
        actor = who if isinstance(who, Actor) else self.city.actors[who]
        return refusal(self.city.move, actor, command, self.id, now=self.at, **fields)

    def order(self, who="lead", step_id=None, **more):
        said = {} if step_id else SAID | more
        meeting = {"meeting_on": more["meeting_on"]} if step_id and "meeting_on" in more else {}
        self.move(who, s.OrderStep, step_id=step_id, **(said or meeting))
        return self.steps()[-1]

    def steps(self):
        wanted = select(DisciplinaryStep).where(DisciplinaryStep.case_id == self.id)
        return list(self.session.scalars(wanted.order_by(DisciplinaryStep.number)))

    def step(self):
        found = self.steps()[-1]
        self.session.refresh(found)
        return found

    def case(self):
        return self.session.get_one(Case, self.id, populate_existing=True)

    def suggested(self, who="lead"):
        facts = facts_of(self.session(), self.case(), self.city.actors[who], now=self.at).ladder
        return suggest(facts.ladder, facts.grounds, facts.steps, self.at)


def of(step):
    return Actor(role=Role.UNIT, step_id=step.id)


@pytest.fixture
def late(city, session, monkeypatch):
    """A case in its fixture's moment; the pages' clocks stand there too."""
    found = Late(city, session)
    for room in ("enterprise.views", "web.site", "web.uploads", "handling.views._opened"):
        monkeypatch.setattr(f"portal.{room}.now", lambda: found.at)
    monkeypatch.setattr("portal.handling.views._ladder.now", lambda: found.at)
    monkeypatch.setattr("portal.handling.views._unit_pages.now", lambda: found.at)
    return found


def test_a_step_is_proposed_ordered_answered_and_ended_and_stays(late, client_for):
    late.move("member", s.ProposeStep, **SAID)
    proposed = late.steps()[0]
    assert (proposed.state, proposed.grounds) == ("proposed", ["overdue:3"])
    late.order(step_id=proposed.id)
    step = late.step()
    # Three working days after Wednesday 25 November: until the end of Monday, in UTC on Tuesday.
    assert step.answer_due_at.astimezone(in_force(late.session(), late.at).limits.zone).date() == (
        date(2026, 12, 1)
    )
    late.move(of(step), s.AnswerStep, step_id=step.id, body="周五前拆除", **WHO)
    assert late.lack(of(step), s.AnswerStep, step_id=step.id, body="再答", **WHO)[0] == (
        "no_answer_awaited"
    )
    late.move("lead", s.EndStep, step_id=step.id, end="done", effect="铁链已拆除")
    step = late.step()
    assert (step.state, step.ended, step.in_time) == ("ended", End.DONE, True)
    events = events_of(late.session(), late.id)
    assert [event.kind.value for event in events][-4:] == [
        *("step_proposed", "step_ordered", "step_answered", "step_ended")
    ]
    assert_row_is_replay(late.session, late.id)
    assert step_token(step.id) not in str([event.payload for event in events])
    shown = Clerk(client_for(late.city.lead)).go(f"/staff/cases/{late.id}").text
    for words in ("请按期拆除铁链", "周五前拆除", "刘工 · 厂长", "铁链已拆除", "by the link"):
        assert words in shown, words
    assert "A task is late by working days: 3" in shown


@pytest.mark.trap(18)
def test_who_may_do_what_is_the_presets_and_a_rung_left_out_needs_a_reason(late):
    assert late.lack("lead", s.OrderStep, step_id=None, **SAID | {"rung": "supervise"}) == (
        "ladder_not_yours",
        "rung",
    )
    warn = SAID | {"rung": "supervise"}
    assert late.lack("director", s.OrderStep, step_id=None, **warn)[0] == "skip_reason_missing"
    late.move("director", s.OrderStep, step_id=None, **warn, skip_reason="电话已多次催办")
    assert late.step().skip_text_id is not None
    other = SAID | {"link": "safety_officer"}
    for fields, lack in (
        ({"grounds": ("major",)}, "ground_not_so"),
        ({"grounds": ()}, "ground_missing"),
        ({"link": "grid"}, "addressee_gap"),
        ({"link": "nobody"}, "addressee_missing"),
        ({"reason": " "}, "reason_missing"),
        ({"rung": "dismiss"}, "step_unknown"),
    ):
        assert late.lack("lead", s.OrderStep, step_id=None, **other | fields)[0] == lack
    # Two people: who proposes accountability does not order it.
    last = SAID | {"rung": "propose_accountability", "skip_reason": "隐瞒不报"}
    assert late.lack("director", s.OrderStep, step_id=None, **last)[0] == "step_two_people"
    late.move("director", s.ProposeStep, **last)
    own = late.steps()[-1].id
    assert late.lack("director", s.OrderStep, step_id=own)[0] == "step_two_people"


@pytest.mark.trap(17)
def test_the_answer_has_its_time_and_silence_moves_nothing(late, session):
    step = late.order()
    ends = {"step_id": step.id, "end": "lapsed", "effect": "没有回应"}
    assert late.lack("lead", s.EndStep, **ends)[0] == "answer_time_runs"
    late.at = step.answer_due_at + timedelta(seconds=1)
    assert late.case().next_clock != "unit_statement"
    link = {"step_id": step.id, "body": "晚了一分钟", **WHO}
    assert late.lack(of(step), s.AnswerStep, **link)[0] == "answer_over"
    # Ten years later nobody has moved it.
    late.at = NOON + 3650 * DAY
    assert late.step().state == "ordered"
    paper = {"step_id": step.id, "body": "书面答复", **WHO}
    for arrived in (None, date(2026, 11, 24), date(2036, 12, 1)):
        assert late.lack("member", s.AnswerStep, **paper, arrived_on=arrived)[0] == (
            "answer_day_wrong"
        )
    late.move("member", s.AnswerStep, **paper, arrived_on=date(2026, 12, 2))
    assert late.step().in_time is False
    late.move("lead", s.EndStep, **ends)
    assert late.step().ended is End.LAPSED


@pytest.mark.trap(19)
def test_a_case_that_ends_leaves_its_steps_open_and_deletes_none(late, session):
    step = late.order()
    handed = {"office": "emergency_bureau", "handover": "函", "explanation": "转事故调查"}
    late.move("lead", c.ReferAccident, **handed)
    assert late.case().state is State.CLOSED
    assert late.step().state == "ordered"
    late.move(of(step), s.AnswerStep, step_id=step.id, body="已停产", **WHO)
    late.move("lead", s.EndStep, step_id=step.id, end="withdrawn", effect="转事故调查")
    assert [one.ended for one in late.steps()] == [End.WITHDRAWN]
    assert_row_is_replay(late.session, late.id)


@pytest.mark.trap(40)
def test_a_link_answers_its_own_step_once_and_dies(late, app):
    first, second = late.order(), late.order(link="safety_officer")
    assert late.lack(of(first), s.AnswerStep, step_id=second.id, body="冒名", **WHO)[0] == (
        "step_missing"
    )
    unit = Actor(role=Role.UNIT, task_book_id=late.book.id)
    with pytest.raises(NotFound):
        step_page(late.session(), unit, first.id, now=late.at)
    client, address = app.test_client(), f"/unit/steps/{step_token(first.id)}"
    page = client.get(f"{address}?lang=en")
    assert page.status_code == 200
    # Nothing of the report: neither its words nor its place.
    assert "二楼车间" not in page.text and "纸箱路" not in page.text
    assert client.get(f"/unit/{step_token(first.id)}").status_code == 404
    form = {"body": "已拆除", **WHO, "csrf_token": _token(page.text)}
    photo = {"photos": (BytesIO(jpeg()), "拆.jpg")}
    assert client.post(f"{address}/answer", data=form | photo).status_code == 303
    # The same press sent twice shows the first answer; another answer is not taken.
    assert client.post(f"{address}/answer", data=form).status_code == 303
    again = client.post(f"{address}/answer?lang=en", data=form | {"body": "改口"})
    assert again.status_code == 409 and "改口" in again.text
    shown = client.get(f"{address}?lang=en").text
    assert "刘工 · 厂长" in shown and "Send the answer" not in shown and "<img" in shown
    late.move("member", s.RevokeStepLink, step_id=second.id, reason="寄错人")
    assert client.get(f"/unit/steps/{step_token(second.id)}").status_code == 404
    late.move("lead", s.EndStep, step_id=first.id, end="done", effect="已改")
    late.at += 29 * DAY
    assert client.get(address).status_code == 200
    late.at += 2 * DAY
    assert client.get(address).status_code == 404


def _token(page):
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_the_rules_suggest_the_mildest_step_with_its_reason_and_order_nothing(late, client_for):
    found = late.suggested()
    assert (found.rung, found.skips) == ("remind", False)
    assert (Ground.OVERDUE, 3, 1) in found.because
    before = len(events_of(late.session(), late.id))
    clerk = Clerk(client_for(late.city.lead))
    shown = clerk.go(f"/staff/cases/{late.id}").text
    assert "By the rules the next step could be: Reminder" in shown
    shown = clerk.go("/staff/ladder").text
    assert late.case().number in shown and "A task is late by working days: 3" in shown
    assert len(events_of(late.session(), late.id)) == before
    assert late.steps() == []
    step = late.order()
    assert late.suggested() is None
    late.at = step.answer_due_at + DAY
    assert late.suggested().rung == "urge"


@pytest.mark.trap(39)
def test_a_ladder_is_seen_by_who_can_see_the_case_and_by_no_one_else(late, client_for):
    step = late.order()
    city, unit = late.city, f"/staff/units/{late.unit}"
    pages = (unit, f"/staff/ladder/posts/{step.addressee}", "/staff/ladder")
    for who, sees in (
        *(("lead", True), ("supervisor", True), ("director", True), ("auditor", True)),
        *(("other_lead", False), ("supervisor_elsewhere", False)),
    ):
        client = client_for(city.actors[who])
        for page in pages:
            answer = client.get(f"{page}?lang=en")
            assert answer.status_code == 200, (who, page)
            assert ("请按期拆除铁链" in answer.text) is sees, (who, page)
    with unit_of_work(late.session()) as own:
        lead = city.lead
        about = {"person_id": lead.person_id, "unit_id": late.unit, "kind": "other"}
        declare_tie(own, lead, **about, now=NOON)
    for page in pages:
        assert "请按期拆除铁链" not in client_for(lead).get(page).text, page
    assert client_for(city.administrator).get(unit).status_code == 200
    for gone in ("unit/rubbish/grid", f"unit/{late.unit}/nobody", "post/atlantis", "x"):
        assert client_for(city.director).get(f"/staff/ladder/posts/{gone}").status_code == 404


def test_a_post_of_the_citys_list_is_named_in_the_readers_language(late, app, client_for):
    step = late.order(link="district")
    shown = {
        "zh": "武进区分管安全生产的负责人",
        "en": "Deputy head for work safety, Wujin District",
    }
    staff, whoever = client_for(late.city.lead), app.test_client()
    with each_request_alone(app):
        for language, name in shown.items():
            for client, page in (
                (whoever, f"/unit/steps/{step_token(step.id)}"),
                (staff, f"/staff/cases/{late.id}/steps/{step.id}/print"),
                (staff, f"/staff/cases/{late.id}"),
                (staff, "/staff/ladder"),
                (staff, f"/staff/cases/{late.id}/end_step"),
            ):
                assert name in client.get(f"{page}?lang={language}").text, (language, page)


def test_an_interview_has_its_notice_its_record_and_commitments_kept_or_broken(late, client_for):
    talk = {"rung": "interview", "skip_reason": "多次超期"}
    # Two working days: the notice of Wednesday is in time for Friday.
    for day, lack in ((None, "meeting_missing"), (date(2026, 11, 26), "meeting_too_soon")):
        said = SAID | talk | {"meeting_on": day}
        assert late.lack("director", s.OrderStep, step_id=None, **said)[0] == lack
    step = late.order("director", **talk, meeting_on=date(2026, 11, 27))
    late.at = step.answer_due_at + DAY
    ends = {"step_id": step.id, "end": "done", "effect": "已约谈"}
    assert late.lack("director", s.EndStep, **ends)[0] == "interview_first"
    held = {"step_id": step.id, "held_at": late.at, "until_at": late.at, "place": "安委办"}
    held |= {"people": "王主任；刘工 厂长", "record": "出口锁闭，两次未改", "signed": True}
    held |= {"basis": "消防法第十六条", "statement": "人手不够", "demands": "月底前拆除"}
    promised = [s.Promised(words="拆除铁链", due_on=date(2026, 12, 10))]
    for fields, lack in (
        ({"held_at": LATE - DAY}, "held_wrong"),
        ({"until_at": late.at - DAY}, "held_wrong"),
        ({"people": ""}, "people_missing"),
        ({"record": " "}, "record_missing"),
        ({"basis": ""}, "basis_missing"),
        ({"statement": ""}, "said_missing"),
        ({"demands": "\u3000"}, "demands_missing"),
        ({"commitments": (s.Promised(words="改", due_on=None),)}, "commitment_due_missing"),
        ({"commitments": (s.Promised(words=" ", due_on=LATE.date()),)}, "commitment_words_missing"),
    ):
        assert late.lack("director", s.HoldInterview, **held | fields)[0] == lack
    promised.append(s.Promised(words="装推杠锁", due_on=date(2026, 12, 31)))
    late.move("director", s.HoldInterview, **held, commitments=tuple(promised))
    assert late.lack("director", s.EndStep, **ends)[0] == "commitments_open"
    open_ = list(late.session.scalars(select(InterviewCommitment.id).order_by("number")))
    # Silence, and a day that went by without a word on what was promised, are facts of their own;
    # of the commitment that is not due yet there is none.
    late.at += 10 * DAY
    with unit_of_work(late.session()) as own:
        record_breaches(own, late.at)
    told = [one.payload for one in events_of(late.session(), late.id) if one.kind == "breached"]
    found = {(one["clock"], one["subject"]) for one in told if one["subject"] != "case"}
    wanted = {("unit_statement", str(step.id)), ("commitment", str(open_[0]))}
    assert {one for one in found if one[0] in ("unit_statement", "commitment")} == wanted
    kept = {"commitment_id": open_[0], "kept": True, "reason": "现场看过"}
    late.move("lead", s.SettleCommitment, **kept)
    assert late.lack("lead", s.SettleCommitment, **kept)[0] == "commitment_missing"
    late.move("lead", s.SettleCommitment, commitment_id=open_[1], kept=False, reason="没装")
    late.move("director", s.EndStep, **ends)
    clocks = clocks_of(
        late.session(), late.case(), in_force(late.session(), late.at), as_of=late.at
    )
    assert not [
        one for one in clocks if one.kind in ("unit_statement", "commitment") and one.is_open
    ]
    assert_row_is_replay(late.session, late.id)
    shown = Clerk(client_for(late.city.director)).go(f"/staff/cases/{late.id}").text
    for words in ("王主任；刘工 厂长", "拆除铁链", "现场看过", "Not kept", "Signed by both sides"):
        assert words in shown, words
    # What was not kept grounds the last step.
    found = late.suggested("director")
    assert (found.rung, (Ground.BROKEN, 1, 1) in found.because) == ("propose_accountability", True)


@pytest.mark.trap(31)
@pytest.mark.trap(28)
@pytest.mark.trap(34)
def test_the_evidence_says_who_said_what_can_be_checked_and_holds_no_reporters_words(
    late, client_for, session
):
    """Three handlers, a unit and a reporter: each word stands beside whoever said it."""
    city = late.city
    city.move(city.reporter(late.filed.report_id), c.Ask, late.id, report_id=late.filed.report_id,
              body="我是三车间的小李")  # fmt: skip
    late.move("second_member", c.Answer, report_id=late.filed.report_id, body="小李你好")
    late.move("second_member", c.Note, body="小李打来电话")
    first = late.order("lead")
    late.move(of(first), s.AnswerStep, step_id=first.id, body="马上拆", **WHO)
    late.move("director", s.EndStep, step_id=first.id, end="lapsed", effect="没有拆")
    last = {"rung": "propose_accountability", "skip_reason": "拒不整改", "reason": "建议追责"}
    late.move("supervisor", s.ProposeStep, **SAID | last)
    late.move("director", s.OrderStep, step_id=late.steps()[-1].id)
    address = f"/staff/cases/{late.id}/steps/{late.steps()[-1].id}/evidence"
    assert client_for(city.auditor).post(f"{address}.zip").status_code == 404
    assert client_for(city.other_lead).post(f"{address}.zip").status_code == 404
    client = client_for(city.director)
    first_address = f"/staff/cases/{late.id}/steps/{first.id}/evidence.zip"
    assert client.post(first_address).status_code == 404
    assert f"{address}.zip" in client.get(f"/staff/cases/{late.id}").text
    own = {event.seq: event for event in events_of(session(), late.id)}
    # Looking takes nothing out; taking it out is an act of its own, by a name, in the case.
    assert client.get(f"{address}.zip").status_code == 405
    packed = client.post(f"{address}.zip?lang=en")
    assert packed.status_code == 200
    assert client.post(f"{address}.pdf?lang=en").data.startswith(b"%PDF")
    taken = [e for e in events_of(session(), late.id) if e.seq not in own]
    assert {(e.kind, e.person_id) for e in taken} == {
        (EventKind.EVIDENCE_TAKEN, city.director.person_id)
    }
    assert [e.payload["whole"] for e in taken] == [True, False]
    assert "证据已下载：含事件和文件的 ZIP" in client.get(f"/staff/cases/{late.id}").text
    with zipfile.ZipFile(BytesIO(packed.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    everything = b"".join(parts.values()).decode("utf-8", "replace")
    for words in ("小李", TEXT[:6], "纸箱路"):
        assert words not in everything, words
    assert parts["evidence.pdf"].startswith(b"%PDF")
    lines = [json.loads(line) for line in parts["events.jsonl"].splitlines()]
    assert {line["seq"] for line in lines} == set(own)
    for line in lines:
        assert line["leaf"] == own[line["seq"]].leaf.hex()
        if line["event"] is not None:
            entry = b"\x00" + rfc8785.dumps(line["event"])
            assert hashlib.sha256(entry).hexdigest() == line["leaf"]
    assert sum(line["event"] is None for line in lines) >= 3
    said = [json.loads(line) for line in parts["words.jsonl"].splitlines()]
    for one in said:
        salted = bytes.fromhex(one["salt"]) + one["words"].encode()
        assert hashlib.sha256(salted).hexdigest() == one["commitment"]
    by = {one["words"]: one["who"] for one in said}
    assert by["请按期拆除铁链"] == "lead"
    assert by["马上拆"] == "刘工 · 厂长"
    assert by["没有拆"] == "director"
    assert (by["建议追责"], by["拒不整改"]) == ("supervisor", "supervisor")
    assert by["楼梯门上有铁链。"] == "member"
