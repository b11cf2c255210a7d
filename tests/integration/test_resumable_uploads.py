"""Files that arrive piece by piece: broken off, repeated, pressed twice, refused; none is lost."""

import secrets
import threading
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from portal.attachments.kinds import Area
from portal.attachments.models import Attachment
from portal.attachments.services import PIECE
from portal.foundation import clock
from portal.web.uploads import store
from tests.support import files
from tests.support.sender import Sender
from tests.support.staff import each_request_alone
from tests.support.visitor import Visitor

#: Of no kind that is shown: it is only kept, so that no child is needed. Longer than two pieces.
LONG = b"MZ" + bytes(range(256)) * 2100
NONE = "0" * 32


@pytest.fixture
def visitor(app, city):
    with each_request_alone(app):
        visitor = Visitor(app)
        visitor.what_where()
        yield visitor


@pytest.fixture
def sender(visitor):
    return Sender(visitor)


def objects():
    return list(store().listing(Area.DRAFTS))


def attached(session):
    session.rollback()
    return list(session.scalars(select(Attachment).order_by(Attachment.position)))


def finish(visitor):
    visitor.get("/report/check")
    visitor.send("/report/send")
    return visitor.code


@pytest.mark.promise(1)
def test_a_photo_arrives_in_parts_is_cleaned_and_goes_along(visitor, sender, session):
    photo = files.jpeg()
    answer = sender.create(photo)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "0")
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Upload-Expires"].endswith(" GMT")
    address = answer.headers["Location"]
    told = sender.files()[0]
    assert (told["state"], told["name"], told["offset"]) == ("arriving", "IMG_1.jpg", 0)
    half = len(photo) // 2
    assert sender.patch(address, photo[:half], 0).headers["Upload-Offset"] == str(half)
    assert sender.offset(address) == half
    # What lies there meanwhile is encrypted.
    for name, _at in objects():
        for part in (b"JFIF", b"Exif", *files.SECRETS):
            assert part not in store().get(name)
    visitor.get("/report/check")
    assert "“IMG_1.jpg” did not finish." in visitor.text
    assert sender.patch(address, photo[half:], half).status_code == 204
    visitor.get("/report/evidence")
    assert "We removed place, time and phone model" in visitor.text
    told = sender.files()[0]
    assert (told["state"], told["name"], told["offset"]) == ("clean", "", len(photo))
    assert "We removed place" in told["words"]
    finish(visitor)
    (row,) = attached(session)
    assert (row.original_sha256, row.state) == (sha256(photo).hexdigest(), "shown")
    assert objects() == []


def test_what_the_server_can_is_told(sender):
    answer = sender.ask("OPTIONS", "/report/files")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "20000000"
    extensions = set(answer.headers["Tus-Extension"].split(","))
    assert extensions == {"creation", "creation-with-upload", "termination", "expiration"}
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_file_may_come_with_its_announcement(visitor, sender, session):
    body = {"Content_Type": "application/offset+octet-stream", "body": LONG[:100]}
    answer = sender.create(LONG, **body)
    assert answer.headers["Upload-Offset"] == "100"
    assert sender.patch(answer.headers["Location"], LONG[100:], 100).status_code == 204
    finish(visitor)
    assert [row.original_sha256 for row in attached(session)] == [sha256(LONG).hexdigest()]


