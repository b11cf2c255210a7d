"""The scrubber with real files in real child processes."""

import io
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps

from portal.integrations import scrubber as module
from portal.integrations.scrubber import CHILD, Reason, Scrubber, ScrubLimits, type_of
from portal.integrations.stem import Ended, Stem
from tests.support import files
from tests.support.databases import ROOT

RED, BLUE = (220, 30, 30), (40, 90, 200)


@pytest.fixture
def scrubber():
    return Scrubber()


def opened(data):
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.load()
    return image


def near(pixel, colour, by=30):
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


@pytest.mark.trap(27)
@pytest.mark.parametrize("kind", files.SHOWN)
def test_a_shown_file_keeps_its_pixels_and_nothing_else(scrubber, kind):
    data = files.SHOWN[kind]()
    result = scrubber.scrub(data)
    assert result.reason is None
    for secret in files.SECRETS:
        assert secret not in result.copy
        assert secret not in result.thumbnail
    pictures = [result.thumbnail]
    if kind == "pdf":
        assert result.media_type == "application/pdf"
        pages = pypdfium2.PdfDocument(result.copy)
        assert len(pages) == 2
        assert pages[0].get_size() == (300, 400)
        assert pages.get_metadata_dict(skip_empty=True) == {}
        page = pages[0].render(scale=1).to_pil().convert("RGB")
        assert near(page.getpixel((30, 60)), RED)
        assert near(page.getpixel((5, 5)), (255, 255, 255))
    else:
        pictures.append(result.copy)
        copy = opened(result.copy)
        assert copy.format == "JPEG"
        assert copy.size == (320, 240)
        assert near(copy.getpixel((10, 10)), RED)
        assert near(copy.getpixel((310, 230)), BLUE)
    for picture in pictures:
        image = opened(picture)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.format == "JPEG"  # a second picture would make it MPO
    assert result.tool in {"pillow", "pillow+pillow-heif", "pypdfium2"}
    assert result.version


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied_to_the_pixels(scrubber, orientation):
    turn = Image.Exif()
    turn[0x0112] = orientation
    data = files.saved(files.scene(), "JPEG", exif=turn, quality=95)
    copy = opened(scrubber.scrub(data).copy)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert copy.size == expected.size
    for at in ((5, 5), (copy.width - 5, 5), (5, copy.height - 5)):
        assert near(copy.getpixel(at), expected.getpixel(at))


def test_a_broken_orientation_costs_nothing(scrubber):
    data = files.jpeg()
    start = data.index(b"Exif\0\0") + 6
    hurt = data[: start + 4] + b"\xff\xff\xff\xff" + data[start + 8 :]
    assert scrubber.scrub(hurt).reason is None


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("L", (40, 40), 100), "JPEG", (100, 100, 100)),
        (Image.new("I;16", (40, 40), 0x6400), "PNG", (100, 100, 100)),
        (Image.new("1", (40, 40), 1), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
        (Image.new("LA", (40, 40), (10, 255)), "PNG", (10, 10, 10)),
        (files.scene((40, 40)).quantize(8), "PNG", RED),
        (Image.new("RGBA", (40, 40), (0, 0, 200, 255)), "WEBP", (0, 0, 200)),
    ],
    ids=["CMYK", "L", "I;16", "1", "RGBA", "LA", "P", "WebP with alpha"],
)
def test_every_kind_of_pixels_comes_out_in_its_colours(scrubber, image, kind, expected):
    copy = opened(scrubber.scrub(files.saved(image, kind)).copy)
    assert copy.mode == "RGB"
    assert near(copy.getpixel((3, 3)), expected)


