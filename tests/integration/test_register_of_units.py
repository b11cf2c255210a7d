"""The register of units: found by words, changed by one at a time, taken in from files, printed."""

import csv
import io
import json
import re
import secrets
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import func, select

from portal.access.kinds import ANYONE
from portal.cases.lifecycle import commands as c
from portal.cases.services import file_report
from portal.foundation.errors import NotAllowed
from portal.foundation.gram_statistics import Statistics
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.presets.queries import in_force
from portal.reports.lifecycle import File
from portal.units.models import Unit, UnitImport
from portal.units.queries import Order, Wanted, register, units_like
from portal.units.services import UnitFields, import_units
from tests.support.city import NOON, TEXT
from tests.support.clerk import Clerk

CODE, OTHER_CODE = "91350100M000100Y43", "91440300708461136T"


@pytest.fixture
def taxonomy(session, city):
    found = in_force(session(), NOON).taxonomy
    session.rollback()
    return found


def add_many(city, session, *rows):
    with unit_of_work(session()) as own:
        import_units(own, city.administrator, [UnitFields(**row) for row in rows], now=NOON)


def form_of(client, address):
    """The fields of the form of a page as a browser would send them back."""
    return dict(Clerk(client).go(address).form("/staff/units/").fields)


def hidden_from(city, session, group):
    """File a report of which a group must not know."""
    report = File(text=TEXT, place="纸箱路", jurisdiction="320412")
    with unit_of_work(session()) as own:
        who = (city.group(group),)
        return file_report(
            own, ANYONE, report, nonce=secrets.token_bytes(16), now=NOON, hidden_from=who
        )


def test_a_unit_is_found_by_any_part_of_what_names_it_in_both_languages(city, session, taxonomy):
    add_many(
        city,
        session,
        {
            "name": "青岚锁业有限公司",
            "address": "Unit 7, 纸箱路 18 号",
            "registration_code": CODE,
            "jurisdiction": "320412",
            "township": "320412.hutang",
            "sector": "industry_trade",
            "risk_colour": "red",
            "risk_reason": "x",
            "contact_name": "王厂长",
        },
        {"name": "禾川化工有限公司", "address": "锁桥路 2 号", "sector": "chemicals"},
        {"name": "ＡＢＣ 仓储", "address": "", "sector": "warehouse", "jurisdiction": "320481"},
    )

    def found(words="", **filters):
        page = register(session(), Wanted(words=words, **filters), taxonomy, now=NOON)
        return {unit.name[:2] for unit in page.units}

    for words in ("青岚", "锁业", "岚锁业有", "纸箱路 青岚", "unit 7", "UNIT", CODE[:6], "湖塘镇"):
        assert found(words) == {"青岚"}, words
    for words in ("Hutang", "wujin 锁", "industry", "工贸 武进", "锁业 武进区"):
        assert found(words) == {"青岚"}, words
    assert found("锁") == {"青岚", "禾川"}
    assert found("Chemicals") == found("化工") == {"禾川"}
    assert found("abc") == {"ＡＢ"}
    assert found("王厂长") == found("锁桥 青岚") == found("！") == found("没有这样的") == set()
    assert found(sector="industry_trade") == found(place="320412.hutang") == {"青岚"}
    assert found("有限公司", colour="red") == {"青岚"}
    assert len(found()) == 3
    assert [unit.name[:2] for unit in units_like(session(), "业有限")] == ["青岚"]


def test_pages_hold_every_unit_once_sorted_or_walked(city, session, taxonomy, monkeypatch):
    """Rare words are sorted by name; common ones come in the order of ids, in parts."""
    add_many(city, session, *({"name": f"厂 {n:02}", "address": "湖" * (n % 2)} for n in range(30)))
    everything = {f"厂 {n:02}" for n in range(30)}

    def walked(words):
        names, after, orders = [], None, set()
        while True:
            page = register(
                session(), Wanted(words=words), taxonomy, now=NOON, after=after, limit=7
            )
            names += [unit.name for unit in page.units]
            orders.add(page.order)
            if (after := page.next_key) is None:
                return names, orders

    for words, wanted in (("", everything), ("厂", everything), ("湖", set())):
        names, orders = walked(words)
        assert names == sorted(names)
        assert set(names) >= wanted
        assert orders == {Order.NAME}
    module = __import__("portal.units.queries.register", fromlist=["x"])
    common = Statistics(NOON, {"厂": 1.0, "湖": 0.5}, {}, 9000.0)
    monkeypatch.setattr(module, "gram_statistics", lambda *_any: common)
    monkeypatch.setattr(module, "WALKED", 8)
    names, orders = walked("厂")
    assert (sorted(names), orders) == (sorted(everything), {Order.ID})
    # Not enough in the first part: what seemed common is looked up and sorted after all.
    monkeypatch.setattr(module, "WALKED", 2)
    names, orders = walked("湖")
    assert (len(names), names, orders) == (15, sorted(names), {Order.NAME})


