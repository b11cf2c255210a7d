"""A portal that runs is asked by people who leave marks everywhere; then all it keeps is searched.

Straight and behind a proxy, with each header, field, file name, image tag, address and method.
"""

import io
import re
import secrets
import socket
from datetime import UTC, datetime

import psycopg
import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from config import flask_config, load_keyring, load_settings
from portal.factory import create_app
from portal.foundation.clock import now
from portal.foundation.transaction import unit_of_work
from portal.integrations.postgres import Cluster
from portal.sealing.services import register
from portal.web.pages import is_staff_page
from tests.support import files
from tests.support.canaries import BYTEA, Canaries, Marked, MarkedVisitor, Proxy, in_clothes
from tests.support.running import Running, environment
from tests.support.sender import Sender

ODD = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "QZVKANARIENX")
#: Fields of public forms, and some that no form has.
FIELDS = (
    "text", "place", "category", "jurisdiction", "latitude", "longitude", "turn", "nonce",
    "relation", "name", "phone", "csrf_token", "code", "kept", "kept_for", "body", "reason",
    "solved", "satisfied", "email", "password", "next", "more", "remove", "who", "signed_by",
    "answer", "comment", "website",
)  # fmt: skip


def tagged(canaries, kind):
    """A picture with a mark in every tag that its format has room for."""

    def new(tag):
        return canaries.new(f"{kind}: {tag}")

    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D):
        exif[tag] = new(f"EXIF {tag:#x}")
    for tag in (0x927C, 0x9286, 0xA420, 0xA430, 0xA431, 0xA433, 0xA435):
        exif.get_ifd(0x8769)[tag] = new(f"EXIF {tag:#x}")
    for tag in (0x0001, 0x0012, 0x001B, 0x001C, 0x001D):
        exif.get_ifd(0x8825)[tag] = new(f"GPS {tag:#x}")
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{new('XMP')}</x:xmpmeta>".encode()
    if kind == "JPEG":
        iptc = b"\x1c\x02\x78" + len(word := new("IPTC").encode()).to_bytes(2) + word
        block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(iptc).to_bytes(4) + iptc + b"\0"
        plain = files.saved(
            files.scene(), "JPEG", exif=exif, xmp=xmp, comment=new("comment").encode()
        )
        parts = b"\xff\xed" + (len(block) + 2).to_bytes(2) + block
        return plain[:2] + parts + plain[2:] + new("tail").encode()
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", new("tEXt"))
        texts.add_itxt("Title", new("iTXt"))
        texts.add_text("Author", new("zTXt"), zip=True)
        return files.saved(files.scene(), "PNG", pnginfo=texts, exif=exif)
    return files.saved(files.scene(), kind, exif=exif.tobytes(), xmp=xmp)


def uploads(canaries):
    """Files of each kind, under marked names; those that can't be shown hold marks in the clear."""
    made = {
        "a.jpg": tagged(canaries, "JPEG"),
        "b.png": tagged(canaries, "PNG"),
        "c.webp": tagged(canaries, "WEBP"),
        "d.heic": tagged(canaries, "HEIF"),
        "e.pdf": files.pdf(picture=tagged(canaries, "JPEG")).replace(
            b"(Brennweite)", f"({canaries.new('PDF author')})".encode()
        ),
        "f.docx": b"PK\x03\x04 word/document.xml " + canaries.new("docx").encode() * 3,
        "g.mp4": b"\0\0\0\x18ftypmp42" + canaries.new("mp4").encode() * 3,
        "h.txt": b"words " + canaries.new("text file").encode(),
    }
    return [(f"{canaries.new('file name')}-{name}", data) for name, data in made.items()]


