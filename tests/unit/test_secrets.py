import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.foundation.errors import SettingError
from portal.foundation.secrets import PURPOSES, Keyring


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "keys"


def test_keys_are_made_once_and_differ(folder):
    first = Keyring.load_or_create(folder)
    again = Keyring.load_or_create(folder)
    keys = [first.key(purpose) for purpose in PURPOSES]
    assert keys == [again.key(purpose) for purpose in PURPOSES]
    assert len(set(keys)) == len(PURPOSES)
    assert {len(key) for key in keys} == {32}


def test_nobody_else_can_read_them(folder):
    Keyring.load_or_create(folder)
    folder.chmod(0o755)
    Keyring.load_or_create(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == set(PURPOSES), "no drafts are left"


def test_two_processes_at_once_get_the_same_keys(folder):
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: Keyring.load_or_create(folder), range(16)))
    assert len({ring.key("draft") for ring in rings}) == 1


def test_a_lost_key_stops_the_start(folder):
    Keyring.load_or_create(folder)
    (folder / "receipt-lookup").unlink()
    with pytest.raises(SettingError, match="receipt-lookup.*backup"):
        Keyring.load_or_create(folder)


def test_another_portals_keys_stop_the_start(folder, tmp_path):
    Keyring.load_or_create(folder)
    other = tmp_path / "other" / "keys"
    Keyring.load_or_create(other)
    (folder / "draft").write_bytes((other / "draft").read_bytes())
    with pytest.raises(SettingError, match="was not made with.*draft"):
        Keyring.load_or_create(folder)


@pytest.mark.parametrize("content", ["", "zz", "ab" * 31, "ab" * 33])
def test_a_damaged_key_is_named(folder, content):
    Keyring.load_or_create(folder)
    (folder / "seal-chain").write_text(content)
    with pytest.raises(SettingError, match="seal-chain"):
        Keyring.load_or_create(folder)


def test_none_are_made_where_the_database_has_data(folder):
    with pytest.raises(SettingError, match="PORTAL_DATA_DIR lacks"):
        Keyring.load_or_create(folder, may_create=False)
    assert not folder.exists()


def test_a_new_purpose_gets_its_key_at_an_upgrade(folder, monkeypatch):
    old = Keyring.load_or_create(folder)
    monkeypatch.setattr("portal.foundation.secrets.PURPOSES", (*PURPOSES, "later"))
    new = Keyring.load_or_create(folder, may_create=False)
    assert len(new.key("later")) == 32
    assert new.key("draft") == old.key("draft")


def test_a_keyring_does_not_print_its_keys(folder):
    ring = Keyring.load_or_create(folder)
    assert ring.key("draft").hex() not in repr(ring) + str(vars(ring).keys())
