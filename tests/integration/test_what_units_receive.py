"""What goes out to a unit is what handlers wrote for it, by named fields, and nothing else."""

import dataclasses
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pypdfium2
import pytest
from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.accounts.queries import GroupFacts
from portal.attachments.kinds import Part
from portal.attachments.models import Attachment
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.moves import BY_NAME
from portal.cases.models import Case, Extension
from portal.cases.queries import book_page, unit_behind
from portal.cases.queries.help_page import AdviceGiven, FoundThere, HelpAsked, HelpPage
from portal.cases.queries.unit_page import (
    BookItem,
    BookPage,
    Check,
    Disagreement,
    Fail,
    File,
    MoreTime,
)
from portal.cases.services import link_token
from portal.clocks.timeleft import TimeLeft
from portal.discipline.models import DisciplinaryStep
from portal.discipline.services import step_token
from portal.foundation.db import Base
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import TextKind
from portal.history.models import Text
from portal.inspections.kinds import Result, Side
from portal.inspections.lifecycle import Answered, Checked, Signature
from portal.inspections.models import Hazard
from portal.presets.checklists import checklist
from portal.presets.contents import copy_of
from portal.reports.models import Report
from portal.sealing.services import register
from portal.selfinspections.queries import Door, InsideRow, InsideView, Said
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.kinds import Link
from portal.units.services import Named, name_post
from tests.support import files
from tests.support.city import NOON, OF_MAJOR
from tests.support.refusals import UNIT, unit_of
from tests.support.visitor import Visitor

#: What handlers write for the unit, and what the unit itself says.
FOR_THE_UNIT = frozenset(
    {TextKind.TASK, TextKind.OPINION, TextKind.STATEMENT, TextKind.WHO, TextKind.OBJECTION}
)
#: Named here once more: a field that is added to a page of a unit has to be added here as well,
#: by somebody who has thought of the reporter.
ALLOWED = {
    BookPage: "id case_id case_version number unit group issued_at signed_at signed_by items "
    "objections can_sign can_report can_protect can_object can_object_to can_ask is_closed "
    "has_link check_code",
    BookItem: "id number task responsible evidence basis funds contingency interim interim_due "
    "interim_left interim_at interim_by interim_said due_on state left reported_at reported_by "
    "statement passed_at files fails checks asked_time ask_until why_not_ask "
    "can_object stamp",
    Check: "passed on_site opinion reviewed_at new_due_on",
    MoreTime: "reason plan wanted_on asked_at granted granted_on ruling",
    File: "id position is_shown",
    Fail: "opinion reviewed_at new_due_on",
    Disagreement: "item_id body objected_at upheld ruling",
    HelpAsked: "id number kind standing wanted task asked_at answer_due_on",
    HelpPage: "id number kind origin standing unit jurisdiction township group who wanted made_at "
    "answer_due_on plan done_by ended_at end elsewhere expert opinion advice findings ask_on "
    "can_judge helped judged_at judged_by said",
    AdviceGiven: "number words followed",
    FoundThere: "number words level right_by",
    # Inside reports: no relation, pin, hour or contact, and never whether it went outside.
    InsideRow: "id number words category day due_on state is_late",
    InsideView: "id number words place category answers day due_on state is_late answered_at "
    "answer hazard_id thread",
    Said: "by_unit words at",
    Door: "readers since",
}
#: Values without anything behind them, and what is known of a group and of a limit.
PLAIN = (str, int, bool, date, datetime, UUID, type(None), GroupFacts, TimeLeft)
#: Each stands in one place that a reporter, or somebody who talks to one, fills in.
CANARIES = {
    "text": "金丝雀甲一",
    "place": "金丝雀乙二",
    "name": "金丝雀丙三",
    "phone": "13977770004",
    "file": "canary-five",
    "asked": "金丝雀戊六",
    "answered": "金丝雀己七",
    "noted": "金丝雀庚八",
    "withdrawn": "金丝雀辛九",
}
PIN = ("31.701234", "119.961234")


