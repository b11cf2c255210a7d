"""Checklists: loaded from the preset, written by an administrator, frozen once published."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.access.kinds import Role
from portal.history.models import Event
from portal.presets import checklists as store
from portal.presets.contents import checklist_of
from tests.support.city import NOON
from tests.support.markup import Page
from tests.support.stopped import StoppedClock

AT = "/admin/rules/checklists"
FIRE = f"{AT}/FIRE-DORM"


@pytest.fixture
def clerk(monkeypatch, city, client_for):
    StoppedClock(monkeypatch, NOON)
    return client_for(city.administrator)


def form_on(answer, action):
    """The fields of the form with this action on a page."""
    page = Page(answer.get_data(as_text=True), action)
    return next(one for one in page.forms if one.action.split("?")[0] == action).sent()


def send(client, address, action, **typed):
    """Fill in the form with this action on a page and send it as a browser would."""
    answer = client.post(action, data={**form_on(client.get(address), action), **typed})
    assert answer.status_code < 500
    return answer


def holding(session, at=NOON):
    found = store.in_force_checklists(session(), at)
    session.rollback()
    return found


def test_a_draft_becomes_a_version_and_what_was_published_never_changes(session, superuser, clerk):
    before = holding(session)["FIRE-DORM"]
    assert "15 项" in clerk.get(AT).get_data(as_text=True)
    assert send(clerk, FIRE, f"{FIRE}/draft/begin").status_code == 303
    # the first item goes down, another loses points, one is added without script
    send(clerk, f"{FIRE}/draft", f"{FIRE}/draft", step="down F01")
    send(clerk, f"{FIRE}/draft/items/F05", f"{FIRE}/draft/items/F05", weight="5")
    lacking = send(clerk, f"{FIRE}/draft", f"{FIRE}/draft/publish")
    assert lacking.status_code == 422
    assert "97" in lacking.get_data(as_text=True)
    item = {
        "id": "F16", "weight": "3", "zh": "值班室双人值守", "en": "Two people in the control room",
        "basis": "消防法 | 第十六条 | 待核对", "major": "none",
    }  # fmt: skip
    assert (
        send(clerk, f"{FIRE}/draft/items/new", f"{FIRE}/draft/items/new", **item).status_code == 303
    )
    assert holding(session)["FIRE-DORM"] == before, "a draft holds nowhere"
    day = (NOON + timedelta(days=9)).date().isoformat()
    assert send(clerk, f"{FIRE}/draft", f"{FIRE}/draft/publish", holds_from=day).status_code == 303

    assert holding(session)["FIRE-DORM"] == before, "nor the version before its day"
    after = holding(session, NOON + timedelta(days=9))["FIRE-DORM"]
    assert (after.version, list(after.items)[:2]) == (2, ["F02", "F01"])
    assert after.items["F16"].basis[0].verified == "memory"
    assert before.items["F05"].weight == 8
    told = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (told.payload["code"], told.payload["what"], told.role) == (
        "FIRE-DORM", "published", Role.ADMINISTRATOR,
    )  # fmt: skip
    session.rollback()
    with pytest.raises(DatabaseError, match="append-only"):
        superuser.connect().execute(text("UPDATE preset_versions SET code = 'X' WHERE code <> ''"))


def test_a_list_has_120_items_because_points_have_parts(session, clerk):
    """Eighty of one point and forty of half a point, by file; then one by the editor's form."""
    held = yaml.safe_load(clerk.get(f"{FIRE}/yaml?version=1").get_data())
    first = held["items"][0]
    weights = [1] * 80 + [0.5] * 40
    held["items"] = [{**first, "id": f"N{at:03}", "weight": w} for at, w in enumerate(weights)]
    held = json.loads(json.dumps({**held, "from": "2026-01-01"}, default=str))
    data = yaml.safe_dump(held, allow_unicode=True, sort_keys=False).encode()
    sent = {"file": (io.BytesIO(data), "x.yaml")}
    assert send(clerk, f"{AT}/import", f"{AT}/import", **sent).status_code == 303
    address = f"{FIRE}/draft/items/N119"
    for wrong in ("0.255", "0", "NaN", "1e9", "100.01"):
        assert send(clerk, address, address, weight=wrong).status_code == 422, wrong
    assert send(clerk, address, address, weight="0.25").status_code == 303
    assert "99.75" in clerk.get(f"{FIRE}/draft").get_data(as_text=True)
    assert send(clerk, f"{FIRE}/draft", f"{FIRE}/draft/publish").status_code == 422
    other = f"{FIRE}/draft/items/N118"
    assert send(clerk, other, other, weight="0.75").status_code == 303
    day = NOON.date().isoformat()
    assert send(clerk, f"{FIRE}/draft", f"{FIRE}/draft/publish", holds_from=day).status_code == 303
    found = holding(session, NOON + timedelta(days=1))["FIRE-DORM"]
    assert len(found.items) == 120
    assert [str(found.items[one].weight) for one in ("N000", "N117", "N118", "N119")] == [
        "1", "0.5", "0.75", "0.25",
    ]  # fmt: skip


