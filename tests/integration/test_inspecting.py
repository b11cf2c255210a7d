"""Inspecting by a checklist: answers that nobody loses, one move at the end, a copy that stays."""

import csv
import gzip
import json
import re
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

import pypdfium2
import pytest
import yaml
from markupsafe import escape
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.attachments.models import Attachment
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event, Text
from portal.inspections.kinds import Result, Side
from portal.inspections.lifecycle import Signature
from portal.inspections.models import DraftAnswer, Hazard, Inspection, InspectionAnswer
from portal.inspections.queries import answers_of, draft_of
from portal.inspections.services import Entry, begin, edits_of, enter, finish_with
from portal.presets.checklists import checklist, draft_from_file, publish
from portal.presets.contents import checklist_of
from portal.presets.queries import in_force
from portal.web.filters import local
from tests.support import files
from tests.support.city import NOON
from tests.support.hostile import HOSTILE, kept
from tests.support.markup import Page
from tests.support.phones import Line, entry
from tests.support.refusals import reported
from tests.support.shared import shared_data
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock


def form_on(answer, action):
    """The fields of the form with this action on a page."""
    page = Page(answer.get_data(as_text=True), action)
    return next(one for one in page.forms if one.action.split("?")[0] == action).sent()


class Site(Line):
    """A case that two inspectors stand before, each with a phone."""

    def __init__(self, city, client_for, session):
        self.city, self.session = city, session
        self.case_id = city.in_hand().case_id
        self.at = f"/staff/cases/{self.case_id}/inspection"
        self.first, self.second = client_for(city.member), client_for(city.second_member)

    def begin(self):
        sent = form_on(self.first.get(self.at), self.at)
        assert sent["code"] == ["FIRE-DORM"], "proposed, since the case is about fire"
        assert self.first.post(self.at, data=sent).status_code == 303
        return self

    def seen(self, who, item):
        address = f"{self.at}/items/{item}"
        return form_on(who.get(address), address)

    def answer(self, item, result, *, who=None, photo=False, seen=None, **typed):
        who = who or self.first
        sent = {**(seen or self.seen(who, item)), "result": result, **typed}
        if photo:
            sent["files"] = (BytesIO(files.jpeg()), "1.jpg")
        return who.post(f"{self.at}/items/{item}", data=sent)

    @property
    def whole(self):
        """What the record needs besides the answers."""
        people = [str(self.city.member.person_id), str(self.city.second_member.person_id)]
        return {
            "inspectors": people,
            "finding": "查了宿舍楼",
            "unit_name": "示例厂（虚构）",
            "inspectors_sign": "member\nsecond_member",
            "sign_unit": "signed",
            "signer_name": "钱立",
            "signer_post": "厂长",
        }

    def finish(self, **typed):
        address = f"{self.at}/finish"
        sent = form_on(self.first.get(address), address)
        return self.first.post(address, data={**sent, **self.whole, **typed})


@pytest.fixture
def site(monkeypatch, city, client_for, session):
    StoppedClock(monkeypatch, NOON)
    made = Site(city, client_for, session).begin()
    session.rollback()
    return made


def test_who_checks_sees_before_beside_after_task_by_task(site, session, city, client_for):
    for item in ("F01", "F04"):
        site.answer(item, "fail", photo=True, note=f"{item} 有问题")
    assert site.finish().status_code == 303
    session.rollback()
    found = session.scalars(select(Hazard).order_by(Hazard.number)).all()
    names = {hazard.id: hazard.item for hazard in found}
    book = city.book(site.case_id, list(names))
    tasks = {task.number: names[task.hazard_id] for task in city.items(site.case_id)}
    reported(city, site.case_id, book)
    page = client_for(city.supervisor).get(f"/staff/cases/{site.case_id}/pass_review")
    for number, item in tasks.items():
        panel = page.get_data(as_text=True).split(f">任务 {number}<")[1].split("</section>")[0]
        before, after = panel.split(">整改后<")
        assert before.count("<figure>") == 1
        assert f"检查，{item} 项" in before
        assert "该任务未提交照片。" in after


