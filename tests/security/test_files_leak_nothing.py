"""What a reporter's files hold besides the picture is nowhere in the clear."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from portal.attachments import queries, services
from portal.attachments.kinds import Area, Part
from portal.foundation.transaction import unit_of_work
from portal.integrations.scrubber import Scrubber
from portal.integrations.store import ObjectStore
from portal.sealing.services import register, seal_contact
from tests.support import files
from tests.support.shared import shared_data

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
DRAFT_KEY, KEY = b"d" * 32, b"s" * 32
NAME, PHONE, FILE_NAME = "欧阳测试人", "13900004711", "Urlaub bei Tante Frieda.jpg"
#: What exiftool says of a JPEG of nothing but pixels and of a PDF of nothing but such pictures:
#: sizes, what it works out itself, and the file system's own.
PLAIN = re.compile(
    r"SourceFile|ExifTool:ExifToolVersion|Composite:(ImageSize|Megapixels)|System:\w+"
    r"|File:(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess"
    r"|BitsPerSample|ColorComponents|YCbCrSubSampling)"
    r"|JFIF:(JFIFVersion|ResolutionUnit|XResolution|YResolution)"
    r"|PDF:(PDFVersion|Linearized|PageCount)"
)


def every_value(connection):
    """All that all tables hold, bytes as they are and as PostgreSQL writes them."""
    tables = connection.scalars(
        text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
    )
    rows = [
        row for table in list(tables) for row in connection.execute(text(f"SELECT * FROM {table}"))
    ]
    return b"\0".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


def write_ahead_log(connection):
    connection.execute(text("CHECKPOINT"))  # the tests' server is in no hurry to write it
    folder = Path(connection.scalar(text("SHOW data_directory"))) / "pg_wal"
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


@pytest.mark.trap(26)
@pytest.mark.trap(27)
def test_neither_database_nor_store_holds_a_byte_in_the_clear(session, superuser, tmp_path):
    store, case_id = ObjectStore.in_folder(tmp_path / "objects"), uuid4()
    custodians = [custodian for custodian, _ in files.custodians()]
    draft = [
        services.take_in(
            make(), FILE_NAME, area=Area.DRAFTS, custodians=custodians, store=store,
            scrubber=Scrubber(), key=DRAFT_KEY, entropy=os.urandom, now=NOON,
        )
        for make in (files.jpeg, files.heic, files.pdf, lambda: b"MZ" + files.jpeg())
    ]  # fmt: skip
    with unit_of_work(session):
        for custodian in custodians:
            register(session, custodian, label="x", now=NOON)
        contact = {"name": NAME, "phone": PHONE}
        seal_contact(session, contact, context=case_id, entropy=os.urandom, now=NOON)
        services.adopt(
            session, draft, case_id=case_id, report_id=case_id, store=store,
            draft_key=DRAFT_KEY, key=KEY, entropy=os.urandom, now=NOON,
        )  # fmt: skip
    records = json.dumps([file.as_json() for file in draft]).encode()
    rows = queries.of_case(session, case_id)
    shown = [row for row in rows if row.copy_name]
    assert len(shown) == 3
    copies = [
        queries.content(row, store=store, key=KEY, part=part)[0] for row in shown for part in Part
    ]
    objects = [path.read_bytes() for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert len(objects) == 20
    names = "".join(str(path) for path in (tmp_path / "objects").rglob("*")).encode()
    with superuser.connect() as connection:
        tables, log = every_value(connection), write_ahead_log(connection)
    places = {
        "tables": tables,
        "write-ahead log": log,
        "draft": records,
        "file names": names,
        **{f"object {number}": data for number, data in enumerate(objects)},
        **{f"copy {number}": data for number, data in enumerate(copies)},
    }
    private = [*files.SECRETS, b"Tante Frieda", NAME.encode(), PHONE.encode()]
    for place, data in places.items():
        for secret in private:
            assert secret not in data, (place, secret)
    for data in objects:
        assert b"\xff\xd8\xff" not in data[:64]
        assert b"JFIF" not in data


def test_the_search_would_find_what_is_there(superuser):
    with superuser.begin() as connection:
        connection.execute(text("CREATE TABLE probe (a bytea, b text)"))
        row = {"a": b"Brennweite", "b": NAME}
        connection.execute(text("INSERT INTO probe VALUES (:a, :b)"), row)
    with superuser.connect() as connection:
        assert b"Brennweite" in every_value(connection)
        assert NAME.encode() in every_value(connection)
        assert b"Brennweite" in write_ahead_log(connection)


@pytest.mark.parametrize("kind", files.SHOWN)
def test_exiftool_finds_much_before_and_nothing_after(tmp_path, kind):
    data = files.SHOWN[kind]()
    result = Scrubber().scrub(data)
    assert hidden(tmp_path, result.copy, result.thumbnail) == set()
    assert len(hidden(tmp_path, data)) >= 2


@pytest.mark.trap(27)
def test_real_pictures_and_documents_lose_everything(tmp_path):
    data = shared_data()
    if data is None:
        pytest.skip("needs the shared data folder")
    scrubber, shown, told = Scrubber(), 0, 0
    for path in sorted((data / "files").rglob("*")):
        if not path.is_file() or path.parent.name == "files":
            continue
        result = scrubber.scrub(path.read_bytes())
        if result.copy is None:
            told += 1
            assert result.reason is not None, path
            continue
        shown += 1
        assert hidden(tmp_path, result.copy, result.thumbnail) == set(), path
    assert shown >= 60
    assert told >= 40


def hidden(folder, *outputs):
    """Return the tags that exiftool sees in any of these files beyond the plain ones."""
    for number, data in enumerate(outputs):
        (folder / f"{number}").write_bytes(data)
    names = [str(folder / f"{number}") for number in range(len(outputs))]
    found = subprocess.run(
        ["exiftool", "-j", "-a", "-G1", "-ee", "-u", *names], capture_output=True, check=True
    )
    tags = {tag for file in json.loads(found.stdout) for tag in file}
    return {tag for tag in tags if not PLAIN.fullmatch(tag)}
