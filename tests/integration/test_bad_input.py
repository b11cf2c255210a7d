"""Bad input of every kind: a clear answer, nothing lost, and it can be sent again."""

import csv
import io
import json
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import create_engine, func, select, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal.accounts.models import Account
from portal.attachments.models import Attachment
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.foundation import clock
from portal.foundation.grams import query_grams
from portal.history.models import Event, Text
from portal.inspections.models import DraftAnswer
from portal.notices.models import Delivery
from tests.support import files
from tests.support.city import NOON
from tests.support.clerk import Clerk
from tests.support.hostile import HOSTILE, kept
from tests.support.markup import Page, key_of
from tests.support.scene import Scene
from tests.support.shared import shared_data
from tests.support.staff import each_request_alone
from tests.support.stands import STANDS
from tests.support.stopped import StoppedClock
from tests.support.visitor import Visitor

LISTS = ("big_list_of_naughty_strings.json", "zh_and_edge.json")


def real_strings():
    """Every string of the shared lists; skips where they are not."""
    folder = shared_data()
    if folder is None:
        pytest.skip("needs the shared data folder")
    folder /= "hostile-strings"
    found = [one for name in LISTS for one in json.loads((folder / name).read_text())]
    for path in sorted(folder.glob("*.txt")):
        found += path.read_bytes().decode("utf-8", "replace").splitlines()
    # A lone surrogate can't be sent in UTF-8: the server has to cope with what stands for it.
    return [one.encode("utf-8", "replace").decode() for one in found if one]


def batches(strings, limit):
    """Join strings to texts of at most `limit` characters."""
    batch, size = [], 0
    for one in strings:
        one = one[: limit - 2]
        if size + len(one) + 1 > limit:
            yield "┃".join(batch)
            batch, size = [], 0
        batch.append(one)
        size += len(one) + 1
    yield "┃".join(batch)


@pytest.fixture
def scene(app, city, client_for, monkeypatch):
    StoppedClock(monkeypatch, NOON)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with each_request_alone(app):
        yield Scene(app, city, client_for, STANDS)


def harmless(answer, *where):
    assert answer.status_code < 500, where
    page = Page(answer.get_data(as_text=True), answer.request.path)
    assert page.alive == [], where
    return page


# every kind of file through each form of inspections, task books and steps

NASTY = {
    "<script>alert(1)<\\script>.jpg": b"<script>alert(1)</script>",
    "=HYPERLINK(x).png": files.bomb(),
    "..\\..\\passwd": b"root:x:0:0",
    "\u202egpj.exe": b"MZ\x90\x00" + b"\0" * 200,
    "a'\"><img src=x onerror=alert(2)>.gif": files.moving("GIF"),
    "svg.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>',
    "half.jpg": files.jpeg()[:400],
    "zip.docx": b"PK\x03\x04 word/document.xml",
}
WITH_FILES = (
    "inspections.answer",
    "enterprise.report_done",
    "enterprise.protected",
    "enterprise.answer_step",
    "cases.carry_out sign_check",
    "cases.carry_out answer_step",
)


@pytest.mark.trap(26)
@pytest.mark.parametrize("key", WITH_FILES)
def test_no_nasty_file_comes_to_life_or_takes_the_words_with_it(scene, key):
    stand = scene.stand(key)
    field = next(one.name for one in stand.form.fields if one.kind == "file")
    words = next(name for name in stand.form.texts() if not name.endswith(("name", "post")))
    sent = {**stand.form.sent(), **stand.whole, words: "三楼已清空"}
    scene.session.rollback()
    chosen = [(io.BytesIO(data), name) for name, data in NASTY.items()]
    answer = stand.post({**sent, field: [*chosen, (io.BytesIO(files.jpeg()), "好.jpg")]})
    harmless(answer, key)
    assert answer.status_code == 303, (key, answer.status_code)
    # Kept for two custodians at most: of none but the good one is there anything to be shown.
    rows = scene.session.scalars(select(Attachment)).all()
    assert len(rows) >= 1
    assert [row.media_type for row in rows if row.copy_name is not None] == ["image/jpeg"], key
    kept_in = (Text.body, DraftAnswer.note, DraftAnswer.place)
    assert "三楼已清空" in {one for kind in kept_in for one in scene.session.scalars(select(kind))}
    scene.session.rollback()
    shown = harmless(stand.client.get(answer.location), key)
    assert "alert(" not in "".join(shown.alive)