@pytest.fixture
def seen(app, city, session, monkeypatch, worker, post, told, client_for):
    """A case full of canaries, and all that goes out to its unit: where it was → what it said."""
    for module in ("drafts", "report", "checking"):
        monkeypatch.setattr(f"portal.filing.views.{module}.now", lambda: NOON)
    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(2)):
            register(own, custodian, label=f"{number}", now=NOON)
    reporter = Visitor(app)
    where = {"jurisdiction": "320412", "latitude": PIN[0], "longitude": PIN[1]}
    reporter.what_where(text=CANARIES["text"], place=CANARIES["place"], **where)
    photo = (f"{CANARIES['file']}.jpg", files.jpeg())
    reporter.evidence([photo], name=CANARIES["name"], phone=CANARIES["phone"])
    reporter.send("/report/send")
    report = session().scalar(select(Report))
    case_id, at = report.case_id, {"now": NOON}
    city.accepted(case_id, **at)
    city.dispatched(case_id, **at)
    city.move(city.lead, c.SignFor, case_id, **at)
    me = city.reporter(report.id)
    city.move(me, c.Ask, case_id, report_id=report.id, body=CANARIES["asked"], **at)
    to_me = {"report_id": report.id, "body": CANARIES["answered"]}
    city.move(city.lead, c.Answer, case_id, **to_me, **at)
    city.move(city.lead, c.Note, case_id, body=CANARIES["noted"], **at)
    book = city.book(case_id, city.inspected(case_id, **at), **at)
    city.move(me, c.Withdraw, case_id, reason=CANARIES["withdrawn"], **at)
    token = link_token(book.id)
    told()
    return case_id, token, _outgoing(app, city, client_for, case_id, book.id, token, post)


def _outgoing(app, city, client_for, case_id, book_id, token, post):
    unit, staff = app.test_client(), client_for(city.actors["lead"])
    found = {}
    for language in ("zh", "en"):
        for client, path in (
            (unit, f"/unit/{token}"),
            (unit, f"/unit/{token}/print"),
            (staff, f"/staff/cases/{case_id}/task-books/{book_id}/print"),
        ):
            answer = client.get(f"{path}?lang={language}")
            assert answer.status_code == 200, path
            assert "拆除铁链" in answer.text
            found[path, language] = f"{answer.headers}\n{answer.text}"
    mails = [
        (raw, mail)
        for raw, (to, mail) in zip(post.raw, post.taken, strict=True)
        if to == "unit@example.org"
    ]
    assert mails, "the unit was told of its book"
    for number, (raw, mail) in enumerate(mails):
        found["mail", number] = f"{raw.decode()}\n{mail['Subject']}\n{mail.get_content()}"
        assert token in found["mail", number]
    return found


@pytest.mark.trap(28)
@pytest.mark.promise(2)
def test_nothing_that_goes_out_to_a_unit_holds_anything_of_the_report(seen, app, session):
    case_id, token, outgoing = seen
    every = session().scalars(select(Text).where(Text.case_id == case_id)).all()
    held = {text.kind for text in every}
    assert {TextKind.REPORT, TextKind.PLACE, TextKind.MESSAGE, TextKind.NOTE, TextKind.TASK} <= held
    secrets = {text.body for text in every if text.kind not in FOR_THE_UNIT and text.body}
    # The canaries are there; a fixture that lost one would prove nothing.
    words = {key for key in CANARIES if any(CANARIES[key] in body for body in secrets)}
    assert words == set(CANARIES) - {"name", "phone", "file"}
    report = session().scalar(select(Report))
    assert report.contact_id is not None
    secrets |= set(CANARIES.values()) | {PIN[0][:6], PIN[1][:7], str(report.id)}
    for where, said in outgoing.items():
        assert [secret for secret in secrets if secret in said] == [], where
    # Neither the photo of the report nor a case that is only named is reached by the link.
    photo = session().scalar(select(Attachment).where(Attachment.report_id == report.id))
    unit = app.test_client()
    for path in (f"/files/{photo.id}", f"/files/{case_id}", f"/items/{photo.id}/done"):
        assert unit.get(f"/unit/{token}{path}").status_code in (404, 405)


