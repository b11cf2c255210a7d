"""What a reporter's files hold besides the picture is nowhere in the clear."""

import json
import re
import subprocess

import pytest

from portal.integrations.scrubber import Scrubber
from tests.support import files
from tests.support.shared import shared_data

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