# every string through filing, message, note, search and the import


@pytest.mark.promise(1)
@pytest.mark.parametrize("source", ["own", "shared"])
def test_every_string_goes_through_report_message_and_note(app, city, client_for, source):
    strings = list(HOSTILE.values()) if source == "own" else real_strings()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor = Visitor(app)
    code = visitor.file()
    case_id = city.session.scalar(select(Case.id))
    city.session.rollback()
    moment = clock.now()
    city.accepted(case_id, now=moment)
    city.dispatched(case_id, now=moment)
    city.move(city.lead, c.SignFor, case_id, now=moment)
    visitor.open(code)
    lead = Clerk(client_for(city.lead))
    sent = []
    for words in batches(strings, 4900):
        sent.append(f"起{words}止")
        other = Visitor(app)
        other.what_where(text=sent[-1])
        assert other.answer.status_code == 303
        other.evidence()
        other.send("/report/send")
        assert other.code
        visitor.send("/receipt/message", body=sent[-1])
        assert visitor.answer.status_code == 303
        lead.go(f"/staff/cases/{case_id}/note").send("/note", body=sent[-1])
        assert lead.status == 200
    bodies = city.session.scalars(select(Text.body)).all()
    for words in sent:
        assert bodies.count(kept(words)) == 3  # the report, the message, the note
    page = Page(lead.go(f"/staff/cases/{case_id}").html)
    assert page.alive == []
    for words in sent:
        assert page.text.count(kept(words)) >= 2
    for found in city.session.scalars(select(Case.id)).all():
        assert Page(lead.go(f"/staff/cases/{found}").html).alive == []


@pytest.mark.parametrize("source", ["own", "shared"])
def test_every_string_is_searched_for_and_found_where_it_has_letters(city, client_for, source):
    strings = list(HOSTILE.values()) if source == "own" else real_strings()[::12]
    numbers = {}
    for words in batches(strings, 4900):
        filed = city.file(text=kept(words))
        numbers[words] = city.session.scalar(select(Case.number).where(Case.id == filed.case_id))
    city.session.rollback()
    desk = client_for(city.dispatcher)
    for one in strings:
        sought = one[:200]
        page = harmless(desk.get("/staff/search", query_string={"q": sought}), sought)
        field = next(form for form in page.forms if "q" in form.texts() and len(form.texts()) == 1)
        assert field.value("q").strip() == kept(sought).strip(), sought
        holding = [number for words, number in numbers.items() if sought in words]
        if query_grams(kept(sought)) and holding:
            assert any(number in page.text for number in holding), sought