def test_wide_colours_become_those_of_a_screen_before_the_profile_goes(scrubber):
    # The same numbers mean another colour under another profile: here, blue and red exchanged.
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    data = files.saved(Image.new("RGB", (40, 40), (10, 200, 90)), "JPEG", quality=95)
    with_lab = files.saved(
        Image.new("RGB", (40, 40), (10, 200, 90)),
        "JPEG",
        quality=95,
        icc_profile=ImageCms.ImageCmsProfile(lab).tobytes(),
    )
    # A profile of another kind of picture is passed over, not followed into an error.
    assert opened(scrubber.scrub(with_lab).copy).getpixel((3, 3)) == opened(
        scrubber.scrub(data).copy
    ).getpixel((3, 3))
    changed = bytearray(ImageCms.ImageCmsProfile(srgb).tobytes())
    red, blue = changed.index(b"rXYZ"), changed.index(b"bXYZ")
    changed[red : red + 4], changed[blue : blue + 4] = b"bXYZ", b"rXYZ"
    swapped = files.saved(
        Image.new("RGB", (40, 40), (220, 30, 30)), "JPEG", quality=95, icc_profile=bytes(changed)
    )
    assert near(opened(scrubber.scrub(swapped).copy).getpixel((3, 3)), (30, 30, 220))


def test_a_large_picture_is_made_smaller(scrubber):
    result = scrubber.scrub(files.saved(files.scene((5200, 1300)), "JPEG"))
    assert opened(result.copy).size == (2560, 640)
    assert opened(result.thumbnail).size == (480, 120)


@pytest.mark.parametrize("size", [(401, 299), (640, 7), (9, 640)])
def test_a_picture_made_smaller_by_several_hands_has_no_seam(size):
    child = runpy.run_path(str(CHILD))
    noise = Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))
    with ThreadPoolExecutor(2) as hands:
        several = child["shrunk"](noise, 256, hands)
    alone = child["shrunk"](noise, 256)
    assert several.size == alone.size
    assert max(high for _low, high in ImageChops.difference(several, alone).getextrema()) <= 1


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"", Reason.EMPTY),
        (lambda: b"\xff\xd8\xff" + bytes(20_000_000), Reason.TOO_LARGE),
        (lambda: files.jpeg()[:-3000], Reason.UNREADABLE),
        (lambda: files.png()[:700], Reason.UNREADABLE),
        (lambda: files.webp()[:600], Reason.UNREADABLE),
        (lambda: files.heic()[:1500], Reason.UNREADABLE),
        (lambda: files.pdf()[:400], Reason.UNREADABLE),
        (lambda: b"\xff\xd8\xff\xe1", Reason.UNREADABLE),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"MZ" * 50, Reason.UNREADABLE),
        (lambda: files.bomb(), Reason.TOO_MANY_PIXELS),
        (lambda: files.bomb(7100), Reason.TOO_MANY_PIXELS),
        (lambda: files.moving("PNG"), Reason.ANIMATED),
        (lambda: files.moving("WEBP"), Reason.ANIMATED),
        (lambda: files.moving("GIF"), Reason.TYPE_NOT_SHOWN),
        (lambda: files.pdf(201), Reason.TOO_MANY_PAGES),
        (lambda: files.pdf(0), Reason.UNREADABLE),
        (lambda: b"<svg onload='alert(1)'/>", Reason.TYPE_NOT_SHOWN),
        (lambda: files.saved(files.scene(), "TIFF"), Reason.TYPE_NOT_SHOWN),
        (lambda: files.saved(files.scene(), "AVIF"), Reason.TYPE_NOT_SHOWN),
    ],
)
def test_a_hostile_file_gets_a_reason_and_quickly(scrubber, make, reason):
    data = make()
    began = time.monotonic()
    result = scrubber.scrub(data)
    assert result.reason is reason
    assert result.copy is result.thumbnail is result.media_type is None
    assert time.monotonic() - began < 5


def test_a_png_within_the_limit_passes_though_it_is_a_bomb_by_size(scrubber):
    assert scrubber.scrub(files.bomb(5000)).reason is None


def test_a_polyglot_loses_its_tail(scrubber):
    tail = b"PK\x03\x04<script>alert(1)</script><?php system($_GET[0]); ?>"
    result = scrubber.scrub(files.jpeg() + tail)
    assert result.reason is None
    assert b"script" not in result.copy
    assert b"PK\x03\x04" not in result.copy


