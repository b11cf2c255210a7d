"""Types by content, limits, records and encryption of attachments, without files or database."""

import json
import os
from dataclasses import replace
from uuid import uuid4

import pytest

from portal.attachments.kinds import REASON_LABELS, STATE_LABELS, Part, State
from portal.attachments.lifecycle import (
    Allowance,
    Damaged,
    StoredFile,
    decrypted,
    encrypted,
    lacking_room,
)
from portal.integrations.scrubber import FileType, Reason, type_of
from tests.support import files

FILE = StoredFile(
    id=uuid4(),
    type=FileType.VIDEO,
    state=State.SEALED_ONLY,
    reason=Reason.TYPE_NOT_SHOWN,
    media_type=None,
    size=5,
    original_sha256="ab" * 32,
    copy_sha256=None,
    copy_name=None,
    thumbnail_name=None,
    original_name="drafts/00/0011",
    tool=None,
    tool_version=None,
)


def box(brand, *more):
    brands = b"".join(more)
    length = (16 + len(brands)).to_bytes(4, "big")
    return length + b"ftyp" + brand + b"\0\0\0\0" + brands + b"\0\0\0\x08mdat"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "other"),
        (b"\xff\xd8", "other"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\x89PNG\n\x1a\n", "other"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"RIFF\0\0\0\0AVI ", "video"),
        (b"RIFF\0\0\0\0WAVE", "other"),
        (b"%PDF-1.7", "pdf"),
        (b"GIF89a%PDF-1.7", "other"),
        (box(b"heic", b"mif1"), "heic"),
        (box(b"mif1", b"heic"), "heic"),
        (box(b"mif1", b"avif"), "other"),
        (box(b"avif", b"mif1"), "other"),
        (box(b"isom", b"mp42"), "video"),
        (box(b"qt  "), "video"),
        (b"\xff\xff\xff\xffftypheic", "heic"),
        (b"\x1aE\xdf\xa3webm", "video"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "office"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument", "office"),
        (b"PK\x03\x04" + bytes(26) + b"../../etc/passwd", "other"),
        (b"<svg onload=alert(1)>", "other"),
        (b"MZ\x90\x00", "other"),
        (b"GIF89a", "other"),
        (b"II*\0", "other"),
    ],
)
def test_the_bytes_tell_the_type(data, expected):
    assert type_of(data) == expected


@pytest.mark.parametrize(
    ("sizes", "size", "expected"),
    [
        ([], 0, "file_empty"),
        ([], 20_000_000, None),
        ([], 20_000_001, "file_too_large"),
        ([1] * 9, 1, None),
        ([1] * 10, 1, "too_many_files"),
        ([20_000_000] * 4, 20_000_000, None),
        ([20_000_000] * 4 + [1], 20_000_000, "files_too_large_in_all"),
    ],
)
def test_the_published_limits_hold_to_the_byte(sizes, size, expected):
    already = [replace(FILE, size=each) for each in sizes]
    assert lacking_room(already, size, Allowance()) == expected


@pytest.mark.parametrize(
    "file",
    [
        FILE,
        replace(
            FILE,
            state=State.SHOWN,
            reason=None,
            type=FileType.JPEG,
            media_type="image/jpeg",
            copy_name="drafts/aa/aa",
            thumbnail_name="drafts/bb/bb",
            copy_sha256="cd" * 32,
            tool="pillow",
            tool_version="1",
        ),
    ],
)
def test_a_record_survives_the_draft(file):
    assert StoredFile.from_json(json.loads(json.dumps(file.as_json()))) == file


def test_an_object_cannot_stand_for_another():
    key, file_id = os.urandom(32), uuid4()
    data = encrypted(b"pixels", key, file_id=file_id, part=Part.COPY, entropy=os.urandom)
    assert b"pixels" not in data
    assert decrypted(data, key, file_id=file_id, part=Part.COPY) == b"pixels"
    for other in (
        {"file_id": uuid4(), "part": Part.COPY, "key": key},
        {"file_id": file_id, "part": Part.THUMBNAIL, "key": key},
        {"file_id": file_id, "part": Part.COPY, "key": os.urandom(32)},
    ):
        with pytest.raises(Damaged):
            decrypted(data, other["key"], file_id=other["file_id"], part=other["part"])
    for hurt in (b"", data[:10], data[:-1], data[:-1] + bytes([data[-1] ^ 1])):
        with pytest.raises(Damaged):
            decrypted(hurt, key, file_id=file_id, part=Part.COPY)


def test_every_reason_and_state_has_words():
    assert set(REASON_LABELS) == set(Reason)
    assert set(STATE_LABELS) == set(State)


def test_the_stand_ins_hold_what_must_not_come_out():
    found = files.jpeg() + files.png() + files.webp() + files.heic() + files.pdf()
    for secret in files.SECRETS:
        assert secret in found, secret