def test_what_fails_becomes_hazards_by_the_one_move_and_the_record_stays(
    site, session, city, superuser
):
    assert site.answer("F02", "pass").headers["Location"].endswith("/items/F03")
    fault = {"note": "链条锁住", "place": "东侧楼梯", "major": "major", "on_spot": "y"}
    site.answer("F01", "fail", photo=True, **fault)
    site.answer("F04", "fail")
    lacking = site.finish()
    assert lacking.status_code == 422
    assert "F04 项：请写看到了什么" in lacking.get_data(as_text=True)
    site.answer("F04", "partial", photo=True, note="停了一辆车", step="list")
    assert "已答 3 项，共 15 项" in site.second.get(site.at).get_data(as_text=True)
    assert site.finish().status_code == 303

    made = session.scalars(select(Inspection).where(Inspection.case_id == site.case_id)).one()
    assert checklist_of(made.checklist).code == "FIRE-DORM"
    [hazard] = session.scalars(select(Hazard)).all()
    assert (hazard.item, hazard.proposed_major, hazard.level) == ("F01", True, "general")
    assert hazard.on_spot
    results = dict(session.execute(select(InspectionAnswer.item, InspectionAnswer.result)).all())
    assert results == {"F01": "fail", "F02": "pass", "F04": "partial"}
    event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (event.kind, len(event.payload["files"])) == ("inspected", 2)
    assert draft_of(session(), site.case_id) is None
    page = site.first.get(f"/staff/cases/{site.case_id}").get_data(as_text=True)
    assert "东侧楼梯：链条锁住" in page
    assert "消防法第二十八条" in page
    session.rollback()
    for change in ("inspection_answers SET result = 'pass'", "inspections SET checklist = NULL"):
        with pytest.raises(DatabaseError, match="append-only"), superuser.connect() as own:
            own.execute(text(f"UPDATE {change}"))


def test_of_two_at_the_same_item_the_later_sees_both_and_no_photo_is_lost(site, session):
    late = site.seen(site.second, "F03")
    site.answer("F03", "pass")
    other = {"note": "窗上有铁栏", "place": "三楼"}
    clash = site.answer("F03", "fail", who=site.second, seen=late, photo=True, **other)
    assert clash.status_code == 409
    page = clash.get_data(as_text=True)
    assert "窗上有铁栏" in page, "what the later one typed"
    assert "member" in page, "who was faster"
    assert "照片 1" in page
    again = form_on(clash, f"{site.at}/items/F03")
    assert site.answer("F03", "fail", who=site.second, seen=again, **other).status_code == 303
    assert site.seen(site.first, "F03")["result"] == ["fail"]


def test_what_is_listed_as_major_has_nothing_between(monkeypatch, city, client_for, session):
    StoppedClock(monkeypatch, NOON)
    site = Site(city, client_for, session)
    sent = form_on(site.first.get(site.at), site.at)
    site.first.post(site.at, data={**sent, "code": "CON-SCAFF"})
    assert site.answer("S03", "partial", note="差三根").status_code == 422
    assert site.answer("S03", "pass").status_code == 303
    page = site.finish()
    assert page.status_code == 422
    assert "S03 项：请加照片" in page.get_data(as_text=True)


def test_a_record_shows_what_was_entered_since_and_a_late_answer_is_handed_back(site, session):
    site.answer("F06", "pass")
    address = f"{site.at}/finish"
    sent = form_on(site.first.get(address), address)
    site.answer("F07", "not_applicable", who=site.second)
    first = site.first.post(address, data={**sent, **site.whole})
    assert first.status_code == 409
    late = site.seen(site.second, "F09")
    again = {**form_on(first, address), **site.whole}
    assert site.first.post(address, data=again).status_code == 303
    over = site.answer("F09", "fail", who=site.second, seen=late, note="被堵住了")
    assert over.status_code == 409
    assert "被堵住了" in over.get_data(as_text=True)


