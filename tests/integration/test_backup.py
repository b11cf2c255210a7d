"""Backups are restored, and a single wrong byte is found and named."""

import json
import shutil

import psycopg
import pytest

from portal.foundation.clock import now
from portal.foundation.secrets import Keyring
from portal.integrations import backup
from portal.integrations.backup import BackupFault, create_backup, restore_backup, verify_backup
from portal.integrations.postgres import running

PUBLIC, PRIVATE = backup.offline_key()
ROWS = """
CREATE TABLE papers (id int PRIMARY KEY, body text);
INSERT INTO papers SELECT n, '隐患 ' || n FROM generate_series(1, 500) n;
GRANT SELECT, INSERT ON papers TO portal_app;
CREATE TABLE nothing (id int);
"""


def run(url, statement):
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


def fill(folder):
    """Make attachments and keys as a portal has them."""
    keyring = Keyring.load_or_create(folder / "keys")
    photo = folder / "attachments" / "ab" / "abcd"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"\x89PNG" + bytes(range(256)) * 40)
    photo.with_name("half#1").write_bytes(b"left by a killed write")
    return keyring


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A backup, and the keys of the portal that it was made of."""
    folder = tmp_path_factory.mktemp("b")
    keyring = fill(folder / "data")
    with running(folder / "data") as cluster:
        run(cluster.owner_url, ROWS)
        create_backup(
            folder / "backup",
            owner=cluster.owner_url,
            data_dir=folder / "data",
            recipient=PUBLIC,
            now=now(),
        )
    return folder / "backup", keyring


@pytest.fixture
def copied(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "backup")
    return tmp_path / "backup"


def test_a_restore_gives_back_rows_rights_files_and_keys(made, tmp_path):
    source, keyring = made
    folder = tmp_path / "new"
    # A first start makes keys, which an empty database does not need.
    Keyring.load_or_create(folder / "keys")
    with running(folder) as cluster:
        restore_backup(source, owner=cluster.owner_url, data_dir=folder, private=PRIVATE)
        assert run(cluster.app_url, "SELECT count(*), max(body) FROM papers") == [(500, "隐患 99")]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(cluster.app_url, "DELETE FROM papers")
    photo = folder / "attachments" / "ab" / "abcd"
    assert photo.read_bytes().startswith(b"\x89PNG")
    assert not photo.with_name("half#1").exists()
    again = Keyring.load_or_create(folder / "keys", may_create=False)
    assert again.key("receipt-lookup") == keyring.key("receipt-lookup")


def test_a_good_backup_is_verified(made):
    manifest = verify_backup(made[0], private=PRIVATE)
    assert manifest.rows == {"nothing": 0, "papers": 500}


def test_a_flipped_byte_anywhere_is_found_and_the_file_named(copied):
    names = [str(path) for path in backup.files_in(copied)]
    assert {"database.dump", "keys.sealed", "manifest.json", "attachments/ab/abcd"} < set(names)
    for name in names:
        path = copied / name
        good = path.read_bytes()
        for place in (0, len(good) // 2, len(good) - 1):
            bad = bytearray(good)
            bad[place] ^= 1
            path.write_bytes(bad)
            with pytest.raises(BackupFault, match=name.replace("sha256", "(sha256|json)")):
                verify_backup(copied)
        path.write_bytes(good)
    backup.check_files(copied)


@pytest.mark.parametrize("name", ["database.dump", "manifest.json", "attachments/ab/abcd"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(BackupFault, match=name):
        verify_backup(copied)


def test_a_file_too_many_is_named(copied):
    (copied / "attachments" / "more").write_bytes(b"x")
    with pytest.raises(BackupFault, match="attachments/more is not in the manifest"):
        verify_backup(copied)


def test_a_dump_with_other_rows_than_the_manifest_says_is_refused(copied):
    """As if the dump had been exchanged for an older one, hashes and all."""
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["rows"]["papers"] += 1
    content = json.dumps(manifest).encode()
    (copied / "manifest.json").write_bytes(content)
    (copied / "manifest.sha256").write_bytes(backup.seal_of(content))
    with pytest.raises(BackupFault, match="Table papers has 500 rows instead of 501"):
        verify_backup(copied)


def test_the_keys_open_with_their_private_key_only(made):
    with pytest.raises(BackupFault, match="can't be opened"):
        verify_backup(made[0], private=backup.offline_key()[1])
    with pytest.raises(BackupFault, match="64 hexadecimal digits"):
        verify_backup(made[0], private="12")


def test_no_key_stands_in_a_backup_in_clear(made):
    source, keyring = made
    whole = b"".join((source / path).read_bytes() for path in backup.files_in(source))
    assert keyring.key("draft").hex().encode() not in whole
    assert keyring.key("draft") not in whole
    assert all((source / path).stat().st_mode & 0o77 == 0 for path in backup.files_in(source))


def test_nothing_is_overwritten(made, tmp_path):
    source, _ = made
    folder = tmp_path / "data"
    with running(folder) as cluster:
        given = {"owner": cluster.owner_url, "data_dir": folder, "private": PRIVATE}
        run(cluster.owner_url, "CREATE TABLE mine (id int)")
        with pytest.raises(BackupFault, match="not empty"):
            restore_backup(source, **given)
        run(cluster.owner_url, "DROP TABLE mine")
        (folder / "attachments").mkdir()
        (folder / "attachments" / "mine").write_bytes(b"x")
        with pytest.raises(BackupFault, match="holds attachments"):
            restore_backup(source, **given)
        with pytest.raises(BackupFault, match="exists"):
            create_backup(
                source, owner=cluster.owner_url, data_dir=folder, recipient=PUBLIC, now=now()
            )


def test_a_backup_is_one_moment_while_people_write(tmp_path):
    fill(tmp_path / "data")
    with running(tmp_path / "data") as cluster:
        run(cluster.owner_url, ROWS)
        real = backup.program

        def meanwhile(*arguments):
            run(cluster.owner_url, "INSERT INTO papers VALUES (501, 'late')")
            real(*arguments)

        backup.program = meanwhile
        try:
            manifest = create_backup(
                tmp_path / "backup",
                owner=cluster.owner_url,
                data_dir=tmp_path / "data",
                recipient=PUBLIC,
                now=now(),
            )
        finally:
            backup.program = real
    assert manifest.rows["papers"] == 500
    verify_backup(tmp_path / "backup")