@pytest.mark.trap(28)
@pytest.mark.promise(2)
def test_no_step_paper_or_evidence_holds_anything_of_the_report(
    seen, app, city, session, client_for, told, post
):
    """Inspection, order, protection, more time, a step, accountability: each page, mail, paper."""
    case_id, _token, _before = seen
    book, visit, steps = _on_the_ladder(city, session, case_id)
    told()
    report = session().scalar(select(Report))
    secrets = {*CANARIES.values(), PIN[0][:6], PIN[1][:7], str(report.id)}
    outgoing = _papers(app, city, client_for, case_id, (book, visit), steps)
    for number, (raw, (to, mail)) in enumerate(zip(post.raw, post.taken, strict=True)):
        if to == "boss@example.org":
            outgoing["mail", number] = f"{raw.decode()}{mail['Subject']}{mail.get_content()}"
    assert {where[0] for where in outgoing} >= {"mail", "evidence.pdf", "words.jsonl"}
    for where, said in outgoing.items():
        # On a paper a word may be broken over two lines.
        together = "".join(said.split())
        assert [one for one in secrets if one in said or one in together] == [], where
    for where, words in (
        (("order.pdf", ""), "安全费用2万元"),
        (("record.pdf", ""), "链条锁住"),
        (("step", "zh"), "重大隐患未除"),
        (("evidence.pdf", ""), "重大隐患未除"),
    ):
        assert words in "".join(outgoing[where].split()), where


def _on_the_ladder(city, session, case_id):
    """Walk the case through each new form; return its new book, the visit, and the two steps."""
    pair = [city.member.person_id, city.second_member.person_id]
    with unit_of_work(session()) as own:
        copy = copy_of(checklist(own, "FIRE-DORM"))
    locked = Answered(id=uuid4(), item="F01", result=Result.FAIL, note="链条锁住", photos=1)
    signed = [Signature(side=Side.INSPECTOR, name="查", person=one) for one in pair]
    signed.append(Signature(side=Side.UNIT, **UNIT))
    seen_it = {"visited_at": NOON, "inspectors": tuple(pair), "finding": "查了宿舍楼"}
    made = {"checked": Checked(copy=copy, answers=(locked,)), "signatures": tuple(signed)}
    city.move(city.member, c.Inspect, case_id, **seen_it, **made)
    found = select(Hazard).where(Hazard.case_id == case_id, Hazard.item == "F01")
    hazard = session().scalars(found).one()
    visit, hazard_id = hazard.inspection_id, hazard.id
    city.levelled(hazard_id, case_id)
    city.book(case_id, [hazard_id], **OF_MAJOR)
    item = session().scalars(select(TaskItem).where(TaskItem.hazard_id == hazard_id)).one()
    book = session().get_one(TaskBook, item.task_book_id)
    book_id, unit_id, unit = book.id, book.unit_id, unit_of(book)
    task, until = item.id, item.due_on + timedelta(days=9)
    done = {"item_id": task, **UNIT}
    city.move(unit, c.ReportInterim, case_id, statement="三楼已清空", **done)
    more = {"new_due_on": until, "reason": "没到货", "plan": "下周装"}
    city.move(unit, c.AskExtension, case_id, **done, **more)
    asked = session().scalar(select(Extension.id))
    ruling = {"extension_id": asked, "granted": False, "reason": "来得及"}
    city.move(city.lead, c.DecideExtension, case_id, **ruling)
    boss = {"post": "主要负责人", "email": "boss@example.org", "from_on": date(2026, 1, 1)}
    with unit_of_work(session()) as own:
        named = Named(link=Link.MAIN_RESPONSIBLE_PERSON, **boss)
        name_post(own, city.lead, unit_id, named, now=NOON)
    said = {"link": "main_responsible_person", "grounds": ("major",), "reason": "重大隐患未除"}
    said |= {"skip_reason": "楼上住人"}
    city.move(city.director, s.OrderStep, case_id, step_id=None, rung="warn", **said)
    city.move(city.lead, s.ProposeStep, case_id, rung="propose_accountability", **said)
    wanted = select(DisciplinaryStep.id).where(DisciplinaryStep.case_id == case_id)
    steps = list(session().scalars(wanted.order_by(DisciplinaryStep.number)))
    city.move(city.director, s.OrderStep, case_id, step_id=steps[1])
    answer = {"step_id": steps[0], "body": "周五前拆除", **UNIT}
    city.move(Actor(role=Role.UNIT, step_id=steps[0]), s.AnswerStep, case_id, **answer)
    session().rollback()
    return book_id, visit, steps


