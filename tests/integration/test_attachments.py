"""Files on their way from a draft to a case, with a real store and real child processes."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.attachments import queries, services
from portal.attachments.kinds import Area, Part, Purpose, State
from portal.attachments.lifecycle import Allowance, Damaged, StoredFile
from portal.foundation.errors import Incomplete, NotFound, TooMany
from portal.foundation.transaction import unit_of_work
from portal.integrations.scrubber import Reason, Scrubber
from portal.integrations.store import Missing, ObjectStore
from portal.sealing.envelope import open_with
from portal.sealing.models import SealedKind
from portal.sealing.queries import sealed_item
from portal.sealing.services import context_of
from tests.support import files

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
HOUR = datetime(2026, 3, 4, 12, tzinfo=UTC)
DRAFT_KEY, KEY = b"d" * 32, b"s" * 32
DAY = timedelta(days=1)
CUSTODIANS = [custodian for custodian, _ in files.custodians()]
VIDEO = b"\x1aE\xdf\xa3 a film"


@pytest.fixture
def store(tmp_path):
    return ObjectStore.in_folder(tmp_path / "objects")


def take_in(store, data, name="IMG_1.jpg", *, area=Area.DRAFTS, scrubber=None, **more):
    options = {
        "custodians": CUSTODIANS,
        "key": DRAFT_KEY if area is Area.DRAFTS else KEY,
        "entropy": os.urandom,
        "now": NOON,
    }
    return services.take_in(
        data, name, area=area, store=store, scrubber=scrubber or Scrubber(), **{**options, **more}
    )


def adopt(session, store, taken, *, case_id, report_id, **more):
    options = {"draft_key": DRAFT_KEY, "key": KEY, "entropy": os.urandom, "now": NOON}
    return services.adopt(
        session, taken, case_id=case_id, report_id=report_id, store=store, **{**options, **more}
    )


def unsealed(store, session, row):
    item = sealed_item(session, row.sealed_item_id)
    keys = {custodian.id: key for custodian, key in files.custodians()[:2]}
    where = context_of(SealedKind.ORIGINAL, item.context)
    return open_with(store.get(item.store_name), keys, context=where)


def test_a_photo_goes_from_draft_to_case_and_its_original_to_two_custodians(session, store):
    photo, case_id, report_id = files.jpeg(), uuid4(), uuid4()
    draft = [take_in(store, photo, "王小明.jpg"), take_in(store, VIDEO, "film.webm")]
    draft = [StoredFile.from_json(file.as_json()) for file in draft]
    thumbnail, _ = queries.draft_content(draft[0], store=store, draft_key=DRAFT_KEY)
    with unit_of_work(session):
        adopt(session, store, draft, case_id=case_id, report_id=report_id)
    services.discard(store, draft)
    shown, sealed = queries.of_case(session, case_id)
    assert [row.position for row in (shown, sealed)] == [1, 2]
    assert [row.state for row in (shown, sealed)] == [State.SHOWN, State.SEALED_ONLY]
    assert sealed.reason is Reason.TYPE_NOT_SHOWN
    assert shown.created_at == sealed.created_at == HOUR
    copy, media_type = queries.content(shown, store=store, key=KEY)
    assert media_type == "image/jpeg"
    assert sha256(copy).hexdigest() == shown.copy_sha256
    assert sha256(photo).hexdigest() == shown.original_sha256
    kept = queries.content(shown, store=store, key=KEY, part=Part.THUMBNAIL)
    assert kept == (thumbnail, "image/jpeg")
    head, _, original = unsealed(store, session, shown).partition(b"\n")
    assert original == photo
    assert head == b'{"name": "\\u738b\\u5c0f\\u660e.jpg"}'
    assert unsealed(store, session, sealed).endswith(VIDEO)
    with pytest.raises(NotFound):
        queries.content(sealed, store=store, key=KEY)
    assert list(store.listing(Area.DRAFTS)) == []
    assert queries.facts(shown)["original_sealed"] is True
    assert queries.facts(shown)["tool"] == "pillow"


def test_a_rolled_back_send_leaves_the_draft_whole_to_be_sent_again(session, store):
    draft = [take_in(store, files.jpeg())]
    case_id, report_id = uuid4(), uuid4()
    with pytest.raises(RuntimeError), unit_of_work(session):
        adopt(session, store, draft, case_id=case_id, report_id=report_id)
        raise RuntimeError
    assert queries.of_case(session, case_id) == []
    with unit_of_work(session):
        adopt(session, store, draft, case_id=case_id, report_id=report_id)
    (row,) = queries.of_report(session, report_id)
    assert queries.content(row, store=store, key=KEY)[0].startswith(b"\xff\xd8")
    # What the first try left behind goes a day later; what rows point to stays.
    services.discard(store, draft)
    assert len(list(store.listing(Area.KEPT))) == 6
    with unit_of_work(session):
        # Its row may be on its way still.
        swept = services.sweep(session, store, draft_life=DAY, now=NOON + timedelta(hours=23))
        assert swept.orphans == 0
        swept = services.sweep(session, store, draft_life=DAY, now=NOON + 2 * DAY)
    assert swept == services.Swept(drafts=0, orphans=3)
    assert queries.content(row, store=store, key=KEY)
    assert unsealed(store, session, row)


def test_a_file_sent_twice_is_there_once(session, store):
    draft = [take_in(store, files.jpeg())]
    with unit_of_work(session):
        adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())
    with pytest.raises(IntegrityError), unit_of_work(session):
        adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())


def test_without_two_custodians_the_original_is_dropped_and_that_is_said(session, store):
    lone = CUSTODIANS[:1]
    draft = [take_in(store, files.jpeg(), custodians=lone), take_in(store, VIDEO, custodians=lone)]
    assert [file.state for file in draft] == [State.SHOWN, State.REFUSED]
    assert draft[0].original_name is None
    assert draft[1].objects == []
    case_id = uuid4()
    with unit_of_work(session):
        adopt(session, store, draft, case_id=case_id, report_id=uuid4())
    shown, refused = queries.of_case(session, case_id)
    assert queries.facts(shown)["original_sealed"] is False
    assert refused.sealed_item_id is refused.copy_name is None
    assert len(list(store.listing(Area.KEPT))) == 2


def test_the_draft_key_opens_nothing_after_sending_and_the_server_key_nothing_before(
    session, store
):
    draft = [take_in(store, files.jpeg())]
    with pytest.raises(Damaged):
        queries.draft_content(draft[0], store=store, draft_key=KEY)
    with unit_of_work(session):
        (row,) = adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())
        with pytest.raises(Damaged):
            queries.content(row, store=store, key=DRAFT_KEY)
        with pytest.raises(Damaged):
            adopt(session, store, draft, case_id=uuid4(), report_id=uuid4(), draft_key=KEY)


def test_limits_are_refused_before_anything_is_stored(store):
    small = Allowance(files=2, bytes_each=100, bytes_in_all=150)
    first = take_in(store, VIDEO + bytes(60), allowance=small)
    count = len(list(store.listing(Area.DRAFTS)))
    for data, already, code in (
        (b"", [], "file_empty"),
        (bytes(101), [], "file_too_large"),
        (VIDEO, [first, first], "too_many_files"),
        (bytes(100), [first], "files_too_large_in_all"),
    ):
        with pytest.raises(Incomplete) as refusal:
            take_in(store, data, already=already, allowance=small)
        assert (refusal.value.field, refusal.value.reason) == ("files", code)
    assert refusal.value.values["files"] == 2
    assert len(list(store.listing(Area.DRAFTS))) == count


def test_a_crowd_is_asked_to_wait_and_leaves_nothing(store):
    busy = Scrubber(patience_seconds=0)
    busy._turns.acquire()
    with pytest.raises(TooMany):
        take_in(store, files.jpeg(), scrubber=busy)
    assert list(store.listing(Area.DRAFTS)) == []


def test_a_draft_whose_files_are_gone_is_told_so(session, store):
    draft = [take_in(store, files.jpeg())]
    services.discard(store, draft)
    services.discard(store, draft)
    with pytest.raises(Incomplete) as refusal, unit_of_work(session):
        adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())
    assert refusal.value.reason == "file_expired"


def test_evidence_of_staff_bears_its_exact_time_and_counts_within_its_visit(session, store):
    case_id, visit, other = uuid4(), uuid4(), uuid4()
    with unit_of_work(session):
        for thing_id in (visit, visit, other):
            taken = [take_in(store, files.png(), area=Area.KEPT)]
            services.attach(
                session,
                taken,
                case_id=case_id,
                purpose=Purpose.INSPECTION,
                thing_id=thing_id,
                entropy=os.urandom,
                now=NOON,
            )
    found = queries.of_things(session, [visit, other, case_id])
    assert [[row.position for row in rows] for rows in found.values()] == [[1, 2], [1], []]
    row = found[visit][0]
    assert row.created_at == NOON
    assert queries.attachment(session, row.id, case_id=case_id) is row
    for wrong in ({"case_id": uuid4()}, {"case_id": visit}):
        with pytest.raises(NotFound):
            queries.attachment(session, row.id, **wrong)


def test_the_files_of_a_report_follow_it_to_another_case(session, store):
    case_id, other, report_id = uuid4(), uuid4(), uuid4()
    with unit_of_work(session):
        for each in (report_id, uuid4()):
            draft = [take_in(store, VIDEO)]
            adopt(session, store, draft, case_id=case_id, report_id=each)
    with unit_of_work(session):
        services.follow_report(session, report_id, case_id=other)
    session.expire_all()
    assert [row.report_id for row in queries.of_case(session, other)] == [report_id]
    assert len(queries.of_case(session, case_id)) == 1


def test_an_altered_or_lost_object_is_noticed(session, store, tmp_path):
    with unit_of_work(session):
        draft = [take_in(store, files.jpeg())]
        (row,) = adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())
        path = tmp_path / "objects" / row.copy_name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(Damaged):
            queries.content(row, store=store, key=KEY)
        path.write_bytes((tmp_path / "objects" / row.thumbnail_name).read_bytes())
        with pytest.raises(Damaged):
            queries.content(row, store=store, key=KEY)
        path.unlink()
        with pytest.raises(Damaged):
            queries.content(row, store=store, key=KEY)


def test_the_sweep_ends_dead_drafts_and_spares_living_ones(session, store):
    dead = take_in(store, VIDEO, now=NOON - 2 * DAY)
    alive = take_in(store, VIDEO, now=NOON - DAY)
    with unit_of_work(session):
        swept = services.sweep(session, store, draft_life=DAY, now=NOON)
    assert swept.drafts == 1
    with pytest.raises(Missing):
        store.get(dead.original_name)
    assert store.get(alive.original_name)


@pytest.mark.parametrize(
    "change",
    [
        "copy_name = NULL",
        "copy_sha256 = NULL",
        "reason = 'unreadable'",
        "state = 'sealed_only'",
        "state = 'refused', reason = 'unreadable', copy_name = NULL",
        "state = 'gone'",
        "purpose = 'fun'",
    ],
)
def test_the_database_refuses_a_row_that_contradicts_itself(session, store, change):
    with unit_of_work(session):
        draft = [take_in(store, files.jpeg())]
        adopt(session, store, draft, case_id=uuid4(), report_id=uuid4())
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE attachments SET {change}"))
    session.rollback()
