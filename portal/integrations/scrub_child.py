"""Scrubs one file in a process of its own: bytes come by stdin, clean copies leave by stdout.

Run by `scrubber` as a script, apart from the portal, whose modules it can't import. It takes one
argument, the job as JSON: `type`, `bytes` and the limits. It answers with a line of JSON: `reason`
(null if it worked), `media_type`, `copy` and `thumbnail` (their lengths), `tool`, `version`; and
then those bytes. A file that brings it down brings down nothing else.
"""

import contextlib
import ctypes
import io
import json
import resource
import sys
import warnings
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
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
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
#: 150 dots an inch can be read and keep a page of text near 200 KB.
PAGE_SCALE = 150 / 72
#: The longest side that a PDF page may have, in points.
LONGEST_PAGE = 14400

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
    """Do the job given on the command line."""
    job: Job = json.loads(sys.argv[1])
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


def give_up_rights(job: Job) -> None:
    """Give up memory, time, files and network, as far as this system can take them."""
    # One picture goes the whole way while files can still be opened, for what else is lazy.
    sample = Image.new("RGB", (8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = io.BytesIO()
    sample.save(stream, "JPEG", exif=exif, icc_profile=profile)
    picture(stream.getvalue(), {**job, "type": "jpeg", "max_pixels": 64})
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
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        # Some systems forbid it; the limits hold all the same.
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


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
        shown = to_srgb(shrunk(flat(opened), job["longest_side"]), opened.info.get("icc_profile"))
    turned = shown.transpose(TURNS[orientation]) if orientation in TURNS else shown
    return as_jpeg(turned), as_jpeg(shrunk(turned, job["thumbnail_side"]))


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


def shrunk(image: Image.Image, longest: int) -> Image.Image:
    """Return the picture with its longer side at most `longest` pixels."""
    if max(image.size) <= longest:
        return image
    scale = longest / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    # As good as the costlier filters where a picture gets smaller, in half their time.
    return image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0)


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
    return image.convert("RGB")


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
