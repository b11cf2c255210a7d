"""The object store in a folder: whole or not at all, and telling nothing by its times."""

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from portal.integrations.store import Missing, ObjectStore, StoreError

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
HOUR = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def store(tmp_path):
    return ObjectStore.in_folder(tmp_path / "objects")


def put(store, data=b"ciphertext", area="kept", now=NOON):
    return store.put(area, data, entropy=os.urandom, now=now)


def everything(tmp_path):
    return [path for path in [tmp_path / "objects", *(tmp_path / "objects").rglob("*")]]


def test_what_was_put_comes_back_under_a_name_that_says_nothing(store, tmp_path):
    first, second = put(store), put(store)
    assert first != second
    assert store.get(first) == store.get(second) == b"ciphertext"
    with pytest.raises(Missing):
        store.get(first + "0")


def test_only_the_owner_reads_and_no_time_is_finer_than_an_hour(store, tmp_path):
    name = put(store)
    store.copy(name, "drafts", entropy=os.urandom, now=NOON)
    for path in everything(tmp_path):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.stat().st_mtime == HOUR, path


def test_deleting_leaves_no_time_either_and_may_be_done_twice(store, tmp_path):
    name, other = put(store), put(store)
    store.delete(name)
    store.delete(name)
    with pytest.raises(Missing):
        store.get(name)
    assert store.get(other)
    assert {path.stat().st_mtime for path in everything(tmp_path)} == {HOUR}


def test_a_name_is_written_once(store):
    same = lambda count: b"\x07" * count  # noqa: E731 - an entropy that repeats itself
    name = store.put("kept", b"first", entropy=same, now=NOON)
    with pytest.raises(StoreError):
        store.put("kept", b"second", entropy=same, now=NOON)
    assert store.get(name) == b"first"


def test_file_and_folders_are_on_the_disk_when_put_returns(store, tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def watched(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    name = put(store)
    root = tmp_path / "objects"
    path = root / name
    assert synced == [str(each) for each in (path, path.parent, path.parent.parent, root)]


def test_a_store_that_waits_writes_all_down_when_it_is_told_to(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda handle: done.append("one"))
    monkeypatch.setattr(os, "sync", lambda: done.append("all"))
    waits = ObjectStore.in_folder(tmp_path / "waits", at_once=False)
    assert waits.get(put(waits)) == b"ciphertext"
    assert done == []
    waits.write_down_all()
    assert done == ["all"]


def test_a_copy_outlives_what_it_was_made_of(store):
    draft = put(store, area="drafts")
    kept = store.copy(draft, "kept", entropy=os.urandom, now=NOON)
    store.delete(draft)
    assert store.get(kept) == b"ciphertext"
    with pytest.raises(Missing):
        store.copy(draft, "kept", entropy=os.urandom, now=NOON)


def test_a_sweep_takes_what_is_old_and_unlinked_and_the_leftovers_of_a_killed_put(store, tmp_path):
    day = timedelta(days=1)
    old, linked = put(store, now=NOON - 3 * day), put(store, now=NOON - 3 * day)
    young = put(store, now=NOON)
    draft = put(store, area="drafts", now=NOON - 3 * day)
    leftover = (tmp_path / "objects" / old).parent / "0123#1"
    leftover.write_bytes(b"half")
    os.utime(leftover, ((NOON - 2 * day).timestamp(),) * 2)
    assert leftover.name in "".join(name for name, _ in store.listing("kept"))
    removed = store.remove_older("kept", before=NOON - day, keep=lambda names: {linked})
    assert removed == 2
    assert not leftover.exists()
    assert {name for name, _ in store.listing("kept")} == {linked, young}
    assert store.get(draft)


def test_a_full_or_lost_disk_is_one_kind_of_error(tmp_path):
    store = ObjectStore.in_folder(tmp_path / "objects")
    (tmp_path / "objects").rmdir()
    (tmp_path / "objects").write_bytes(b"a file in its place")
    with pytest.raises(StoreError):
        put(store)


def test_many_at_once_lose_nothing(store):
    names = []

    def work(number):
        for turn in range(10):
            names.append((put(store, b"%d %d" % (number, turn)), b"%d %d" % (number, turn)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 60
    assert all(store.get(name) == data for name, data in names)
