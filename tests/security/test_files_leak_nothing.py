"""What a reporter's files hold besides the picture is nowhere in the clear."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

import portal
from portal.attachments.kinds import Part
from portal.attachments.models import Attachment
from portal.foundation.transaction import unit_of_work
from portal.integrations.scrubber import Scrubber
from portal.sealing.services import register
from tests.security.test_public_surface import rules_of
from tests.support import files
from tests.support.city import NOON
from tests.support.shared import shared_data
from tests.support.visitor import Visitor

PORTAL = Path(portal.__file__).parent
OFFICE = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml"
#: What an address may answer to who has a code: pages, figures, feeds, the form to print or keep.
HARMLESS = {"text/html", "text/plain", "text/csv", "text/javascript", "application/pdf"}
HARMLESS |= {"application/json", "application/manifest+json", "application/atom+xml"}
FILM = b"\0\0\0\x18ftypmp42" + bytes(200)

#: What exiftool says of a JPEG of nothing but pixels and of a PDF of nothing but such pictures:
#: sizes, what it works out itself, and the file system's own.
PLAIN = re.compile(
    r"SourceFile|ExifTool:ExifToolVersion|Composite:(ImageSize|Megapixels)|System:\w+"
    r"|File:(FileType|FileTypeExtension|MIMEType|ImageWidth|ImageHeight|EncodingProcess"
    r"|BitsPerSample|ColorComponents|YCbCrSubSampling)"
    r"|JFIF:(JFIFVersion|ResolutionUnit|XResolution|YResolution)"
    r"|PDF:(PDFVersion|Linearized|PageCount)"
)


@pytest.mark.parametrize("kind", files.SHOWN)
def test_exiftool_finds_much_before_and_nothing_after(tmp_path, kind):
    data = files.SHOWN[kind]()
    result = Scrubber().scrub(data)
    assert hidden(tmp_path, result.copy, result.thumbnail) == set()
    assert len(hidden(tmp_path, data)) >= 2


@pytest.mark.trap(27)
def test_real_pictures_and_documents_lose_everything(tmp_path):
    """Judged by exiftool, and by the bytes of what it saw in each before."""
    data = shared_data()
    if data is None:
        pytest.skip("needs the shared data folder")
    known = json.loads((data / "files" / "manifest.json").read_text())
    told = {entry["file"]: entry for entry in known}
    scrubber, shown, refused, words = Scrubber(), 0, 0, 0
    for path in sorted((data / "files").rglob("*")):
        if not path.is_file() or path.parent.name == "files":
            continue
        result = scrubber.scrub(path.read_bytes())
        if result.copy is None:
            refused += 1
            assert result.reason is not None, path
            continue
        shown += 1
        assert hidden(tmp_path, result.copy, result.thumbnail) == set(), path
        for word in words_of(told[str(path.relative_to(data / "files"))]):
            words += 1
            assert word not in result.copy, (path, word)
            assert word not in result.thumbnail, (path, word)
    assert shown >= 60
    assert refused >= 40
    assert words >= 60


def words_of(entry):
    """What the folder's list says of a file: camera, time, author, serial number; as bytes."""
    for name in ("camera", "taken", "author", "serial"):
        for word in str(entry.get(name, "")).split("; "):
            if len(word) >= 6:
                yield word.encode()


@pytest.mark.trap(27)
def test_one_door_takes_every_file_and_nothing_leaves_but_copies():
    """Of the code: who reads a form's files hands them on; who may scrub, store and read."""

    def holders(pattern):
        return {
            str(path.relative_to(PORTAL))
            for path in PORTAL.rglob("*.py")
            if re.search(pattern, path.read_text())
        }

    taking = holders(r"request\.files")
    assert "filing/views/uploads.py" in taking
    for name in taking - {"web/request_cycle.py", "web/refusals.py"}:
        assert re.search(r"\btaken?_in\(|\bfrom_form\(|\bhung\(", (PORTAL / name).read_text()), name
    made_up = {"administration/cli/demo/photographs.py"}
    assert holders(r"\.scrub\(") - made_up == {"attachments/services.py"}
    assert holders(r"\bstore(\(\))?\.(put|copy)\(") == {"attachments/services.py"}
    # Read by queries, which know copies and thumbnails alone, and by what makes them.
    assert holders(r"\bstore(\(\))?\.get\(") == {
        "attachments/services.py",
        "attachments/queries.py",
    }
    assert {part.value for part in Part} == {"copy", "thumbnail"}


@pytest.mark.trap(58)
@pytest.mark.promise(2)
def test_who_finds_a_receipt_can_download_nothing(app, city, session):
    """Every address, with the code given, and with the file's own ids wherever an id goes."""
    with unit_of_work(session()) as own:
        for custodian, _secret in files.custodians():
            register(own, custodian, label="k", now=NOON)
    visitor = Visitor(app)
    visitor.what_where()
    visitor.evidence(
        [("IMG_我家.jpg", files.jpeg()), ("a.docx", OFFICE), ("b.mp4", FILM)], more="1"
    )
    for words in ("send a screenshot.", "Send still pictures of what matters."):
        assert f"{words} It is sealed; inspectors do not see it." in " ".join(visitor.text.split())
    visitor.evidence()
    for _ in range(20):  # each waits a moment for the cleaning
        visitor.send("/report/send")
        if "/report/leave" in visitor.html:
            break
    visitor.open(visitor.code)
    assert "3 files" in visitor.text
    assert "IMG_" not in visitor.html
    row = session.scalars(select(Attachment).where(Attachment.copy_name.is_not(None))).one()
    ids = [str(row.id), str(row.case_id)]
    session.remove()
    adapter, asked = app.url_map.bind("localhost"), 0
    for rule in rules_of(app):
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        for one in ids if rule.arguments else ids[:1]:
            answer = visitor.client.get(
                adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, one))
            )
            asked += 1
            assert answer.mimetype in HARMLESS, rule
            is_ours = "csv" in answer.mimetype or rule.endpoint == "filing.printed_form"
            assert "Content-Disposition" not in answer.headers or is_ours, rule
    assert asked > 60


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
