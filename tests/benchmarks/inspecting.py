"""An inspection that comes from a phone at once, and the paper of its record."""

import base64
import io
import json
import random
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from flask import current_app, g
from PIL import Image
from sqlalchemy import select

from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.handling.views._made import made_of
from portal.handling.views._record_paper import record_words
from portal.inspections.models import Inspection
from portal.inspections.services import begin
from portal.integrations.paper import typeset_once
from portal.presets.checklists import checklist
from tests.benchmarks.browser import Browser, Unexpected
from tests.benchmarks.house import PORTAL, House
from tests.benchmarks.photos import timed
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, ms
from tests.benchmarks.staff import signed_in
from tests.support.city import City
from tests.support.staff import give_password

#: As many items as the issue asks for, each with as many parts of a point as make 100 together.
ITEMS, PHOTOS = 120, 60
TIMES_RAW, TIMES_TYPST = 2, 1.5
PIECE = 256 * 1024
TUS = {"Tus-Resumable": "1.0.0"}


def photo(seed: int) -> bytes:
    """Return a photo of two megapixels, some 400 kB: as phones send them over a slow line."""
    chance = random.Random(seed)  # noqa: S311
    colours = bytes(chance.randrange(256) for _ in range(40 * 30 * 3))
    picture = Image.frombytes("RGB", (40, 30), colours).resize((1600, 1200))
    grain = Image.effect_noise((1600, 1200), 12).convert("RGB")
    held = io.BytesIO()
    Image.blend(picture, grain, 0.3).save(held, "JPEG", quality=85)
    return held.getvalue()


class Phone:
    """Sends JSON and bytes over the connection on which somebody signed in."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def send(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        connection = self.browser.connection
        connection.request(method, path, body, {"Cookie": cookies, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def json(self, path: str, what: Any) -> Any:
        sent = json.dumps(what).encode()
        status, body, _headers = self.send("POST", path, sent, {"Content-Type": "application/json"})
        if status != 200:
            raise Unexpected(f"POST {path}: {status}")
        return json.loads(body)["answers"]


def begun(house: House, database: str, city: City) -> UUID:
    """Begin an inspection of so many items in a case of its own; return the case."""
    with portal_on(house, database):
        city.session = db.session()
        moment = datetime.now(UTC)
        case_id: UUID = city.in_hand(now=moment).case_id
        with unit_of_work(db.session()) as session:
            fire = checklist(session, "FIRE-DORM")
            first = next(iter(fire.items.values()))
            # Eighty of one point, forty of half a point: 100 together.
            items = {
                f"N{n:03}": replace(first, id=f"N{n:03}", weight=Decimal("1" if n < 80 else "0.5"))
                for n in range(ITEMS)
            }
            who = city.member.person_id
            assert who is not None
            begin(session, case_id, replace(fire, items=items), by=who, now=moment)
        city.session = None
        return case_id


def fields_of(number: int) -> dict[str, str]:
    is_bad = number < PHOTOS
    return {"result": "fail", "note": f"第 {number} 处有问题"} if is_bad else {"result": "pass"}


def synced(phone: Phone, case_id: UUID, photos: list[bytes]) -> None:
    """Send an inspection as the script of the phone does: all answers, then photo by photo."""
    at = f"/staff/cases/{case_id}/inspection"
    pack = json.loads(phone.browser.get(f"{at}/kept"))
    about = {"inspection": pack["inspection"], "token": pack["token"]}
    answers = [
        {"id": secrets.token_hex(16), "item": f"N{n:03}", "fields": fields_of(n)}
        for n in range(ITEMS)
    ]
    told = list(phone.json(f"{at}/sync", {**about, "entries": answers}).values())
    for number, data in enumerate(photos):
        key = secrets.token_hex(16)
        given = {"key": key, "token": pack["token"]}
        metadata = ",".join(
            f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in given.items()
        )
        announced = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata}
        _status, _body, headers = phone.send("POST", f"{at}/files", b"", announced)
        for start in range(0, len(data), PIECE):
            offset = {**TUS, "Upload-Offset": str(start)}
            kind = {"Content-Type": "application/offset+octet-stream"}
            part = data[start : start + PIECE]
            phone.send("PATCH", headers["Location"], part, {**offset, **kind})
        entry = {"id": key, "item": f"N{number:03}", "sha256": sha256(data).hexdigest()}
        told += phone.json(f"{at}/sync", {**about, "entries": [entry]}).values()
    if any(one["state"] != "taken" for one in told):
        raise Unexpected("not all was taken")


def hidden(page: str, name: str) -> str:
    """Return what stands in a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise Unexpected(f"the page has no {name}")
    return found[1]