def test_what_was_filled_into_a_form_is_drawn_and_no_longer_a_field(scrubber):
    result = scrubber.scrub(files.form())
    assert near(opened(result.thumbnail).getpixel((100, 100)), (255, 0, 0))
    assert b"Annot" not in result.copy
    assert b"Brennweite" not in result.copy


@pytest.mark.parametrize("size", ["0 0 1 14400", "0 0 200000 200000", "0 0 0 0", "5 5 -9 -9"])
def test_no_page_size_makes_a_picture_larger_than_asked(scrubber, size):
    result = scrubber.scrub(files.pdf(1, size))
    if result.reason is None:
        page = pypdfium2.PdfDocument(result.copy)[0]
        assert max(next(iter(page.get_objects())).get_px_size()) <= 1755
    else:
        assert result.reason is Reason.UNREADABLE


def test_time_and_memory_run_out_in_the_child_alone():
    picture = files.saved(files.scene((4000, 3000)), "PNG", compress_level=1)
    slow = Scrubber(ScrubLimits(wall_seconds=0.05)).scrub(picture)
    assert slow.reason is Reason.TIMED_OUT
    small = Scrubber(ScrubLimits(memory_bytes=60 * 1024 * 1024)).scrub(picture)
    assert small.reason in {Reason.TOO_MANY_PIXELS, Reason.UNREADABLE}
    assert Scrubber().scrub(picture).reason is None


def stem_of(folder, work, more=""):
    """A stem whose children do `work` in place of cleaning."""
    program = folder / "program.py"
    program.write_text(
        f"import os, runpy, signal, sys, time\nchild = runpy.run_path({str(CHILD)!r})\n"
        f"def work():\n    {work.replace(chr(10), chr(10) + '    ')}\n"
        f"child['serve'](work{more})\n"
    )
    return Stem(program)


def test_a_busy_processor_ends_a_file(tmp_path, monkeypatch):
    spin = "import resource\nresource.setrlimit(resource.RLIMIT_CPU,(1,1))\nwhile True: pass\n"
    monkeypatch.setattr(module, "STEM", stem_of(tmp_path, spin))
    assert Scrubber().scrub(b"").reason is Reason.EMPTY
    assert Scrubber().scrub(files.jpeg()).reason is Reason.TIMED_OUT