@pytest.mark.parametrize("source", ["own", "shared"])
def test_every_string_is_imported_or_rejected_by_its_line(app, city, tmp_path, source):
    strings = list(HOSTILE.values()) if source == "own" else real_strings()
    strings = [one for one in strings if one.strip()]
    lines = io.StringIO()
    rows = [(f"K-{n}", "2026-03-02 08:15", words, words) for n, words in enumerate(strings)]
    csv.writer(lines).writerows([("number", "opened", "what", "where"), *rows])
    (tmp_path / "log.csv").write_bytes(lines.getvalue().encode())
    (tmp_path / "map.yaml").write_text(
        "schema: hazard-portal/import@1\nsource: old\n"
        "time: {zone: Asia/Shanghai, formats: ['%Y-%m-%d %H:%M']}\n"
        "columns: {key: number, opened: opened, words: [what], place: [where],"
        " resolution: {default: unverifiable}}\n"
    )
    given = ["import", "csv", str(tmp_path / "log.csv"), "--mapping", str(tmp_path / "map.yaml")]
    done = app.test_cli_runner().invoke(args=[*given, "--json"])
    told = json.loads(done.stdout)
    assert told["new"] + told["rejected"] == len(strings), done.stderr
    rejected = []
    if told["rejected"]:
        with open(told["reject_file"], encoding="utf-8") as file:
            rejected = list(csv.reader(file))[1:]
    assert len(rejected) == told["rejected"]
    assert all(row[0].isdecimal() and row[1] for row in rejected)
    bodies = {kept(body) for body in city.session.scalars(select(Text.body)).all()}
    lost = [one for one in strings if kept(one).strip() not in bodies]
    assert len(lost) <= told["rejected"], lost[:5]
    # Where nothing is wrong with a text but its looks it is taken.
    assert told["rejected"] <= len(strings) // 20, rejected[:20]


# pictures and sizes


@pytest.mark.parametrize("make", [files.bomb, lambda: files.bomb(7100)], ids=["large", "larger"])
def test_a_picture_that_would_fill_the_memory_is_sealed_and_never_shown(app, city, session, make):
    from portal.foundation.transaction import unit_of_work
    from portal.sealing.services import register

    with unit_of_work(session()) as own:
        for number, (custodian, _secret) in enumerate(files.custodians(3)):
            register(own, custodian, label=f"{number}", now=NOON)
    visitor = Visitor(app)
    visitor.what_where(text="炸弹图片")
    visitor.evidence([("bomb.png", make()), ("good.jpg", files.jpeg())])
    assert visitor.page.status_code == 200
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    rows = session.scalars(select(Attachment)).all()
    assert sorted(row.state for row in rows)[-1] == "shown"
    assert [row.copy_name for row in rows if row.state != "shown"] == [None]


@pytest.mark.promise(1)
@pytest.mark.trap(21)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_too_much_at_once_keeps_every_word_in_both_languages(app, city, session, language):
    visitor = Visitor(app, language=language)
    visitor.what_where(text="楼道堵住了")
    address, fields = visitor.fields("/report/evidence")
    as_made = app.config["MAX_CONTENT_LENGTH"]
    assert as_made == 100 * 1024 * 1024
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    data = {**fields, "relation": "", "photos": (io.BytesIO(bytes(200_000)), "x.jpg")}
    visitor.post(
        address, {**data, "name": "某人", "phone": "<b>1"}, content_type="multipart/form-data"
    )
    assert visitor.page.status_code == 413
    heading = {"en": "That was too much at once", "zh": "一次传得太多了"}[language]
    assert heading in visitor.text
    held = visitor.fields("/report/evidence")[1]
    assert (held["name"], held["phone"]) == ("某人", "<b>1")
    visitor.send("/report/evidence")
    assert "楼道堵住了" in visitor.text
    visitor.send("/report/send")
    assert len(visitor.code) == 16
    # And the words alone, where they are too many for any form.
    app.config["MAX_CONTENT_LENGTH"] = as_made
    long = "长" * 80_000
    other = Visitor(app, language=language)
    other.what_where(text=long)
    assert other.answer.status_code in (413, 422)
    assert other.fields(r"/report\?|/report$")[1]["text"] == long


def test_a_body_without_end_is_not_read_on(app, city):
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    answer = app.test_client().post("/report", data={"text": "x" * 100_000})
    assert answer.status_code == 413
    assert "xxxx" not in answer.get_data(as_text=True)