@pytest.mark.promise(1)
def test_every_refusal_has_its_status_and_words_and_touches_nothing(sender, monkeypatch):
    address = sender.create(LONG).headers["Location"]
    assert sender.patch(address, LONG[:10], 0).status_code == 204
    with monkeypatch.context() as patch:
        moment = int((clock.now() + timedelta(hours=25)).timestamp())
        patch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda self: moment)
        assert sender.refusal(sender.create(LONG)) == (403, "token")
        # What was begun goes on all the same: it asks for the nonce alone.
        assert sender.patch(address, LONG[10:20], 10).status_code == 204
    refused = [
        (sender.create(LONG, said={"token": "x"}), (403, "token")),
        (sender.create(LONG, said={"nonce": NONE}), (403, "token")),
        (sender.create(LONG, said={"nonce": None}), (403, "token")),
        (sender.create(LONG, said={"key": "x"}), (400, "request")),
        (sender.create(LONG, size="-1"), (400, "request")),
        (sender.create(LONG, size="9" * 30), (400, "request")),
        (sender.create(b""), (422, "file_empty")),
        (sender.create(b"", size=20_000_001), (413, "file_too_large")),
        (sender.create(LONG, Tus_Resumable="0.2.2"), (412, "version")),
        (sender.create(LONG, Upload_Metadata="filename ?"), (400, "request")),
        (sender.patch(address, LONG[5:], 5), (409, "offset")),
        (sender.patch(address, LONG[21:], 21), (409, "offset")),
        (sender.patch(address, LONG, 20), (413, "too_long")),
        (sender.patch(address, b"x", 20, Content_Type="text/plain"), (415, "request")),
        (sender.patch(address, b"x", 20, Upload_Nonce=NONE), (404, "missing")),
        (sender.patch(address, b"x", 20, Upload_Nonce=None), (404, "missing")),
        (sender.patch("/report/files/" + NONE, b"x", 20), (404, "missing")),
        (sender.patch("/report/files/x", b"x", 20), (404, "missing")),
    ]
    for answer, expected in refused:
        assert sender.refusal(answer) == expected
    assert sender.ask("DELETE", address, Upload_Nonce=NONE).status_code == 404
    assert sender.offset(address) == 20
    assert [file["offset"] for file in sender.files()] == [20]


def test_limits_are_judged_at_the_announcement_and_leave_the_others_alone(sender):
    for number in range(5):
        assert sender.create(b"", size=19_999_999, name=f"{number}").status_code == 201
    in_all = sender.create(b"", size=20_000)
    assert sender.refusal(in_all) == (413, "files_too_large_in_all")
    for number in range(5, 10):
        assert sender.create(b"1", name=f"{number}").status_code == 201
    assert sender.refusal(sender.create(b"1")) == (422, "too_many_files")
    assert [file["name"] for file in sender.files()] == [str(number) for number in range(10)]
    zh = sender.ask(
        "POST", "/report/files?lang=zh", Upload_Length=1, Upload_Metadata="", Tus_Resumable="1"
    )
    assert zh.json["words"] == "这个页面属于平台的另一个版本，请重新打开页面。"
    # One that is taken out makes room.
    assert sender.ask("DELETE", sender.files()[0]["location"]).status_code == 204
    assert sender.create(b"1").status_code == 201


@pytest.mark.promise(1)
def test_after_sending_or_clearing_nothing_is_taken_and_nothing_lies_there(visitor, sender):
    key = secrets.token_hex(16)
    sender.send(LONG, key=key)
    half = sender.create(LONG).headers["Location"]
    sender.patch(half, LONG[:1000], 0)
    code = finish(visitor)
    assert objects() == []
    for answer in (sender.create(LONG, key=key), sender.patch(half, LONG[1000:], 1000)):
        assert sender.refusal(answer) == (410, "sent")
    assert objects() == []
    other = Visitor(visitor.client.application)
    other.what_where()
    sender = Sender(other)
    half = sender.create(LONG).headers["Location"]
    sender.patch(half, LONG[:1000], 0)
    other.get("/report")
    other.send("/report/clear")
    assert objects() == []
    assert sender.refusal(sender.create(LONG)) == (410, "cleared")
    assert sender.refusal(sender.patch(half, LONG[1000:], 1000)) == (404, "missing")
    assert objects() == []
    assert len(code) == 16


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, 2)),
        st.tuples(
            st.just("patch"), st.integers(0, 2), st.integers(1, 3 * PIECE), st.floats(0, 1.5)
        ),
        st.tuples(st.just("stale"), st.integers(0, 2), st.integers(0, 3 * PIECE)),
        st.tuples(st.just("delete"), st.integers(0, 2)),
    ),
    max_size=10,
)
#: What three files hold; one is shorter than a piece, one a piece and a byte.
CONTENTS = (LONG, LONG[:1000], LONG[: PIECE + 1])