@pytest.mark.trap(56)
def test_who_was_slower_sees_both_and_overwrites_nothing_unseen(city, session, client_for):
    unit = city.unit(address="纸箱路 18 号", contact_name="厂长")
    lead, member = client_for(city.lead), client_for(city.member)
    address = f"/staff/units/{unit}/edit"
    first, second = form_of(lead, address), form_of(member, address)
    saved = lead.post(address, data={**first, "contact_name": "安全主管"})
    assert saved.status_code == 303
    late = member.post(f"{address}?lang=en", data={**second, "sector": "fire"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "Somebody changed this unit" in page
    assert "安全主管" in page  # theirs
    assert re.search(r'value="fire"[^>]*selected', page)  # mine
    session.rollback()
    assert session.get_one(Unit, unit).contact_name == "安全主管"
    again = {**second, "sector": "fire", "contact_name": "安全主管", "seen": "2"}
    assert member.post(address, data=again).status_code == 303
    session.rollback()
    row = session.get_one(Unit, unit)
    assert (row.version, row.sector, row.contact_name) == (3, "fire", "安全主管")
    assert "sector:fire" in row.grams
    # What changed is kept by its name, no words of it.
    events = session.scalars(select(Event).where(Event.kind == "unit_changed").order_by(Event.seq))
    told = [event.payload for event in events]
    assert [one.get("fields") for one in told] == [None, ["contact_name"], ["sector"]]
    assert "安全主管" not in json.dumps(told, ensure_ascii=False)
    # Sending the same again changes nothing and leaves no event.
    assert member.post(address, data={**again, "seen": "3"}).status_code == 303
    session.rollback()
    assert session.get_one(Unit, unit).version == 3


def test_a_unit_is_added_once_and_a_colour_needs_its_reason(city, session, client_for):
    client = client_for(city.lead)
    blank = form_of(client, "/staff/units/new")
    whole = {**blank, "name": "青岚锁业", "address": "纸箱路", "registration_code": CODE}
    refused = client.post("/staff/units/new?lang=en", data={**whole, "risk_colour": "red"})
    assert refused.status_code == 422
    assert "Say why the unit has this colour." in refused.get_data(as_text=True)
    coloured = {**whole, "risk_colour": "red", "risk_reason": "喷漆房无排风"}
    added = client.post("/staff/units/new", data=coloured)
    assert added.status_code == 303
    assert "喷漆房无排风" in client.get(added.location).get_data(as_text=True)
    for changes, words in (
        ({"name": "别的"}, "Another unit has this registration code."),
        ({"registration_code": ""}, "A unit with this name and address"),
        ({"registration_code": CODE[:-1] + "4"}, "This is no registration code"),
        ({"name": ""}, "Write the unit’s name."),
        ({"workers": "viele", "registration_code": OTHER_CODE}, "in digits"),
    ):
        answer = client.post("/staff/units/new?lang=en", data={**coloured, **changes})
        assert answer.status_code == 422, changes
        assert words in answer.get_data(as_text=True), changes
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Unit)) == 1


@pytest.mark.trap(39)
def test_a_unit_shows_of_its_cases_only_what_the_reader_can_see(city, session, client_for):
    unit = city.unit(name="青岚锁业")
    seen, hidden = city.file(), hidden_from(city, session, "sup-wujin")
    for filed, group in ((seen, "insp-fire"), (hidden, "insp-industry")):
        city.accepted(filed.case_id, unit_id=unit)
        city.dispatched(filed.case_id, group)
    city.move(city.lead, c.SignFor, seen.case_id)
    city.inspected(seen.case_id)
    for name, cases in (
        ("lead", {seen}),
        ("director", {seen, hidden}),
        ("supervisor", {seen}),
        ("other_lead", {hidden}),
        ("administrator", set()),
        ("supervisor_elsewhere", set()),
    ):
        page = client_for(getattr(city, name)).get(f"/staff/units/{unit}")
        html = page.get_data(as_text=True)
        for filed in (seen, hidden):
            assert (str(filed.case_id) in html) is (filed in cases), name
        assert "铁链锁住" not in html  # no reporter's words