class Case:
    """The portal, the marks, and the moments between which people were there."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        self.canaries, self.temporary = Canaries(), folder / "tmp"
        self.temporary.mkdir()
        self.portal = Running(folder / "data", port)

    def start(self, **more):
        self.portal.start(TMPDIR=str(self.temporary), **more)

    def settle(self):
        """Register custodians, and return the rules of all addresses."""
        given = load_settings(environment(self.portal.folder))
        cluster = Cluster(self.portal.folder)
        engine = create_engine(cluster.owner_url)
        with Session(engine) as session, unit_of_work(session):
            for custodian, _secret in files.custodians():
                register(session, custodian, label="k", now=now())
        engine.dispose()
        keyring = load_keyring(given, may_create=False)
        app = create_app(flask_config(given, (cluster.app_url, cluster.owner_url), keyring))
        return [rule for rule in app.url_map.iter_rules() if not is_staff_page(rule.rule)]

    def file(self, port, files):
        """One whole way of a reporter, another's who turns back, and a third's who goes away."""
        new = self.canaries.new
        reporter = MarkedVisitor(self.canaries, port)
        texts = {name: new(f"field {name}", kept_in="texts") for name in ("text", "place")}
        reporter.what_where(**texts)
        who = {name: new(f"field {name}") for name in ("name", "phone")}
        reporter.evidence(files, more="1", **who)
        assert reporter.page.status_code == 200, reporter.text
        sender = Sender(reporter)
        sender.send(tagged(self.canaries, "JPEG"), name=new("tus: file name"))
        reporter.evidence()
        # While files are being cleaned the page comes back.
        self.portal.until(lambda: reporter.send("/report/send") and "report/leave" in reporter.html)
        code = reporter.code
        reporter.send("/report/leave")
        reporter.open(new("a code"))
        assert reporter.page.status_code == 422
        reporter.open(code)
        photo = (f"{new('file name')}.jpg", tagged(self.canaries, "JPEG"))
        reporter.send("/receipt/message", [photo], body=new("field body", kept_in="texts"))
        reporter.send("/receipt/withdraw", reason=new("field reason", kept_in="texts"))
        assert reporter.page.status_code == 200
        for act in ("/report/clear", ""):
            other = MarkedVisitor(self.canaries, port)
            other.what_where(text=new("cleared or left: text"), place=new("cleared or left: place"))
            photo = tagged(self.canaries, "JPEG")
            half = Sender(other).create(photo, name=new("half a file")).headers["Location"]
            assert Sender(other).patch(half, photo[:9000], 0).status_code == 204
            other.evidence(files[:1], name=new("cleared or left: name"), more="1")
            assert other.page.status_code == 200
            if act:
                other.get("/report")
                other.send(act)
        return reporter

    def stray(self, port, rules):
        """Ask every public address in every way, with marks for what it wants."""
        browser, new = Marked(self.canaries, port), self.canaries.new
        for number, rule in enumerate(rules):
            where = rule.rule
            path = re.sub(r"<uuid:\w+>", str(secrets.token_hex(16)), rule.rule)
            path = re.sub(r"<int:\w+>", "7", path)
            path = re.sub(r"<[^>]+>", lambda _, where=where: new(f"{where}: path"), path)
            browser.ask("GET", path)
            fields = {name: new(f"{where}: {name}") for name in FIELDS}
            fields["csrf_token"] = fields["nonce"] = fields["csrf_token"][:32]
            if number % 2:
                fields["photos"] = (io.BytesIO(b"x"), new("file name"))
            browser.ask("POST", path, fields)
            browser.ask(ODD[number % len(ODD)], path)
        browser.ask("GET", f"/{new('no such page')}")

    def break_down(self):
        """Let a report meet a table that is gone, and a database that breaks off."""
        reporter = MarkedVisitor(self.canaries, self.portal.port)
        new = self.canaries.new
        reporter.what_where(text=new("broken: text"), place=new("broken: place"))
        reporter.evidence(name=new("broken: name"))
        self.portal.sql("ALTER TABLE texts RENAME TO texts_away")
        reporter.send("/report/send")
        assert reporter.page.status_code == 500
        self.portal.sql("ALTER TABLE texts_away RENAME TO texts")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """What is left when all have gone: each test looks at another part of it."""
    case = Case(tmp_path_factory.mktemp("exposed"))
    case.start()
    rules = case.settle()
    case.began = now()
    case.file(case.portal.port, uploads(case.canaries))
    case.stray(case.portal.port, rules)
    case.break_down()
    case.portal.stop()
    case.start(PROXY_HOPS="1")
    with Proxy(case.portal.port) as proxy:
        case.file(proxy.port, uploads(case.canaries)[1:2])
        case.stray(proxy.port, rules[::4])
        proxy.shutdown()
    case.ended = now()
    case.rows = rows_of(case.portal)
    case.portal.stop()  # what was in memory is on the disk now, and nothing moves any more
    return case


def rows_of(portal):
    """Return the text of every row of the database, by table."""
    with psycopg.connect(
        host=str(Cluster(portal.folder).sockets()), user="postgres", dbname="portal"
    ) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return {
            table: [
                row.encode()
                for (row,) in connection.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            ]
            for (table,) in tables
        }


@pytest.mark.parametrize("name", in_clothes("x"))
def test_the_search_knows_a_mark_in_any_clothes(name):
    canaries = Canaries()
    token = canaries.new("here")
    assert canaries.found(b"before" + in_clothes(token)[name] + b"behind")
    assert not canaries.found(b"before behind")


@pytest.mark.trap(26)
@pytest.mark.promise(2)
def test_tables_hold_what_was_said_where_it_belongs_and_nothing_else(case):
    canaries, digests, places = case.canaries, case.canaries.digests(), {}
    for table, rows in case.rows.items():
        data = b"\n".join(rows)
        plain = b"\n".join(bytes.fromhex(run.decode()) for run in BYTEA.findall(data))
        for mark in canaries.found(data) | canaries.found(plain):
            places.setdefault(mark, set()).add(table)
        assert canaries.hashed(data, digests) == set(), table
    strange = {mark: at for mark, at in places.items() if canaries.kept.get(mark) not in at}
    assert canaries.told(strange) == [], strange
    assert case.canaries.kept
    assert {mark: at.pop() for mark, at in places.items() if len(at) == 1} == canaries.kept


@pytest.mark.trap(26)
@pytest.mark.trap(27)
@pytest.mark.promise(2)
def test_no_file_log_mail_or_temporary_folder_holds_a_mark(case):
    folder, canaries = case.portal.folder, case.canaries
    paths = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert case.portal.log in paths
    assert len([path for path in paths if "attachments" in path.parts]) >= 30
    for path in paths:
        # The tables' own files may hold what the tables hold, and pack nothing by themselves.
        is_table = "postgres" in path.parts
        seen = canaries.found(path.read_bytes(), deep=not is_table) | canaries.found(bytes(path))
        if is_table:
            seen -= canaries.kept.keys()
        assert canaries.told(seen) == [], path.relative_to(folder.parent)
        if "attachments" in path.parts:
            assert not re.match(rb"\xff\xd8\xff|%PDF|PK|RIFF", path.read_bytes()), path


#: Written by each start, and without an end by the database, whoever is there.
BY_START = {"postgres", "logs", "run"}
#: Kept by the clock, whoever was there (each morning the digests, each hour the promises); and
#: failed sign-ins of staff.
BY_THE_CLOCK = {
    "ledgers",
    "procrastinate_workers",
    "procrastinate_periodic_defers",
    "digests",
    "failed_sign_ins",
}
STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?|\b1[6-9]\d{8}\b")


@pytest.mark.promise(2)
def test_no_row_and_no_file_tells_when_somebody_was_there(case):
    told = {}
    for table, rows in case.rows.items():
        for text in STAMP.findall(b"\n".join(rows).decode()):
            moment = moment_of(text)
            if case.began <= moment <= case.ended and moment.timestamp() % 3600:
                told.setdefault(table, text)
    assert {name: text for name, text in told.items() if name not in BY_THE_CLOCK} == {}
    began, ended = case.began.timestamp(), case.ended.timestamp()
    for path in case.portal.folder.rglob("*"):
        changed = path.stat().st_mtime
        if began <= changed <= ended and (
            "templates" in path.parts or not BY_START & set(path.parts)
        ):
            assert changed % 3600 == 0, path


def moment_of(text):
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