def test_who_was_slower_sees_it_and_loses_nothing(clerk):
    send(clerk, FIRE, f"{FIRE}/draft/begin")
    address = f"{FIRE}/draft/items/F01"
    late = form_on(clerk.get(address), address)
    send(clerk, f"{FIRE}/draft", f"{FIRE}/draft", step="out F15")
    answer = clerk.post(address, data={**late, "zh": "出口都要畅通"})
    assert answer.status_code == 409
    again = form_on(answer, address)
    assert again["zh"] == ["出口都要畅通"]
    assert clerk.post(address, data=again).status_code == 303


def test_a_file_comes_back_as_it_went_and_a_wrong_one_names_its_line(session, clerk):
    saved = clerk.get(f"{FIRE}/yaml?version=1").get_data()

    def bring(data):
        sent = {"file": (io.BytesIO(data), "x.yaml")}
        return send(clerk, f"{AT}/import", f"{AT}/import", **sent)

    wrong = bring(saved.replace(b"weight: 12", b"weight: many", 1))
    assert wrong.status_code == 422
    line = saved[: saved.index(b"weight: 12")].count(b"\n") + 1
    assert f"第 {line} 行" in wrong.get_data(as_text=True)
    assert bring(saved).status_code == 303
    draft, was = store.draft_of(session(), "FIRE-DORM"), holding(session)["FIRE-DORM"]
    assert (
        replace(checklist_of({"version": 1, "content": draft.content}), holds_from=was.holds_from)
        == was
    )
    session.rollback()
    assert bring(saved).status_code == 422, "what is being written is not written over"


def test_a_checklist_of_ones_own_begins_empty(clerk, session):
    named = {"code": "OWN", "zh": "自定检查表", "en": "Our own", "sector": "fire"}
    assert send(clerk, f"{AT}/new", f"{AT}/new", **named).status_code == 303
    assert send(clerk, f"{AT}/new", f"{AT}/new", **named).status_code == 422
    own = f"{AT}/OWN/draft"
    typed = {"grades": "A 50, B 60", "en": "中文"}
    wrong = send(clerk, f"{own}/head", f"{own}/head", **typed)
    assert wrong.status_code == 422
    assert send(clerk, f"{own}/head", f"{own}/head", grades="好 50", least="0").status_code == 422
    assert send(clerk, f"{own}/head", f"{own}/head", grades="A 50, B 0").status_code == 303
    assert store.draft_of(session(), "OWN").content["scoring"]["grades"][1] == {
        "grade": "B",
        "from": 0,
    }
    session.rollback()
    send(clerk, own, own, step="drop")
    assert clerk.get(own).status_code == 404


def test_one_out_of_use_is_proposed_no_more_until_it_is_taken_back(clerk, session, city):
    later = (NOON + timedelta(days=3)).date()
    assert send(clerk, FIRE, f"{FIRE}/end", holds_from=later.isoformat()).status_code == 303
    assert "FIRE-DORM" in holding(session)
    assert "FIRE-DORM" not in holding(session, NOON + timedelta(days=3))
    stale = {"holds_from": later.isoformat(), "seen": "1", "csrf_token": ""}
    assert clerk.post(f"{FIRE}/end", data=stale).status_code == 409
    event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (event.kind, event.payload["what"]) == ("preset_loaded", "ended")
    session.rollback()
    assert "停用" in clerk.get(AT).get_data(as_text=True)
    assert send(clerk, FIRE, f"{FIRE}/resume").status_code == 303
    assert "FIRE-DORM" in holding(session, NOON + timedelta(days=3))
    # published anew it is in use, whatever version the draft came from
    send(clerk, FIRE, f"{FIRE}/end", holds_from=NOON.date().isoformat())
    send(clerk, FIRE, f"{FIRE}/draft/begin")
    send(clerk, f"{FIRE}/draft", f"{FIRE}/draft/publish")
    assert not holding(session, NOON + timedelta(days=3))["FIRE-DORM"].ended