def _papers(app, city, client_for, case_id, made, steps):
    """Return the words of every page and paper by its name and language."""
    (book, visit), case = made, f"/staff/cases/{case_id}"
    unit, staff = app.test_client(), client_for(city.lead)
    found = {}
    for language in ("zh", "en"):
        for name, client, path in (
            ("book", unit, f"/unit/{link_token(book)}"),
            ("step", unit, f"/unit/steps/{step_token(steps[0])}"),
            ("printed step", staff, f"{case}/steps/{steps[1]}/print"),
        ):
            answer = client.get(f"{path}?lang={language}")
            assert answer.status_code == 200, path
            found[name, language] = f"{answer.headers}{answer.text}"
    for name, client, path in (
        ("order.pdf", unit, f"/unit/{link_token(book)}/order.pdf"),
        ("record.pdf", staff, f"{case}/inspection/{visit}/record.pdf"),
    ):
        found[name, ""] = _words_of(client.get(f"{path}?lang=zh").data)
    bundle = client_for(city.director).post(f"{case}/steps/{steps[1]}/evidence.zip?lang=zh")
    with zipfile.ZipFile(BytesIO(bundle.data)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            is_paper = name.endswith(".pdf")
            found[name, ""] = _words_of(data) if is_paper else data.decode("utf-8", "replace")
    return found


def _words_of(paper):
    pages = pypdfium2.PdfDocument(paper)
    return "".join(page.get_textpage().get_text_bounded() for page in pages)


@pytest.mark.trap(28)
def test_a_units_page_is_made_of_named_fields_so_that_none_gets_there_by_itself(seen, session):
    _case_id, token, _outgoing_ = seen
    for kind, names in ALLOWED.items():
        assert {field.name for field in dataclasses.fields(kind)} == set(names.split()), kind
    actor = unit_behind(session(), token, now=NOON)
    page = book_page(session(), actor, actor.task_book_id, now=NOON)
    reached = list(_reached(page))
    # No row of a table is behind any of them: whatever columns a case gets, no template can ask.
    assert not [value for value in reached if isinstance(value, Base)]
    assert {type(value) for value in reached if dataclasses.is_dataclass(value)} <= {
        *ALLOWED, GroupFacts, TimeLeft,
    }  # fmt: skip
    assert isinstance(session().get(Case, page.case_id), Base)


def _reached(value):
    """Everything that a template can come to from a value; what is neither plain nor ours fails."""
    yield value
    if type(value) in ALLOWED:
        for field in dataclasses.fields(value):
            yield from _reached(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _reached(one)
    else:
        assert isinstance(value, PLAIN) and not isinstance(value, Mapping), type(value)


@pytest.mark.trap(28)
def test_there_is_no_way_to_forward_an_original(app):
    assert {part.value for part in Part} == {"copy", "thumbnail"}
    named = [*BY_NAME, *app.view_functions]
    assert not [name for name in named if "forward" in name or "original" in name]