def test_thrown_away_answers_are_gone_and_photos_stay_in_the_history(site, session):
    site.answer("F03", "fail", photo=True, note="铁栏")
    sent = form_on(site.first.get(site.at), f"{site.at}/drop")
    assert site.first.post(f"{site.at}/drop", data=sent).status_code == 303
    event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (event.kind, len(event.payload["files"])) == ("evidence_added", 1)
    session.rollback()


def test_a_score_follows_from_the_copy_and_only_a_decided_level_touches_the_grade(
    site, session, superuser, client_for
):
    for item in checklist_of(draft_of(session(), site.case_id).checklist).items:
        site.answer(item, "fail" if item == "F01" else "pass", photo=item == "F01", note="看过")
    assert site.finish().status_code == 303
    visit = session.scalars(select(Inspection.id)).one()
    unit = session.scalars(select(Case.unit_id).where(Case.id == site.case_id)).one()
    session.rollback()

    def shown(address):
        return " ".join(Page(site.first.get(address).get_data(as_text=True)).words)

    before = shown(f"{site.at}/{visit}")
    assert "100 × 88 ÷ 100 = 88.0" in before
    assert "等级 B" in before
    # another version that gives F01 nothing, from now on
    admin, at = client_for(site.city.administrator), "/admin/rules/checklists/FIRE-DORM"
    begun = admin.post(f"{at}/draft/begin", data=form_on(admin.get(at), f"{at}/draft/begin"))
    assert begun.status_code == 303
    for item, weight in (("F01", "1"), ("F02", "23")):
        address = f"{at}/draft/items/{item}"
        admin.post(address, data={**form_on(admin.get(address), address), "weight": weight})
    sent = form_on(admin.get(f"{at}/draft"), f"{at}/draft/publish")
    assert admin.post(f"{at}/draft/publish", data=sent).status_code == 303
    assert shown(f"{site.at}/{visit}") == before
    with superuser.begin() as own:
        own.execute(text("UPDATE hazards SET level = 'major'"))
    after = shown(f"{site.at}/{visit}")
    assert "88.0" in after
    assert "等级 D" in after
    # on the unit's page for who may read the case, and for nobody else
    page = f"/staff/units/{unit}"
    assert "88.0" in shown(page)
    assert "88.0" not in client_for(site.city.other_lead).get(page).get_data(as_text=True)
    assert "从有 10 家" in shown(page), "among few, a number tells of one"


def test_a_refusal_and_a_drawn_signature_stand_in_the_record_and_on_its_paper(
    site, session, superuser, app, city, client_for
):
    site.answer("F01", "fail", photo=True, note="链条锁住", place="东侧楼梯")
    alone = site.finish(inspectors_sign="member\nanybody")
    assert alone.status_code == 422
    assert "每位检查人员都要签名" in alone.get_data(as_text=True)
    # what was drawn for a unit that refuses is no signature
    zigzag = " ".join(f"{10 * n},{50 + n % 2 * 99}" for n in range(23))
    drawn = {str(site.city.member.person_id): zigzag, "unit": "1,1 2,2"}
    refused = {"sign_unit": "refused", "signer_name": "", "signer_post": ""}
    for bad in ("[", "[1]", '{"unit": 1}', '{"unit": "1,201 2,2"}', '{"unit": "<svg>"}'):
        assert site.finish(drawn=bad).status_code == 422
    refused["drawn"] = json.dumps(drawn)
    assert site.finish(**refused).status_code == 422
    assert site.finish(**refused, refusal="不认可第一条").status_code == 303
    visit = session.scalars(select(Inspection.id)).one()
    session.rollback()
    when = f"{local(NOON):%Y-%m-%d %H:%M}"
    for language, title, wanted in (
        ("zh_Hans_CN", "现场检查记录", "拒绝签字: 不认可第一条"),
        ("en", "On-site inspection record", "refuses to sign: 不认可第一条"),
    ):
        with each_request_alone(app):
            paper = site.first.get(f"{site.at}/{visit}/record.pdf?lang={language}")
        assert paper.mimetype == "application/pdf"
        pages = pypdfium2.PdfDocument(paper.data)
        shapes = [len(one) for page in pages for one in paths(page)]
        assert shapes.count(23) == 1
        read = "".join(page.get_textpage().get_text_range() for page in pages)
        for words in (title, wanted, "链条锁住", "second_member", "示例厂（虚构）", when):
            assert words in read.replace("\r\n", ""), (language, words)
    [picture] = re.findall(r"/staff/\S+\.svg", site.first.get(f"{site.at}/{visit}").text)
    shown = site.first.get(picture)
    assert shown.mimetype == "image/svg+xml"
    assert "M0 50 L10 149 L20 50" in shown.text
    assert client_for(city.other_member).get(picture).status_code == 404
    with pytest.raises(DatabaseError, match="append-only"), superuser.connect() as own:
        own.execute(text("UPDATE inspection_signatures SET signing = 'signed'"))


