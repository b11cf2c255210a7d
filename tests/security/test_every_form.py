"""Every form × every field × every hostile string: never a fault, nothing lost, nothing alive.

On the way every page, form and redirect is seen to keep a language that was chosen by link.
"""

import json
import logging
from contextlib import suppress
from itertools import count, cycle, islice
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.services import link_token
from portal.handling.forms.moves import MOVE_FORMS
from portal.handling.views._deciding import HERE
from portal.handling.views._help_presses import PRESSES as HELP
from portal.taskbooks.models import TaskBook
from tests.support.city import NOON
from tests.support.hostile import HOSTILE, kept
from tests.support.markup import Page, key_of
from tests.support.scene import Scene
from tests.support.staff import each_request_alone
from tests.support.stands import PRESSES, STANDS
from tests.support.stopped import StoppedClock

STRINGS = list(HOSTILE.values())
#: What matters at the edges of a field.
ALONE = ["\n前", "  一二  ", "\u3000", "\x00", "\"'<&amp;", "=1+1"]
#: What no list of choices, no date and no number has.
NO_CHOICE = ["\x00", "x'\"<b>", "9" * 25, "NaN", "-1", "٣", "[]"]
NO_TIME = ["0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30", "\x00"]
MARKS = count(1)
ALL_AT_ONCE = "起" + "┃".join(STRINGS) + "止"


@pytest.fixture
def scene(app, city, client_for, monkeypatch, caplog):
    StoppedClock(monkeypatch, NOON)
    caplog.set_level(logging.DEBUG)
    for noisy in ("sqlalchemy", "alembic", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with each_request_alone(app):
        yield Scene(app, city, client_for, STANDS)
    for record in caplog.records:
        line = record.getMessage()
        assert "\n" not in line, line
        assert "\r" not in line, line
        assert "forged" not in line, line


def looked_at(answer, where):
    """Return the page after looking whether anything on it lives or tells of our insides."""
    assert answer.status_code < 500, where
    html = "" if answer.mimetype == "application/pdf" else answer.get_data(as_text=True)
    assert "Traceback (most recent" not in html, where
    page = Page(html, answer.request.full_path.rstrip("?"))
    assert page.alive == [], (where, page.alive)
    assert not any("Set-Cookie: a=b" in line for line in answer.headers.to_wsgi_list()), where
    if answer.request.args.get("lang") == "en":
        assert page.forgetting("en") == [], (where, "these lose the language")
        onward = urlsplit(answer.location or "?lang=en")
        assert parse_qs(onward.query).get("lang") == ["en"], (where, answer.location)
    return page


def again(scene, page, key):
    """The form of that key on an answer."""
    found = [form for form in page.forms if key_of(scene.app, form) == key]
    return found[-1] if found else None


def test_no_form_is_unlisted(scene):
    """A page, a move or a form that is added later is named here until its way is written down."""
    wanted = set()
    for rule in scene.app.url_map.iter_rules():
        if "POST" in rule.methods and rule.endpoint not in PRESSES:
            several = {"cases.carry_out": MOVE_FORMS, "intake.decide": HERE, "helping.act": HELP}
            moves = several.get(rule.endpoint, [""])
            wanted |= {f"{rule.endpoint} {move}".strip() for move in moves}
    assert wanted == set(STANDS)


def at_each(scene, keys, step):
    """Take a step before every form of the keys, and tell of all that fail together."""
    wrong = []
    for key in keys:
        try:
            step(scene, key)
        except Exception as error:
            scene.session.rollback()
            wrong.append(f"{key}: {type(error).__name__} {str(error)[:300]}")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(keys)}", *wrong])


@pytest.mark.promise(1)
@pytest.mark.trap(21)
def test_a_refused_form_comes_back_with_every_string_in_every_field(scene):
    """An old token refuses it: what was typed stands in its field again, and nothing lives.

    Then rubbish in lists, radios, dates, hidden fields: refused or left aside, never a fault.
    """
    at_each(scene, STANDS, refused)


