"""Scrubs each file in a process of its own: bytes come by stdin, clean copies leave by stdout.

Run by `stem` as a script, apart from the portal, whose modules it can't import. It loads its tools
and forks a child for each file. A child reads a line of JSON, the job (`type`, `bytes`, `niceness`
and the limits), and the file. It answers with a line of JSON: `reason` (null if it worked),
`media_type`, `copy` and `thumbnail` (their lengths), `tool`, `version`; and then those bytes. What
brings a child down brings down nothing else.
"""

import contextlib
import ctypes
import gc
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import PIL
from PIL import (  # those not named below are imported by Pillow at the moment of need: too late
    Image,
    ImageCms,
    ImageColor,  # noqa: F401
    ImageFilter,  # noqa: F401
    ImagePalette,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
)

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
#: None where there is no Linux.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
#: What makes each EXIF orientation upright (CIPA DC-008, tag 0112).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: Threads that make a picture smaller, each its part of it.
HANDS = 2
#: From this much on above the wanted size a picture is first cut down by whole numbers.
GAP = 1.5
#: 150 dots an inch can be read and keep a page of text near 200 KB.
PAGE_SCALE = 150 / 72
#: The longest side that a PDF page may have, in points.
LONGEST_PAGE = 14400
#: How long a process with its tools loaded waits for the next file.
IDLE_SECONDS = 60.0
#: What is said of a child's end, as in `stem`.
CODE = struct.Struct("!i")

Job = dict[str, Any]


class Sheet(NamedTuple):
    """A page: its size in points, that of its picture in pixels, and the picture."""

    width: float
    height: float
    pixels: tuple[int, int]
    jpeg: bytes


class Refused(Exception):
    """The file is not shown; the argument is the reason's code."""


def main() -> None:
    """Load what every picture needs, then serve."""
    load_tools("jpeg")
    rehearse()
    gc.collect()
    gc.freeze()  # so that children share these pages and copy none for the collector's marks
    serve(one_file)


def serve(work: Callable[[], None], idle_seconds: float = IDLE_SECONDS) -> None:
    """Fork a child for each file, until nobody asks for a while, or who asks is gone.

    Asked is by the socket at standard input: one byte with three handles, the child's input and
    output and a leash. By the leash its exit code goes back; who lets go of the other end ends it.
    """
    control = socket.socket(fileno=0)
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    at_work: dict[int, int] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    is_open = True
    while is_open or at_work:
        ready = [handle for handle, _event in poll.poll(None if at_work else idle_seconds * 1000)]
        if not ready:
            return
        for handle in ready:
            if handle == woken.fileno():
                woken.recv(4096)
            elif handle != control.fileno():
                poll.unregister(handle)
                os.kill(at_work[handle], signal.SIGKILL)  # not reaped yet, so its id is its own
        for leash, pid in [*at_work.items()]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with contextlib.suppress(KeyError):
                    poll.unregister(leash)
                with contextlib.suppress(OSError):  # nobody waits for it
                    os.write(leash, CODE.pack(os.waitstatus_to_exitcode(status)))
                os.close(leash)
                del at_work[leash]
        if control.fileno() in ready:
            asked, handles, _flags, _address = socket.recv_fds(control, 1, 3)
            if not asked:
                poll.unregister(control)
                is_open = False
                continue
            own_input, own_output, leash = handles
            at_work[leash] = forked(work, own_input, own_output)
            poll.register(leash, select.POLLIN)
            os.close(own_input)
            os.close(own_output)