@pytest.mark.trap(22)
@pytest.mark.promise(1)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example([("create", 0), ("patch", 0, PIECE + 100, 0.5), ("delete", 0)])
@given(steps=STEPS)
def test_whatever_happens_on_the_way_what_arrives_is_what_was_sent_once(app, city, steps):
    """Created, cut at any byte, repeated, sent at a wrong place, removed; then sent to its end."""
    with each_request_alone(app):
        visitor = Visitor(app)
        visitor.what_where()
        sender, addresses = Sender(visitor), {}
        keys = [secrets.token_hex(16) for _ in CONTENTS]
        for step, number, *more in steps:
            walk(sender, addresses, keys, step, number, *more)
        for number in range(len(CONTENTS)):
            walk(sender, addresses, keys, "create", number)
            while (at := sender.offset(addresses[number])) < len(CONTENTS[number]):
                walk(sender, addresses, keys, "patch", number, 2 * PIECE, 1.5)
                assert sender.offset(addresses[number]) > at
        finish(visitor)
        nonce = sha256(b"nonce\x00" + bytes.fromhex(sender.nonce)).hexdigest()
        found = city.session.execute(
            text(
                "SELECT a.original_sha256, a.size FROM attachments a JOIN reports r"
                " ON r.id = a.report_id WHERE encode(r.nonce_hash, 'hex') = :nonce"
            ),
            {"nonce": nonce},
        ).all()
        sent = sorted((sha256(data).hexdigest(), len(data)) for data in CONTENTS)
        assert sorted(map(tuple, found)) == sent
        assert objects() == []


def walk(sender, addresses, keys, step, number, *more):
    data = CONTENTS[number]
    if step == "create":
        address = sender.create(data, key=keys[number]).headers["Location"]
        assert addresses.setdefault(number, address) == address
    if number not in addresses:
        return
    address = addresses[number]
    at = sender.offset(address)
    if step == "patch":
        length, part = more
        body = data[at : at + length]
        cut = int(len(body) * part) if part < 1 else None
        answer = sender.patch(address, body, at, cut=cut)
        assert answer.status_code == 204
        came = len(body) if cut is None else cut
        assert sender.offset(address) == at + came
    elif step == "stale" and more[0] != at:
        answer = sender.patch(address, data[more[0] : more[0] + 9] or b"x", more[0])
        assert answer.status_code == 409
        assert sender.offset(address) == at
    elif step == "delete":
        assert sender.ask("DELETE", address).status_code == 204
        assert sender.offset(addresses.pop(number)) is None


@pytest.mark.promise(1)
def test_two_tabs_that_send_one_file_at_once_make_one(visitor, sender, session, app, monkeypatch):
    """Both have read the same offset and stored their part before either wrote it down."""
    from portal.filing.views import uploads

    meeting, real = threading.Barrier(2, timeout=20), uploads.keep_piece

    def meet(*given, **more):
        kept = real(*given, **more)
        meeting.wait()
        return kept

    key = secrets.token_hex(16)
    address = sender.create(LONG, key=key).headers["Location"]
    assert sender.create(LONG, key=key).headers["Location"] == address
    monkeypatch.setattr(uploads, "keep_piece", meet)
    answers = []

    def press():
        answers.append(sender.patch(address, LONG[:1000], 0).status_code)

    tabs = [threading.Thread(target=press) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(30)
    monkeypatch.undo()
    assert sorted(answers) == [204, 409]
    assert sender.offset(address) == 1000
    assert len(objects()) == 1
    sender.patch(address, LONG[1000:], 1000)
    finish(visitor)
    assert [row.original_sha256 for row in attached(session)] == [sha256(LONG).hexdigest()]
    assert session.scalar(select(func.count()).select_from(Attachment)) == 1