@pytest.mark.parametrize(
    "says",
    [
        "",
        "print('no json')",
        "print('{}')",
        "sys.exit(3)",
        'print(\'{"reason":null,"copy":4,"thumbnail":4,"tool":"x","version":"1"}\\n<htm<htm\')',
        'print(\'{"reason":"sent to the press","copy":0,"thumbnail":0,"tool":"","version":""}\')',
        'print(\'{"reason":null,"copy":-1,"thumbnail":"x","tool":"x","version":"1"}\')',
        "os.kill(os.getpid(), 11)",
        "os.kill(os.getppid(), 9); time.sleep(60)",
        "while True: sys.stdout.write('x' * 65536)",
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(tmp_path, monkeypatch, says):
    stem = stem_of(tmp_path, "sys.stdin.buffer.read()\n" + says)
    monkeypatch.setattr(module, "STEM", stem)
    result = Scrubber(ScrubLimits(max_copy_bytes=1_000_000)).scrub(files.jpeg())
    assert result.reason is Reason.UNREADABLE
    assert result.copy is None


def asked(stem, seconds=20, data=b""):
    return stem.run(b"{}", data, most=1000, seconds=seconds)


def is_gone(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_each_file_has_a_process_of_its_own_that_holds_nothing_of_another(tmp_path):
    """Two at the same time: what one leaves in memory and holds open never meets the other."""
    told = tmp_path / "told"
    work = (
        "data = sys.stdin.buffer.read().partition(b'\\n')[2]\n"
        "seen = vars(os).setdefault('seen', []); seen.append(data)\n"
        "handles = sorted(map(int, os.listdir('/proc/self/fd')))[:-1]\n"
        "print(os.getpid(), os.getppid(), handles, seen, flush=True)\n"
        f"while data == b'first' and not os.path.exists({str(told)!r}): time.sleep(0.005)"
    )
    stem, answers = stem_of(tmp_path, work), {}

    def first():
        answers["first"] = asked(stem, data=b"first").answer.decode().split(maxsplit=2)

    waiting = threading.Thread(target=first)
    stem.warm()
    waiting.start()
    until(lambda: children_of(stem._process.pid))
    for _file in range(2):
        answers["second"] = asked(stem, data=b"second").answer.decode().split(maxsplit=2)
        assert answers["second"][2] == "[0, 1, 2] [b'second']\n"
    told.touch()
    waiting.join(20)
    assert answers["first"][2] == "[0, 1, 2] [b'first']\n"
    assert answers["first"][0] != answers["second"][0]
    assert answers["first"][1] == answers["second"][1] == str(stem._process.pid)


def test_whoever_breaks_a_child_meets_other_addresses_next_time(tmp_path):
    stem = stem_of(tmp_path, "if b'bad' in sys.stdin.buffer.read(): os.kill(os.getpid(), 11)")
    assert asked(stem, data=b"good").code == 0
    one = stem._process.pid
    assert asked(stem, data=b"good").code == 0
    assert stem._process.pid == one
    assert asked(stem, data=b"bad").code == -11
    assert asked(stem, data=b"good").code == 0
    assert stem._process.pid != one
    until(lambda: is_gone(one))


def test_a_stem_that_ended_or_was_killed_costs_no_file(tmp_path):
    stem = stem_of(tmp_path, "sys.stdin.buffer.read()", ", 0.01")
    for _file in range(2):
        assert asked(stem) == Ended(b"", 0)
        process = stem._process
        process.wait(20)  # nobody came for a while
    stem.warm()
    stem._process.kill()
    assert asked(stem) == Ended(b"", 0)


def children_of(pid):
    with suppress(OSError):
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return []


def test_no_child_outlives_its_stem_and_no_stem_its_portal(tmp_path):
    """Whatever is killed: nothing holds a file's bytes any longer, however busy it is."""
    stem_of(tmp_path, "while True: time.sleep(1)")
    code = (
        "from pathlib import Path\nfrom portal.integrations.stem import Stem\n"
        f"stem = Stem(Path({str(tmp_path / 'program.py')!r}))\n"
        "stem.run(b'{}', b'', most=1, seconds=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as portal:
        for turn in range(2):  # the portal asks a second time
            until(lambda: any(children_of(pid) for pid in children_of(portal.pid)))
            (stem,) = [pid for pid in children_of(portal.pid) if children_of(pid)]
            (child,) = children_of(stem)
            os.kill(portal.pid if turn else stem, signal.SIGKILL)
            until(lambda pids=(stem, child): all(map(is_gone, pids)))


def probe(kind, code):
    """Run `code` where the child would look at the file, and return what it printed."""
    limits = {**asdict(ScrubLimits()), "type": kind, "bytes": 0}
    script = (
        f"import sys, runpy, _socket\nchild = runpy.run_path({str(CHILD)!r})\n"
        f"job = {limits!r}\nchild['load_tools']({kind!r})\nchild['give_up_rights'](job)\n{code}"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-P", "-c", script], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() + found.stderr.strip()[-200:]


def test_a_picture_decoder_that_was_taken_over_can_open_neither_file_nor_socket(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("key")
    attempt = "try:\n    {}\n    print('open')\nexcept OSError: print('shut')"
    assert probe("jpeg", attempt.format(f"open({str(secret)!r})")) == "shut"
    assert probe("jpeg", attempt.format(f"open({str(tmp_path / 'new')!r}, 'w')")) == "shut"
    assert probe("heic", attempt.format("_socket.socket()")) == "shut"
    assert probe("pdf", attempt.format("open('/etc/hostname')")) == "open"  # it needs fonts


def test_no_child_writes_a_file(tmp_path):
    new = tmp_path / "new"
    code = (
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"handle = open({str(new)!r}, 'wb', buffering=0)\n"
        "try:\n    handle.write(b'x')\n    print('wrote')\nexcept OSError: print('refused')"
    )
    assert probe("pdf", code) == "refused"
    assert new.stat().st_size == 0


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_the_document_reader_has_no_network_where_the_system_lets_it_be_taken():
    allowed = subprocess.run(["unshare", "-Un", "true"], check=False).returncode == 0
    if not allowed:
        pytest.skip("this system forbids user namespaces")
    code = (
        "print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line))"
    )
    assert probe("pdf", code) == "['lo']"


def test_two_at_once_wait_for_each_other_and_the_impatient_one_is_told():
    scrubber = Scrubber(at_once=1, patience_seconds=0.01)
    running, most, results = set(), [], []
    real = scrubber._ask_child

    def watched(kind, data):
        running.add(threading.get_ident())
        most.append(len(running))
        time.sleep(0.3)
        try:
            return real(kind, data)
        finally:
            running.discard(threading.get_ident())

    scrubber._ask_child = watched

    def work():
        results.append(scrubber.scrub(files.jpeg()).reason)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert sorted(results, key=str) == [None, Reason.BUSY, Reason.BUSY]
    patient = Scrubber(at_once=1, patience_seconds=30)
    assert patient.scrub(files.jpeg()).reason is None


def test_neither_handles_nor_processes_are_left_behind(scrubber):
    def handles():
        return len(list(Path("/proc/self/fd").iterdir()))

    def children():
        """How many there are, and how many of the stem's."""
        return [len(children_of(pid)) for pid in (os.getpid(), module.STEM._process.pid)]

    scrubber.scrub(files.jpeg())
    before = handles(), children(), threading.active_count()
    for data in (files.jpeg(), b"", files.bomb(7100), files.pdf(1), files.jpeg()[:900]) * 2:
        scrubber.scrub(data)
    assert (handles(), children(), threading.active_count()) == before
    Scrubber(ScrubLimits(wall_seconds=0.01)).scrub(files.jpeg())
    until(lambda: module.STEM.warm() or children() == before[1])
    assert (handles(), threading.active_count()) == (before[0], before[2])


@pytest.mark.parametrize(
    ("kind", "most_mb"),
    [("jpeg", 250), ("progressive", 480), ("png", 650), ("heic", 250)],
)
def test_a_picture_of_fifty_megapixels_or_twelve_as_heic_stays_within_its_memory(
    tmp_path, kind, most_mb
):
    small = Image.frombytes("RGB", (900, 600), os.urandom(900 * 600 * 3))
    image = small.resize((8640, 5760))
    data = {
        "jpeg": lambda: files.saved(image, "JPEG", quality=60),
        "progressive": lambda: files.saved(
            image, "JPEG", quality=60, progressive=True, subsampling=0
        ),
        "png": lambda: files.saved(image.getchannel("R").convert("RGBA"), "PNG", compress_level=1),
        # Of noise it would take ten times as long to make, and no more to read.
        "heic": lambda: files.saved(Image.radial_gradient("L").resize((4032, 3024)), "HEIF"),
    }[kind]()
    # Its own peak, said behind its answer; opened before the child gives up its files.
    peak = "next(line for line in status if line.startswith('VmHWM')).split()[1]"
    work = f"status = open('/proc/self/status')\nchild['one_file']()\nprint(chr(10), {peak})"
    limits = asdict(ScrubLimits(max_bytes=90_000_000))
    job = {**limits, "type": type_of(data), "bytes": len(data), "niceness": 0}
    ended = stem_of(tmp_path, work).run(json.dumps(job).encode(), data, most=10**8, seconds=60)
    assert json.loads(ended.answer.partition(b"\n")[0])["reason"] is None
    assert int(ended.answer.split()[-1]) / 1024 < most_mb
