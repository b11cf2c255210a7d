"""A unit checks itself without a network: each entry once, photos as they are, nobody else's."""

from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.attachments.kinds import Purpose
from portal.attachments.lifecycle import Allowance
from portal.attachments.models import Attachment
from portal.foundation.transaction import unit_of_work
from portal.inspections.models import SyncedEntry
from portal.presets.queries import in_force
from portal.selfinspections import services as doing
from portal.selfinspections.models import SelfAnswer
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.hostile import HOSTILE, kept
from tests.support.own import OwnUnit
from tests.support.phones import Line, entry
from tests.support.staff import each_request_alone
from tests.support.stopped import StoppedClock

FILES = "portal.enterprise.views._own_files"


class Check(Line):
    """A self-inspection under way, and two colleagues with a phone each."""

    def __init__(self, city, client_for):
        self.mill, self.city = OwnUnit(city), city
        second = self.mill.invite("second@example.org")
        with unit_of_work(city.session) as own:
            given = ("regular", "FIRE-DORM", in_force(own, NOON))
            self.id = doing.begin(own, self.mill.actor, *given, now=NOON).id
        self.at = f"/unit/own/inspections/{self.id}"
        self.first, self.second = client_for(self.mill.actor), client_for(second)


@pytest.fixture
def check(monkeypatch, app, city, client_for):
    StoppedClock(monkeypatch, NOON)
    with each_request_alone(app):
        yield Check(city, client_for)


@pytest.mark.promise(1)
def test_what_a_unit_entered_without_a_network_counts_once_and_a_clash_leaves_both(check, session):
    first = entry(note="看过")
    assert check.sync(first) == [{"state": "taken", "edits": 1}]
    [again, better] = check.sync(
        first, entry(result="fail", note="出口堆货", after=[first["id"]], major="y")
    )
    assert (again["state"], again["edits"], better["edits"]) == ("already", 1, 2)
    late = entry(note="没有堆货")
    [clash] = check.sync(late, who=check.second)
    assert clash["state"] == "clash"
    assert "出口堆货" in [one["value"] for one in clash["theirs"]]
    [mine] = check.sync({**late, "seen": clash["answer"]["edits"]}, who=check.second)
    assert (mine["state"], mine["edits"]) == ("taken", 3)
    [unknown, bad] = check.sync(entry("Z99"), entry(result="perhaps"))
    assert (unknown["state"], bad["state"]) == ("refused", "refused")
    row = session.scalars(select(SelfAnswer)).one()
    assert (row.item, row.note, row.edits) == ("F03", "没有堆货", 3)
    noted = session.scalars(select(SyncedEntry)).all()
    assert {(one.unit_id, one.case_id) for one in noted} == {(check.mill.id, None)}
    assert len(noted) == 3
    session.rollback()
    # recorded meanwhile: what was taken is told so, what was not is handed back
    with unit_of_work(session()) as own:
        given = {"seen": 3, "statement": "", "category": "", "photos": {}, "now": NOON}
        doing.finish(own, check.mill.actor, check.id, in_force(own, NOON), **given)
    pack = check.first.get(f"{check.at}/kept")
    assert (pack.status_code, pack.json["state"]) == (409, "over")
    [before, over] = check.sync(first, entry("F04"), inspection=check.id.hex)
    assert (before["state"], over["reason"]) == ("already", "over")


@pytest.mark.promise(1)
def test_a_photo_of_a_units_phone_is_taken_once_and_only_as_the_phone_has_it(
    check, session, monkeypatch
):
    data = files.jpeg()
    photo = {"id": uuid4().hex, "item": "F03", "name": "IMG.jpg", "ago": 0}
    whole = {**photo, "sha256": sha256(data).hexdigest()}
    assert check.sync(whole) == [{"state": "missing"}]
    status, there = check.bring(photo["id"], data)
    assert (status, check.bring(photo["id"], data)[0]) == (204, 409)
    assert check.bring(photo["id"], data, offset=there) == (204, len(data))
    assert check.sync({**photo, "sha256": "0" * 64}) == [{"state": "missing"}], "it comes again"
    check.bring(photo["id"], data)
    check.bring(photo["id"], data, offset=there)
    assert check.sync(whole) == [{"state": "taken", "sha256": whole["sha256"]}]
    assert check.sync(whole)[0]["state"] == "already"
    row = session.scalars(select(Attachment)).one()
    assert (row.original_sha256, row.case_id) == (whole["sha256"], check.mill.id)
    assert row.purpose == Purpose.OWN
    session.rollback()
    assert check.pack()["answers"]["F03"]["photos"] == 1
    # One too many is handed back with the reason, whatever its name; what else came stays.
    monkeypatch.setattr(f"{FILES}.allowance", lambda settings: Allowance(files=1))
    bad, name = b"MZ no picture at all " * 9, "<img src=x onerror=alert(1)>.exe"
    other = {"id": uuid4().hex, "item": "F03", "name": name, "ago": 0}
    there = check.bring(other["id"], bad)[1]
    check.bring(other["id"], bad, offset=there)
    [refused] = check.sync({**other, "sha256": sha256(bad).hexdigest()})
    assert refused["state"] == "refused"
    assert name in refused["words"]
    assert check.pack()["answers"]["F03"]["photos"] == 1