class Unread(io.RawIOBase):
    """A body of ninety megabytes that fails as soon as somebody asks for it."""

    def readable(self):
        return True

    def readinto(self, buffer):
        raise AssertionError("read")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/nowhere", 404),
        ("PUT", "/nowhere/二", 404),
        ("POST", "/report/nowhere", 404),
        ("POST", "/how", 405),
        ("DELETE", "/report", 405),
        ("GET", "/how", 200),
        ("GET", "/report", 200),
    ],
)
def test_a_body_for_an_address_that_takes_none_is_never_read(app, city, method, path, status):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        asked = EnvironBuilder(path, method=method, content_type=kind).get_environ()
        asked |= {"wsgi.input": Unread(), "CONTENT_LENGTH": "90000000"}
        _body, said, _headers = run_wsgi_app(app, asked)
        assert said.startswith(f"{status} ")


# places and times


def test_a_place_outside_the_city_is_taken_and_waits_for_a_person(app, city, session):
    visitor = Visitor(app)
    visitor.file(text="车间没有出口", place="上海市浦东新区某路 1 号")
    case = session.scalars(select(Case)).one()
    assert (case.jurisdiction, str(case.state)) == (None, "received")
    assert case.desk_id is not None
    other = Visitor(app)
    other.what_where(text="车间没有出口", place="某路", jurisdiction="310115")
    assert other.answer.status_code == 422
    assert other.fields(r"/report\?|/report$")[1]["text"] == "车间没有出口"


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("cases.carry_out inspect", "visited_at", "2027-01-01T10:00"),
        ("cases.carry_out inspect", "visited_at", "9999-12-31T23:59"),
        ("cases.carry_out inspect", "visited_at", "0001-01-01T00:00"),
        ("cases.carry_out issue_task_book", "items-0-due_on", "9999-12-31"),
        ("cases.carry_out issue_task_book", "items-0-due_on", "2020-01-01"),
        ("cases.carry_out fail_review", "new_due_on", "9999-12-31"),
        ("cases.carry_out set_aside", "until", "2026-12-31"),
        ("intake.decide set_aside", "until", "9999-12-31"),
    ],
)
def test_a_date_that_cannot_be_is_said_at_its_field_and_the_words_stay(scene, key, field, value):
    assert key in STANDS
    stand = scene.stand(key)
    words = {n: "写好的字" for n in stand.form.texts() if n.split("-")[-1] in
             ("finding", "description", "task", "responsible", "opinion", "reason")}  # fmt: skip
    answer = stand.post({**stand.form.sent(), **stand.whole, **words, field: value})
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True), answer.request.path)
    form = next(one for one in page.forms if key_of(scene.app, one) == key)
    at = next(one.id for one in form.fields if one.name == field)
    assert f"{at}-error" in page.ids
    assert {name: form.value(name) for name in words} == words


# mail


def test_nothing_that_was_typed_gets_into_the_head_of_a_mail(scene, city, worker, post, session):
    """Names, posts and addresses with line ends; what is no address is said at its field."""
    administrator = scene.client("administrator")
    for number, words in enumerate([*HOSTILE.values(), "a@b.c\r\nBcc: x@y.z", "a@b.c,x@y.z"]):
        stand = scene.stand("people.add")
        data = {**stand.form.sent(), **stand.whole}
        answer = stand.post({**data, "email": words})
        assert answer.status_code == 422, words
        page = harmless(answer, words)
        assert "email-error" in page.ids, words
        good = {"name": f"x{words}"[:200], "post": words[:200], "email": f"n{number}@example.org"}
        assert stand.post({**data, **good}).status_code == 303, words
    for account in session.scalars(select(Account).where(Account.email.like("n%@example.org"))):
        answer = administrator.get(f"/admin/people/{account.id}")
        form = next(
            f for f in Page(answer.text, answer.request.path).forms if "mail-link" in f.action
        )
        assert administrator.post(form.action, data=form.sent()).status_code == 303
    session.rollback()
    # A unit's address with a second head in it.
    stand = scene.stand("cases.carry_out inspect")
    answer = stand.post({**stand.form.sent(), **stand.whole, "unit_email": "a@b.c\nBcc: x@y.z"})
    assert answer.status_code == 422
    worker.until(NOON + timedelta(hours=2))
    assert len(post.taken) >= len(HOSTILE)
    known = {"content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to",
             "date", "message-id", "auto-submitted"}  # fmt: skip
    for raw in post.raw:
        mail = message_from_bytes(raw)
        assert {name.lower() for name in mail} <= known
        assert len(mail.get_all("To")) == len(mail.get_all("Subject")) == 1
    assert {to for to, _mail in post.taken} <= set(session.scalars(select(Account.email)))
    assert session.scalar(select(func.count()).where(Delivery.state == "failed")) == 0