def test_a_visit_without_a_checklist_has_its_record_to_be_signed_by_hand(city, session, client_for):
    """Time, place, inspectors, what was found, what becomes of it; lines to sign on."""
    case_id = city.in_hand().case_id
    city.inspected(case_id, hazards=2)
    visit = session.scalars(select(Inspection.id)).one()
    session.rollback()
    member = client_for(city.member)
    at = f"/staff/cases/{case_id}/inspection/{visit}"
    assert f"{at}/record.pdf" in member.get(f"/staff/cases/{case_id}").text
    pages = pypdfium2.PdfDocument(member.get(f"{at}/record.pdf?lang=zh").data)
    read = "".join(page.get_textpage().get_text_range() for page in pages).replace("\r\n", "")
    wanted = ("现场检查记录", "楼梯门上有铁链。", "隐患 0", "隐患 1", "second_member", "执法证号",
              "责令限期整改", f"{local(NOON):%Y-%m-%d %H:%M}")  # fmt: skip
    assert [words for words in wanted if words not in read] == []
    assert "得分" not in read, "nothing of a checklist"
    # Its page with items is for inspections by a checklist alone; strangers find neither.
    assert member.get(at).status_code == 404
    assert client_for(city.other_member).get(f"{at}/record.pdf").status_code == 404


def real_findings():
    """The shared texts of hazards by their place in the guideline; skips where they are not."""
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    path = folder / "zh-shenzhen-hazards" / "hazards_labelled.csv.gz"
    found = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["label"] == "0" and row["content"].strip():
                where = tuple(row[f"level_{n}"] for n in (2, 3, 4))
                found.setdefault(where, set()).add(row["content"].strip())
    return found