def refused(scene, key):
    stand = scene.stand(key)
    names = stand.form.texts()
    strings = cycle(ALONE)
    rounds = [dict.fromkeys(names, ALL_AT_ONCE)] if names else []
    for _round in range(-(-len(ALONE) // len(names)) if names else 0):
        rounds.append(dict(zip(names, islice(strings, len(names)), strict=True)))
    # Each try of a password takes a tenth of a second by design.
    for typed in rounds[:4] if key.startswith("security.") else rounds:
        sent = {**stand.form.sent(), **stand.whole, **typed, **old_token(stand)}
        is_there(scene, stand.post(sent), key, typed)
    mischosen(scene, key, stand)


def old_token(stand):
    """A token of before: several forms of one page each have one of their own."""
    return {name: "old" for name in stand.form.chosen() if name.endswith("csrf_token")}


def is_there(scene, answer, key, typed):
    assert answer.status_code == 422, (*typed, answer.status_code)
    page = looked_at(answer, (key, *typed))
    form = again(scene, page, key)
    assert form is not None, (*typed, "the form is gone")
    for name, words in typed.items():
        if "password" in name:
            assert form.value(name) == "", name
        else:
            assert form.value(name) in ways(words), (name, form.value(name)[:60], words[:60])


def ways(words):
    """Return how typed words may stand: as typed but for NULs and line ends, or as one line."""
    return {kept(words), " ".join(kept(words).split())}


def mischosen(scene, key, stand):
    """Put what no page offers into one choice after the other."""
    turn, kinds = cycle(NO_CHOICE), {field.name: field.kind for field in stand.form.fields}
    for name in stand.form.chosen():
        if name.endswith("csrf_token"):
            continue
        is_time = kinds[name].startswith(("date", "time", "month", "number"))
        for rubbish in NO_TIME if is_time else islice(turn, 1):
            sent = {**stand.form.sent(), **stand.whole, name: rubbish}
            answer = stand.post(sent)
            looked_at(answer, (key, name, rubbish))
            if answer.status_code < 400:
                stand = scene.stand(key)


def filled(limit, strings):
    """Return as many of the strings, in turn, as a field of that length takes, and a mark."""
    mark = f"Zq{next(MARKS)}"
    parts, left = [f"{mark}起"], limit - len(mark) - 3
    for _one in range(len(STRINGS)):
        words = next(strings)
        if len(words) + 1 <= left and "\r" not in words:
            parts.append(words)
            left -= len(words) + 1
    return "┃".join(parts) + "止"


@pytest.mark.promise(1)
def test_what_a_form_takes_is_stored_as_typed_and_read_as_typed(scene, superuser):
    """Every free field of every form filled to its limit; too long is said at its field."""
    taken, fits = {}, {}
    strings = cycle(STRINGS)
    at_each(scene, STANDS, lambda scene, key: taken.update(took(scene, key, strings, fits)))
    held = leaves(superuser)
    lost = [
        f"{where}: {words[:40]!r}"
        for where, words in taken.items()
        if where.split(" ", 1)[0] not in NOT_STORED
        and where.rpartition(" ")[2] not in NOT_STORED
        and where not in SEALED
        and not ways(words) & held
        # Some fields are one text together: name and post, where and what; each has its mark.
        and not any(way in one for one in held for way in ways(words))
    ]
    assert not lost, "\n".join(lost)
    # What reporters write stands on more pages than anything else.
    scene.city.file(text=kept(ALL_AT_ONCE), place=kept(ALL_AT_ONCE)[:400])
    read_everywhere(scene)


#: What is no word of a case, or is kept sealed, encrypted or hashed, so that no row shows it.
NOT_STORED = {
    "filing.what_where",  # a draft, encrypted: tests/security/test_hostile_strings.py
    "filing.add_evidence",
    "filing.open_receipt",
    "security.login",
    "security.forgot_password",
    "security.reset_password",
    "security.change_password",
    "unit_query",
}
SEALED = {"intake.file_for name", "intake.file_for phone"}
#: Fields that name something that must be there, or take one form only: only the refusing test
#: fills them.
NAMING = {"into_id", "code", "email", "address", "password", "new_password", "password_confirm",
          "new_password_confirm", "unit_email", "unit_query", "latitude", "longitude",
          "registration_code", "workers", "contact_email", "en", "how_zh", "how_en", "grades",
          "id", "weight", "partial", "least", "basis", "penalty", "days",
          "inspectors_sign", "names", "draw_count", "people_each", "number",
          "of_unit", "cases",
          "fine", "persons", "set_sum",
          "more_cases"}  # fmt: skip
LENGTHS = (4000, 1500, 490, 190, 95, 48, 18)


def took(scene, key, strings, fits):
    """Send the form filled to what each field takes; return what was typed into each.

    `fits` tells which of LENGTHS a field of that name took elsewhere: the one above is tried first.
    """
    stand = scene.stand(key)
    names = [name for name in stand.form.texts() if name not in NAMING]
    if not names:
        return {}
    lengths = {name: max(0, fits.get(name, 0) - 1) for name in names}
    for _try in range(len(LENGTHS) + 1):
        typed = {name: filled(LENGTHS[at], strings) for name, at in lengths.items()}
        sent = {**stand.form.sent(), **stand.whole, **typed}
        answer = stand.post(sent)
        page = looked_at(answer, key)
        form = again(scene, page, key)
        if answer.status_code == 200 and form is not None:  # what goes out is shown first
            for name, words in typed.items():
                assert form.value(name) in ways(words), (name, "on the preview")
            answer = stand.post({**form.sent(), "step": "send"})
            form = again(scene, looked_at(answer, key), key)
        if answer.status_code == 303 or (answer.status_code == 200 and form is None):
            fits.update(lengths)
            return {f"{key} {name}": words for name, words in typed.items()}
        assert answer.status_code == 422, answer.status_code
        ids = {field.name: field.id for field in form.fields}
        long = [name for name in names if f"{ids[name]}-error" in page.ids]
        assert long, ("refused for another reason", " ".join(page.errors)[:300])
        for name, words in typed.items():
            assert form.value(name) in ways(words), (name, "refused and lost")
        for name in long:
            lengths[name] += 1
    raise AssertionError(lengths)


def leaves(superuser):
    """Return every text of every row, however deep, in which a mark stands."""
    found = set()

    def walk(value):
        if isinstance(value, str):
            found.add(value)
            if value.startswith("{"):  # words with parts, kept as JSON
                with suppress(ValueError):
                    walk(json.loads(value))
        elif isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    with superuser.connect() as connection:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for table in connection.execute(text(names)).scalars().all():
            rows = f"SELECT to_jsonb(t) FROM \"{table}\" t WHERE t::text LIKE '%Zq%'"
            for row in connection.execute(text(rows)).scalars():
                walk(row)
    return found


def read_everywhere(scene):
    """Open every page of every case, of lists, units and administration: nothing lives there."""
    session, adapter = scene.session, scene.app.url_map.bind("localhost")
    cases = session.scalars(select(Case.id).order_by(Case.number)).all()
    books = session.scalars(select(TaskBook.id)).all()
    accounts = session.scalars(select(Account.id)).all()
    tokens = [link_token(book) for book in books]
    session.rollback()
    seen = 0
    for rule in scene.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "cases.move", "system.readyz"):
            continue
        given = {"case_id": cases, "account_id": accounts, "token": tokens}
        for name in rule.arguments & set(given):
            if rule.arguments != {name}:
                break
            for value in given[name]:
                seen += opened_by_all(
                    scene, adapter.build(rule.endpoint, {name: value, "lang": "en"})
                )
        else:
            if not rule.arguments:
                seen += opened_by_all(scene, adapter.build(rule.endpoint, {"lang": "en"}))
    assert seen > 100


def opened_by_all(scene, path):
    """Open a page as who may; return for how many it was there."""
    seen = 0
    # A director sees every case, a dispatcher the pages of sorting, and the rest is theirs.
    of_a_case = {"/staff/cases/": ("director",), "/staff/intake/": ("dispatcher",)}
    all_ = ("director", "dispatcher", "lead", "administrator")
    for who in next((who for start, who in of_a_case.items() if path.startswith(start)), all_):
        answer = scene.client(who).get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            looked_at(answer, (who, path))
            seen += 1
        assert answer.status_code < 500, (who, path)
    return seen


def test_no_rubbish_in_an_address_is_a_fault(scene):
    """Every part of a path and every argument of a page, as different people."""
    scene.booked()
    adapter = scene.app.url_map.bind("localhost")
    turn = cycle([*STRINGS, *NO_CHOICE, *NO_TIME, "a" * 3000])
    for rule in scene.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        free = [n for n in rule.arguments if type(rule._converters[n]).__name__ != "UUIDConverter"]
        for rubbish in islice(turn, 12) if free else [""]:
            words = rubbish.replace("/", "") or "x"
            values = {n: words if n in free else str(uuid4()) for n in rule.arguments}
            path = adapter.build(rule.endpoint, values, method=None)
            for who in ("lead", "nobody"):
                for method in rule.methods & {"GET", "POST"}:
                    answer = scene.client(who).open(path, method=method)
                    fits = rule.endpoint == "system.readyz"
                    assert fits or looked_at(answer, (method, path))


#: Every argument that an address of ours may carry.
ARGUMENTS = ("q", "after", "from", "to", "order", "only", "states", "colours", "jurisdictions",
             "groups", "categories", "sources", "when", "did", "behind", "lang", "next", "start",
             "value", "unit", "try", "group", "jurisdiction", "category", "major", "period",
             "measure", "sort", "kind", "channel", "ended", "part", "small", "language",
             "returned", "handler_me", "page", "clock", "show", "new_messages", "paused", "view",
             "case_id", "why", "letters", "place", "sector", "colour", "link", "desks",
             "left", "version", "band", "state", "origin", "mine", "case", "month")  # fmt: skip


def test_no_rubbish_in_an_argument_is_a_fault(scene):
    """Search, filters, orders, places in lists, periods, try-outs: each argument, each string."""
    case_id, turn = scene.received(), cycle([*STRINGS, *NO_CHOICE, *NO_TIME])
    pages = {
        rule.rule
        for rule in scene.app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments and rule.endpoint != "system.readyz"
    } | {f"/staff/intake/{case_id}", f"/staff/cases/{case_id}"}
    who = {"/admin": "administrator", "/profile": "member", "/staff/intake": "dispatcher"}
    for path in sorted(pages):
        name = next((who[p] for p in reversed(sorted(who)) if path.startswith(p)), "director")
        client = scene.client(name)
        asking = asking_forms(scene, client.get(path), path)
        for part in range(12):  # one that is refused first must not hide the others
            words = cycle(["\x00"]) if part < 4 else turn
            given = {argument: next(words) for argument in ARGUMENTS[part % 4 :: 4]}
            looked_at(client.get(path, query_string=given), (path, given))
        for form in asking:
            for field in form.texts():
                # Of the strings those that fit; the marks at both ends keep the blanks inside.
                for words in ALL_AT_ONCE[:90], f"起{ALL_AT_ONCE[400:600]}"[:150] + "止":
                    given = {**form.sent(), field: words}
                    page = looked_at(client.get(form.action, query_string=given), (path, field))
                    # The bar above asks by the same name: one of them shows it again.
                    shown = {o.value(field).strip() for o in page.forms if field in o.texts()}
                    assert shown & {w.strip() for w in ways(words)}, (path, field)


def asking_forms(scene, answer, path):
    """The forms of a page that ask by GET. One with a field that nobody tries fails here, and so
    does one that is sent and stands in no list.
    """
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return []
    asking = []
    for form in looked_at(answer, path).forms:
        if form.method == "get":
            assert {field.name for field in form.fields} <= set(ARGUMENTS), (path, form)
            asking.append(form)
        elif key := key_of(scene.app, form):
            assert key in STANDS or key.split()[0] in PRESSES, (path, key)
    return asking


def test_search_takes_every_string_and_shows_it_again(scene):
    for name, words in {**HOSTILE, "all": ALL_AT_ONCE}.items():
        answer = scene.client("lead").get("/staff/search", query_string={"q": words})
        page = looked_at(answer, name)
        form = next(form for form in page.forms if "q" in form.texts())
        assert form.value("q") == kept(words).strip()[:200].rstrip() or len(words) > 200, name


def test_headers_and_cookies_are_no_fault(scene):
    cookies = ("draft", "receipt", "session", "staff-device", "language", "__Host-draft")
    client = scene.app.test_client(use_cookies=False)  # which would put its own in their place
    for words in STRINGS:
        line = words.replace("\n", " ").replace("\r", " ").replace("\x00", " ")
        line = line.encode().decode("latin-1")
        names = ("Accept-Language", "Referer", "User-Agent", "Origin", "X-Forwarded-For", "Cookie")
        sent = {name: line for name in names}
        sent["Cookie"] = "; ".join(f"{cookie}={line}" for cookie in cookies)
        for path in ("/report", "/receipt/report", "/staff", "/login", "/open"):
            looked_at(client.get(path, headers=sent), (path, words))
        looked_at(client.post("/report", headers=sent, data={"text": "x"}), words)