# the database


@pytest.fixture
def outage(database, superuser):
    """Take this test's database away and bring it back."""

    class Outage:
        def __enter__(self):
            self.run(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS false")
            self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{database.name}' AND pid <> pg_backend_pid()"
            )

        def __exit__(self, *error):
            self.run(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS true")

        def run(self, statement):
            url = superuser.url.set(database="postgres")
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(statement))
            engine.dispose()

    return Outage()


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    "key",
    ["cases.carry_out note", "cases.carry_out answer", "intake.decide refuse", "people.edit",
     "enterprise.report_done", "filing.message"],
)  # fmt: skip
def test_a_database_that_is_away_keeps_what_anybody_wrote_and_a_retry_does_it_once(
    scene, session, outage, superuser, key
):
    stand = scene.stand(key)
    typed = {name: f"写好的字 <b>{number}" for number, name in enumerate(stand.form.texts())
             if "unit" not in name and name != "email"}  # fmt: skip
    data = {**stand.form.sent(), **stand.whole, **typed}
    session.remove()
    with outage:
        answer = stand.post(data)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        page = Page(answer.get_data(as_text=True), answer.request.full_path.rstrip("?"))
        assert page.alive == []
        again = next(form for form in page.forms if set(typed) <= set(form.texts()))
        assert {name: again.value(name) for name in typed} == typed
    before = session.scalar(select(func.max(Event.seq)))
    session.rollback()
    answer = stand.client.post(again.action, data=again.sent())
    if answer.status_code == 200:  # what goes out is shown first
        page = Page(answer.get_data(as_text=True), answer.request.path)
        form = next(f for f in page.forms if ("step", "send") in f.buttons)
        answer = stand.client.post(form.action, data={**form.sent(), "step": "send"})
    assert answer.status_code == 303, answer.status_code
    events = session.scalars(select(Event).where(Event.seq > before)).all()
    assert len(events) == 1


def test_a_password_is_not_shown_again_when_the_database_is_away(scene, session, outage):
    stand = scene.stand("security.login")
    session.remove()
    with outage:
        answer = stand.post(
            {**stand.form.sent(), "email": "a@b.c", "password": "geheim 12345 wort"}
        )
        assert answer.status_code == 503
        assert "geheim" not in answer.get_data(as_text=True)


@pytest.mark.promise(2)
def test_a_fault_at_the_commit_writes_no_word_into_the_log(
    app, city, superuser, monkeypatch, caplog
):
    """Flask's own traceback would hold the statement with its values: what somebody typed."""
    import portal.web.request_cycle as cycle

    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor, words, real = Visitor(app), "三楼宿舍的门被锁住", cycle.finish
    visitor.get("/report")

    def dying(own, *, keep):
        if keep:
            pid = own.connection().connection.driver_connection.info.backend_pid
            with superuser.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            own.execute(select(Text.id).where(Text.body == words))
        real(own, keep=keep)

    with monkeypatch.context() as patch:
        patch.setattr(cycle, "finish", dying)
        visitor.send(r"/report\?|/report$", text=words, place="某路")
    assert visitor.page.status_code == 503
    assert visitor.fields(r"/report\?|/report$")[1]["text"] == words
    assert "OperationalError" in caplog.text or "AdminShutdown" in caplog.text
    assert words not in caplog.text
    assert "Traceback" not in caplog.text