def test_real_texts_of_hazards_become_findings_of_a_checklist_that_was_imported(
    city, session, client_for
):
    """A hundred places of a guideline as YAML, at each the longest and the shortest text."""
    texts = sorted(real_findings().items(), key=lambda one: (-len(one[1]), one[0]))[:100]
    items = [
        {
            "id": f"G{number:03}",
            "weight": 1,
            "zh": " ".join(where)[:200],
            "en": f"Place {number} of the guideline",
            "major": "none",
            "basis": [
                {"law": "深圳市企业自查指引", "article": where[0][:40], "verified": "memory"}
            ],
        }
        for number, (where, _texts) in enumerate(texts, start=1)
    ]
    file = {
        "schema": "hazard-portal/checklist@1",
        "id": "GUIDE",
        "basis": "memory",
        "zh": "企业自查",
        "en": "Self-inspection",
        "sector": "industry_trade",
        "scoring": {"partial": 0.5, "least": 60, "grades": [{"grade": "D", "from": 0}]},
        "items": items,
    }
    brought = yaml.safe_dump(file, allow_unicode=True, sort_keys=False)
    who, case_id = city.member.person_id, city.in_hand().case_id
    preset, by = in_force(session(), NOON), {"by": who, "now": NOON}
    with unit_of_work(session()) as own:
        draft_from_file(own, brought, preset, file="guide.yaml", **by)
        kept = {"record": lambda _kind, _payload: None, "holds_from": NOON}
        publish(own, "GUIDE", preset, seen=1, **kept, **by)
    with unit_of_work(session()) as own:
        begin(own, case_id, checklist(own, "GUIDE"), **by)
        draft = draft_of(own, case_id).id
        for number, (_where, found) in enumerate(texts, start=1):
            note = "\n".join(dict.fromkeys((max(found, key=len), min(found, key=len))))
            entry = Entry(result=Result.FAIL, note=note)
            enter(own, draft, f"G{number:03}", entry, seen=0, **by)
        rows = answers_of(own, draft)
        photos = {row.id: ("seen",) for row in rows}
        checked = finish_with(own, draft, seen=edits_of(rows), photos=photos)
    pair = (who, city.second_member.person_id)
    signed = [Signature(side=Side.INSPECTOR, name="查", person=one) for one in pair]
    signed.append(Signature(side=Side.UNIT, name="钱立", post="厂长"))
    made = {"inspectors": pair, "checked": checked, "signatures": tuple(signed)}
    seen_it = {"visited_at": NOON, "finding": "照企业自查的记录"}
    city.move(city.member, c.Inspect, case_id, **seen_it, **made)
    hazards = select(Hazard, Text.body).join(Text, Text.id == Hazard.text_id)
    by_item = {one.item: said for one, said in session().execute(hazards)}
    assert len(by_item) == len(texts) == 100
    page = client_for(city.lead).get(f"/staff/cases/{case_id}").get_data(as_text=True)
    for number, (where, found) in enumerate(texts, start=1):
        said = by_item[f"G{number:03}"]
        assert max(found, key=len) in said and min(found, key=len) in said, where
        assert str(escape(max(found, key=len))) in page, where
    visit = session().scalar(select(Hazard.inspection_id))
    address = f"/staff/cases/{case_id}/inspection/{visit}"
    scored = client_for(city.lead).get(f"{address}?lang=en").get_data(as_text=True)
    assert "G100" in scored
    assert client_for(city.lead).get(f"{address}/record.pdf").data.startswith(b"%PDF")


def paths(page):
    """The segments of each path on a page of a PDF."""
    for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
        yield range(pypdfium2.raw.FPDFPath_CountSegments(one.raw))


@pytest.mark.promise(1)
def test_an_entry_of_a_phone_counts_once_and_a_clash_leaves_both(site, session, superuser):
    with superuser.begin() as own:
        own.execute(text("UPDATE inspection_drafts SET started_at = started_at - interval '1 day'"))
    first = entry(note="看过")
    assert site.sync(first) == [{"state": "taken", "edits": 1}]
    row = session.scalars(select(DraftAnswer)).one()
    assert (row.note, row.changed_at) == ("看过", NOON - timedelta(seconds=60))
    session.rollback()
    [again, better] = site.sync(first, entry(result="fail", note="铁栏", after=[first["id"]]))
    assert (again["state"], again["edits"], better["edits"]) == ("already", 1, 2)
    # who had not seen that gets it beside, and nothing of theirs is kept over it
    late = entry(note="没有铁栏")
    [clash] = site.sync(late, who=site.second)
    assert clash["state"] == "clash"
    assert {"name": "看到的危险", "value": "铁栏"} in clash["theirs"]
    assert site.seen(site.first, "F03")["note"] == ["铁栏"]
    [mine] = site.sync({**late, "seen": clash["answer"]["edits"]}, who=site.second)
    assert (mine["state"], mine["edits"]) == ("taken", 3)
    [unknown, bad] = site.sync(entry("Z99"), entry(result="perhaps"))
    assert (unknown["state"], bad["state"]) == ("refused", "refused")
    # recorded meanwhile: what was taken is told so, what was not is handed back
    kept = site.pack()["inspection"]
    site.answer("F03", "pass")
    assert site.finish().status_code == 303
    [before, over] = site.sync(first, entry("F04"), inspection=kept)
    assert (before["state"], over["reason"]) == ("already", "over")