def test_rubbish_through_the_door_of_units_phones_is_refused_or_kept_as_it_came(check):
    strings, names = list(HOSTILE.values()), [f"F{n:02}" for n in range(1, 16)]
    for turn, start in enumerate(range(0, len(strings), len(names))):
        some = dict(zip(names, strings[start:], strict=False))
        told = check.sync(*(entry(name, note=words, seen=turn) for name, words in some.items()))
        assert [one["state"] for one in told] == ["taken"] * len(some)
        stored = check.pack()["answers"]
        assert {name: stored[name]["note"] for name in some} == {
            name: kept(words) for name, words in some.items()
        }
    for body in (None, [], {}, {"entries": [None], "inspection": check.id.hex}):
        assert check.first.post(f"{check.at}/sync", json=body).status_code == 400, body


@pytest.mark.promise(2)
def test_a_check_taken_along_is_that_of_ones_own_unit_and_its_page_is_of_nobody(
    check, city, client_for, session
):
    taken = entry()
    check.sync(taken)
    stranger = OwnUnit(city, "别家（虚构）")
    with unit_of_work(session()) as own:
        given = ("regular", "FIRE-DORM", in_force(own, NOON))
        theirs = doing.begin(own, stranger.actor, *given, now=NOON).id
        drill = doing.begin(own, check.mill.actor, "drill", "", given[2], now=NOON).id
    token = check.pack()["token"]
    sent = {"entries": [entry()], "inspection": check.id.hex, "token": token}
    for actor in (stranger.actor, city.member, city.auditor):
        who = client_for(actor)
        assert who.get(f"{check.at}/kept").status_code == 404
        assert who.post(f"{check.at}/sync", json=sent).status_code == 404
        assert who.post(f"{check.at}/files", headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert client_for(city.member).get("/unit/own/inspecting").status_code == 404
    # What was taken here is not told through the door of another's check, nor written there.
    they, at = client_for(stranger.actor), f"/unit/own/inspections/{theirs}"
    token = they.get(f"{at}/kept").json["token"]
    body = {"entries": [{**taken, "item": "F01"}], "inspection": check.id.hex, "token": token}
    answer = they.post(f"{at}/sync", json=body)
    assert answer.json["answers"][UUID(taken["id"]).hex]["reason"] == "over"
    assert check.first.get(f"/unit/own/inspections/{drill}/kept").status_code == 404, "in words"
    pages = {
        client_for(who).get("/unit/own/inspecting?lang=en").text
        for who in (check.mill.actor, stranger.actor)
    }
    assert len(pages) == 1, "no name, no token, no unit is in it"
    script = check.first.get("/unit/own/inspecting/worker.js")
    assert script.headers["Service-Worker-Allowed"] == "/unit/own/inspecting"
    assert "portal-inspect-unit-own-inspecting-" in script.text
    own = client_for(city.member).get("/staff/inspecting/worker.js").text
    assert "portal-inspect-staff-inspecting-" in own, "none clears what the other keeps"


def test_an_entry_belongs_to_a_case_or_to_a_unit(check, superuser):
    check.sync(entry())
    with pytest.raises(IntegrityError), superuser.begin() as own:
        own.execute(text("UPDATE synced_entries SET unit_id = NULL"))


def both():
    """A file that is refused before one that is not."""
    return [(BytesIO(b""), "y.jpg"), (BytesIO(files.jpeg()), "x.jpg")]


@pytest.mark.promise(1)
def test_a_refused_file_stops_no_other_of_its_press(check, session):
    me = Clerk(check.first).go(f"{check.at}/items/F01")
    me.send("/F01", result="fail", note="出口堆货", files=both())
    assert me.status == 422
    assert "y.jpg" in me.text
    row = session.scalars(select(SelfAnswer)).one()
    assert (row.result, row.note) == ("fail", "出口堆货")
    assert len(session.scalars(select(Attachment)).all()) == 1
    session.rollback()
    # A clash of words takes no photo away either.
    late = Clerk(check.second).go(f"{check.at}/items/F01")
    check.sync(entry("F01", result="fail", note="又堆了货", seen=1))
    late.send("/F01", result="pass", note="没有", files=(BytesIO(files.png()), "z.png"))
    assert late.status == 409
    assert len(session.scalars(select(Attachment)).all()) == 2
    session.rollback()
    me.go(f"{check.at}/finish").send("/finish", statement="走了一遍", photos=both())
    assert me.status == 422
    assert "走了一遍" in me.html
    assert len(session.scalars(select(Attachment)).all()) == 3