def uploaded(phone: Phone, case_id: UUID, photos: list[bytes]) -> None:
    """Send the same photos by the plain pages, one form each, and nothing else."""
    at = f"/staff/cases/{case_id}/inspection"
    token = json.loads(phone.browser.get(f"{at}/kept"))["token"]
    for number, data in enumerate(photos):
        mark = secrets.token_hex(8)
        parts = {"csrf_token": token, "seen": "0", "step": "stay"}
        head = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        )
        head += (
            f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        status, _body, _headers = phone.send("POST", f"{at}/items/N{number:03}", body, kind)
        if status != 303:
            raise Unexpected(f"upload: {status}")


def measure(house: House, city: City, database: str, *, rounds: int) -> list[Figure]:
    """Compare a phone's sending with plain uploads, and the record's PDF with typst alone."""
    with portal_on(house, database):
        give_password(lambda: db.session(), city.actors["member"])
    port = house.serve(PORTAL, house.environment(database))
    phone = Phone(signed_in(port, "member"))
    photos = [photo(seed) for seed in range(PHOTOS)]
    times: dict[str, list[float]] = {"sync": [], "raw": []}
    for _round in range(rounds):
        for name, act in (("raw", uploaded), ("sync", synced)):
            case_id = begun(house, database, city)
            times[name].append(timed(lambda act=act, case_id=case_id: act(phone, case_id, photos)))
    mine, raw = median(times["sync"]), median(times["raw"])
    return [
        Figure(
            name=f"inspection of {ITEMS} items, {PHOTOS} photos: sync against plain uploads",
            value=round(mine / raw, 2),
            unit="×",
            limit=TIMES_RAW,
            note=f"{mine:.1f} and {raw:.1f} s for {sum(map(len, photos)) / 1e6:.0f} MB",
        ),
        paper(house, city, database, phone, case_id, rounds=rounds),
    ]


def paper(
    house: House, city: City, database: str, phone: Phone, case_id: UUID, *, rounds: int
) -> Figure:
    """Record the inspection and compare its PDF with typst given the same words."""
    at = f"/staff/cases/{case_id}/inspection"
    browser = phone.browser
    browser.get(f"{at}/finish")
    people = [city.actors["member"].person_id, city.actors["second_member"].person_id]
    fields: Any = [
        *({"csrf_token": browser.token(), "finding": "查了", "sign_unit": "absent"}.items()),
        *({"refusal": "无人在场", "inspectors_sign": "member\nsecond_member"}.items()),
        *(("inspectors", str(one)) for one in people),
        *((name, hidden(browser.page, name)) for name in ("seen", "entered")),
        ("unit_name", "示例厂（虚构）"),
    ]
    browser.post(f"{at}/finish", fields)
    with portal_on(house, database) as app, app.test_request_context(at):
        g.actor = city.actors["member"]
        wanted = select(Inspection.id).where(Inspection.case_id == case_id)
        visit = db.session().scalars(wanted).one()
        template = Path(current_app.root_path) / "templates" / "handling/on_site_record.typ"
        words = json.dumps(record_words(*made_of(case_id, visit)), ensure_ascii=False)
    alone: list[float] = []
    whole: list[float] = []
    for _round in range(rounds + 2):
        alone.append(timed(lambda: typeset_once(str(template), words)))
        whole.append(timed(lambda: phone.send("GET", f"{at}/{visit}/record.pdf", b"", {})))
    return Figure(
        name=f"record of {PHOTOS} findings as PDF, against typst alone",
        value=round(median(whole) / median(alone), 2),
        unit="×",
        limit=TIMES_TYPST,
        note=f"{ms(median(whole))} and {ms(median(alone))} ms",
    )