def test_a_file_comes_in_once_and_its_bad_lines_are_listed(city, session, client_for):
    city.unit(name="丙厂", address="旧路", contact_phone="1")
    client = client_for(city.administrator)
    rows = "名称,地址,信用代码,行业,电话\n"
    rows += f"甲厂,新路,{CODE},化工和危险化学品,110\n乙厂,,,没有的行业,\n"
    rows += f"丙厂,旧路,,,222\n甲厂,新路,{CODE},,\n"

    def send(raw):
        data = {"file": (io.BytesIO(raw), "units.csv")}
        return client.post("/staff/units/import?lang=en", data=data)

    def counted():
        session.rollback()
        return session.scalar(select(func.count()).select_from(Unit))

    first = send(rows.encode("gb18030"))
    assert first.status_code == 303
    page = client.get(first.location).get_data(as_text=True)
    assert "Choose a sector of the list." in page
    assert "没有的行业" not in page
    assert counted() == 2
    kept = session.scalars(select(UnitImport)).one()
    assert (kept.new_count, kept.known_count, kept.rejected) == (
        1,
        2,
        [[3, "sector", "unit_sector_unknown"]],
    )
    listed = client.get(f"/staff/units/import/{kept.id}/rejected.csv?lang=en")
    table = list(csv.reader(io.StringIO(listed.get_data(as_text=True).removeprefix("\ufeff"))))
    assert table[1] == ["3", "Sector", "Choose a sector of the list."]
    assert send(rows.encode()).status_code == 303
    assert counted() == 2
    # What somebody had written is not overwritten.
    assert session.scalar(select(Unit.contact_phone).where(Unit.name == "丙厂")) == "1"
    for raw, words in (
        (b"", "Choose a CSV file."),
        ("地址\nx\n".encode(), "must name the columns"),
        (b"name\n" + b"x" * 2_000_001, "too large for the page"),
    ):
        answer = send(raw)
        assert answer.status_code == 422, words
        assert words in answer.get_data(as_text=True)
    with pytest.raises(NotAllowed), unit_of_work(session()) as own:
        import_units(own, city.lead, [UnitFields(name="x")], now=NOON)


def test_the_command_takes_in_a_register_and_names_bad_lines(app, city, session, tmp_path):
    file = tmp_path / "units.csv"
    file.write_text("名称,人数\n甲,1\n乙,x\n丙,3\n丁,4\n".replace("人数", "从业人数"), "utf-8-sig")

    def run():
        result = app.test_cli_runner().invoke(
            args=["import", "units", str(file), "--batch", "2", "--json"]
        )
        return result.exit_code, json.loads(result.output)

    code, said = run()
    assert (code, said["new"], said["known"], said["rejected"]) == (1, 3, 0, 1)
    listed = Path(said["reject_file"]).read_text().splitlines()
    assert listed[1:] == ["3,workers,unit_workers_wrong"]
    code, said = run()
    assert (said["new"], said["known"]) == (0, 3)
    session.rollback()
    imported = session.scalars(select(Event.payload).where(Event.kind == "unit_changed")).all()
    assert [one["act"] for one in imported] == ["imported"] * 3


def test_the_sheet_at_the_door_leads_to_the_units_form_and_names_nobody(
    app, city, session, client_for
):
    name = '示例包装 #panic("x") $1 <b> \\ 😀'
    person = {"contact_name": "周厂长", "contact_phone": "13800000000"}
    unit = city.unit(name, address="纸箱路 18 号", **person)
    token = session.scalar(select(Unit.report_token))
    session.rollback()
    answer = client_for(city.lead).get(f"/staff/units/{unit}/poster.pdf?lang=en")
    assert answer.mimetype == "application/pdf"
    pdf = pypdfium2.PdfDocument(answer.data)
    assert len(pdf) == 1
    words = pdf[0].get_textpage().get_text_range()
    for said in (
        "示例包装 #panic",
        "纸箱路 18 号",
        "看到这里有危险",
        "Seen a danger here?",
        "119",
    ):
        assert said in words, said
    address = app.config["PORTAL_SETTINGS"].public_url
    flat = re.sub(r"\s", "", words)
    assert f"{address}/report?unit={token}" in flat
    for secret in ("周厂长", "13800000000", str(unit)):
        assert secret not in flat