def forked(work: Callable[[], None], own_input: int, own_output: int) -> int:
    """Return the id of a new child that does the work with these and no other handles."""
    stem = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    with contextlib.suppress(BaseException):
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != stem:  # it was killed before we asked to be
            os._exit(code)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(own_input, 0)
        os.dup2(own_output, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        work()
        sys.stdout.flush()
        code = 0
    os._exit(code)


def one_file() -> None:
    """Do the job that stands at standard input."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    os.nice(job["niceness"])
    tool, version = load_tools(job["type"])
    # Whole before anything looks at it: from here on there is nothing left to read.
    data = sys.stdin.buffer.read()
    if len(data) != job["bytes"]:
        return  # the portal ended in the middle of handing it over
    give_up_rights(job)
    answer: Job = {"reason": None, "media_type": None, "tool": tool, "version": version}
    copy = thumbnail = b""
    try:
        if job["type"] == "pdf":
            answer["media_type"], copy, thumbnail = "application/pdf", *document(data, job)
        else:
            answer["media_type"], copy, thumbnail = "image/jpeg", *picture(data, job)
    except Refused as refusal:
        answer["reason"] = str(refusal)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        answer["reason"] = "too_many_pixels"
    except MemoryError:
        answer["reason"] = "unreadable" if job["type"] == "pdf" else "too_many_pixels"
    except Exception:  # the decoders raise whatever a file makes them raise
        answer["reason"] = "unreadable"
    answer["copy"], answer["thumbnail"] = len(copy), len(thumbnail)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + copy + thumbnail)
    sys.stdout.buffer.flush()


def load_tools(kind: str) -> tuple[str, str]:
    """Import all that the job will need; return name and version of what reads the type."""
    warnings.simplefilter("ignore")  # on odd metadata, which nobody will see
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.preinit()  # the common ones; JPEG and PNG are among them
    if kind == "pdf":
        import pypdfium2

        pypdfium2.PdfDocument.new().close()
        return "pypdfium2", str(pypdfium2.version.PYPDFIUM_INFO)
    if kind == "webp":
        from PIL import WebPImagePlugin  # noqa: F401
    if kind == "heic":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1  # each takes memory of its own
        pillow_heif.register_heif_opener()
        versions = f"{PIL.__version__}+{pillow_heif.__version__}"
        return "pillow+pillow-heif", versions
    return "pillow", PIL.__version__


def rehearse() -> None:
    """Let one picture go the whole way while files can still be opened, for what else is lazy."""
    sample = Image.new("RGB", (8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = io.BytesIO()
    sample.save(stream, "JPEG", exif=exif, icc_profile=profile)
    job = {"type": "jpeg", "max_pixels": 64, "longest_side": 6, "thumbnail_side": 4}
    picture(stream.getvalue(), job)


def give_up_rights(job: Job) -> None:
    """Give up memory, time, files and network, as far as this system can take them."""
    limits = {
        resource.RLIMIT_CORE: 0,  # a core would put the file on the disk
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_AS: job["memory_bytes"],
        resource.RLIMIT_CPU: job["cpu_seconds"],
        # Nothing can be opened, no file and no socket; but pdfium looks for fonts.
        resource.RLIMIT_NOFILE: 32 if job["type"] == "pdf" else 3,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS takes no RLIMIT_AS
            resource.setrlimit(limit, (most, most))
    if LIBC is not None:
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        # Some systems forbid it; the limits hold all the same.
        LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def picture(data: bytes, job: Job) -> tuple[bytes, bytes]:
    """Return copy and thumbnail of a picture as JPEG, made of its pixels alone."""
    Image.MAX_IMAGE_PIXELS = job["max_pixels"]  # above it, `open` warns, which is an error here
    # Only the decoder of the type that the bytes show. A JPEG with a second picture opens as MPO,
    # a HEIF file may hold many: both stand at the first, or the one they call their main one.
    with Image.open(io.BytesIO(data), formats=[FORMATS[job["type"]]]) as opened:
        if opened.format in {"PNG", "WEBP"} and getattr(opened, "is_animated", False):
            raise Refused("animated")  # one frame would not be what was sent
        opened.draft(None, (job["longest_side"], job["longest_side"]))
        opened.load()  # the check: `verify` lets half a JPEG pass
        orientation = orientation_of(opened)
        with ThreadPoolExecutor(HANDS) as hands:
            small = shrunk(flat(opened), job["longest_side"], hands)
            shown = to_srgb(small, opened.info.get("icc_profile"))
            turned = shown.transpose(TURNS[orientation]) if orientation in TURNS else shown
            thumbnail = hands.submit(shrunk, turned, job["thumbnail_side"])
            return as_jpeg(turned), as_jpeg(thumbnail.result())


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none that can be read."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # an upright guess is better than no picture
        return 1


def flat(image: Image.Image) -> Image.Image:
    """Return the picture in eight bits a channel, without transparency, on white."""
    if image.mode.startswith("I"):
        # `convert` would cut off all above 255, which is nearly everything.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"L", "RGB", "CMYK"} and "transparency" not in image.info:
        return image
    if image.mode in {"P", "PA", "LA", "L", "RGB"}:
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, (255, 255, 255))
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image.convert("RGB")


def shrunk(image: Image.Image, longest: int, hands: Executor | None = None) -> Image.Image:
    """Return the picture with its longer side at most `longest` pixels, made by as many hands."""
    if max(image.size) <= longest:
        return image
    scale = longest / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)

    def band(rows: tuple[int, int]) -> Image.Image:
        top, bottom = (row * image.height / height for row in rows)
        # As good as the costlier filters where a picture gets smaller, in half their time.
        return image.resize(
            (width, rows[1] - rows[0]),
            Image.Resampling.HAMMING,
            box=(0, top, image.width, bottom),
            reducing_gap=GAP,
        )

    if hands is None:
        return band((0, height))
    # The rows at an edge are made of those of the picture on both sides of it: no seam is left.
    edges = sorted({height * n // HANDS for n in range(HANDS + 1)})
    whole = Image.new(image.mode, (width, height))
    for top, part in zip(edges, hands.map(band, pairwise(edges)), strict=False):
        whole.paste(part, (0, top))
    return whole


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours that a viewer assumes where no profile is left."""
    if profile:
        # A broken profile costs some colour, not the picture.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def as_jpeg(image: Image.Image) -> bytes:
    """Return a JPEG of the pixels and of nothing that the object carries besides."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    stream = io.BytesIO()
    clean.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def document(data: bytes, job: Job) -> tuple[bytes, bytes]:
    """Return a PDF of pictures of the pages, and a JPEG of the first as thumbnail.

    Whatever could hide in a PDF stays behind: scripts, attached files, layers, text under black
    bars, and the metadata of the pictures inside.
    """
    import pypdfium2

    sheets: list[Sheet] = []
    thumbnail = b""
    total = 0
    with contextlib.closing(pypdfium2.PdfDocument(data)) as opened:
        opened.init_forms()  # else what was filled in is not drawn
        if len(opened) > job["max_pages"]:
            raise Refused("too_many_pages")
        for number in range(len(opened)):
            page = opened[number]
            width, height = (min(max(side, 1.0), LONGEST_PAGE) for side in page.get_size())
            scale = min(PAGE_SCALE, job["page_side"] / max(width, height))
            image = page.render(scale=scale).to_pil().convert("RGB")
            page.close()
            sheets.append(Sheet(width, height, image.size, as_jpeg(image)))
            total += len(sheets[-1].jpeg)
            if total > job["max_copy_bytes"]:
                raise Refused("too_large")
            thumbnail = thumbnail or as_jpeg(shrunk(image, job["thumbnail_side"]))
    if not sheets:
        raise Refused("unreadable")
    return pdf_of(sheets), thumbnail


def pdf_of(sheets: list[Sheet]) -> bytes:
    """Return a PDF with one picture a page: no title, no dates, no producer, the same each time.

    Written here since Pillow's own writer holds all pages in memory at once, decoded.
    """
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 3 * place} 0 R" for place in range(len(sheets)))
    bodies.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(sheets)} >>".encode())
    for place, sheet in enumerate(sheets):
        number = 3 + 3 * place
        box = f"{sheet.width:.2f} {sheet.height:.2f}"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box}] /Contents {number + 1} 0 R"
            f" /Resources << /XObject << /P {number + 2} 0 R >> >> >>".encode()
        )
        drawing = f"{sheet.width:.2f} 0 0 {sheet.height:.2f} 0 0 cm /P Do".encode()
        bodies.append(stream("", drawing))
        width, height = sheet.pixels
        bodies.append(
            stream(
                f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
                " /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode ",
                sheet.jpeg,
            )
        )
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    starts = []
    for number, body in enumerate(bodies, start=1):
        starts.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    table = out.tell()
    out.write(f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{start:010} 00000 n \n".encode() for start in starts))
    out.write(f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n".encode())
    out.write(f"startxref\n{table}\n%%EOF\n".encode())
    return out.getvalue()


def stream(entries: str, content: bytes) -> bytes:
    """Return the body of a PDF stream object."""
    head = f"<< {entries}/Length {len(content)} >>\nstream\n".encode()
    return head + content + b"\nendstream"


if __name__ == "__main__":
    main()