@pytest.mark.promise(1)
def test_a_photo_of_a_phone_is_taken_once_and_only_as_the_phone_has_it(site, session):
    data = files.jpeg()
    photo = {"id": uuid4().hex, "item": "F03", "name": "IMG.jpg", "ago": 0}
    whole = {**photo, "sha256": sha256(data).hexdigest()}
    assert site.sync(whole) == [{"state": "missing"}]
    status, there = site.bring(photo["id"], data)
    assert (status, there) == (204, len(data) // 2 + 1)
    assert site.bring(photo["id"], data)[0] == 409, "what is there is not taken twice"
    assert site.bring(photo["id"], data, offset=there) == (204, len(data))
    # the line changed a byte: it comes again
    assert site.sync({**photo, "sha256": sha256(data + b"!").hexdigest()}) == [{"state": "missing"}]
    assert site.pack()["answers"] == {}
    site.bring(photo["id"], data)
    site.bring(photo["id"], data, offset=there)
    [taken] = site.sync(whole)
    assert taken == {"state": "taken", "sha256": whole["sha256"]}
    [again] = site.sync(whole)
    assert (again["state"], again["sha256"]) == ("already", whole["sha256"])
    assert session.scalars(select(Attachment.original_sha256)).all() == [whole["sha256"]]
    assert site.pack()["answers"]["F03"]["photos"] == 1


def test_rubbish_through_the_door_of_phones_is_refused_or_kept_as_it_came(
    site, session, city, client_for
):
    strings, names = list(HOSTILE.values()), [f"F{n:02}" for n in range(1, 16)]
    for turn, start in enumerate(range(0, len(strings), len(names))):
        some = dict(zip(names, strings[start:], strict=False))
        sent = [entry(name, note=words, seen=turn) for name, words in some.items()]
        told = site.sync(*sent, *(entry(item=words) for words in some.values()))
        states = ["taken"] * len(some) + ["refused"] * len(some)
        assert [one["state"] for one in told] == states
        stored = site.pack()["answers"]
        assert {name: stored[name]["note"] for name in some} == {
            name: kept(words) for name, words in some.items()
        }
    assert site.sync(entry("F09", seen=2**31 - 1))[0]["state"] == "clash"
    half = entry("F01", note="\ud800 半个", seen=stored["F01"]["edits"])
    assert site.sync(half)[0]["state"] == "taken"
    inspection, good = site.pack()["inspection"], entry()
    for body in (
        *(None, [], "x", {}, {"entries": 1, "inspection": inspection}),
        *({"entries": [one], "inspection": inspection} for one in (None, 1, [], {})),
        *(
            {"entries": [{**good, name: bad}], "inspection": inspection}
            for name, bad in (
                *(("id", "x"), ("id", None), ("seen", -1), ("seen", "1"), ("ago", 1e9)),
                *(("after", "x"), ("after", [1]), ("fields", []), ("fields", {"note": 1})),
                ("item", None),
            )
        ),
        {"entries": [good], "inspection": "x"},
        {"entries": [good] * 201, "inspection": inspection},
    ):
        assert site.first.post(f"{site.at}/sync", json=body).status_code == 400, body
    assert site.first.post(f"{site.at}/sync", data={"entries": "x"}).status_code == 400
    sent = {"entries": [good], "inspection": inspection, "token": "x"}
    for actor, status in ((city.other_member, 404), (city.auditor, 404)):
        stranger = client_for(actor)
        assert stranger.post(f"{site.at}/sync", json=sent).status_code == status
        assert stranger.get(f"{site.at}/kept").status_code == status
    page = Page(site.first.get("/staff/inspecting?lang=en").get_data(as_text=True), "")
    assert page.forgetting("en") == []
