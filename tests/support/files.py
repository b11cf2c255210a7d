"""Files as people and attackers send them, made on the spot; nothing is taken from real ones."""

import io
import os
import struct
import zlib
from functools import cache
from uuid import uuid4

import pillow_heif
from nacl.public import PrivateKey
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from portal.sealing.envelope import Custodian

#: Must be found in no output; the numbers are a place in the sea.
MAKER = "Brennweite-Werke"
SECRETS = (b"Brennweite", b"SN-77041", b"XMPGEHEIM", b"KOMMENTAR-4711", b"2019:03:04", b"PROFIL-9")


def exif() -> Image.Exif:
    """EXIF with maker, serial number, time and place."""
    made = Image.Exif()
    made[0x010F] = MAKER
    made[0x0132] = "2019:03:04 05:06:07"
    made.get_ifd(0x8769)[0xA431] = "SN-77041"
    place = made.get_ifd(0x8825)
    place[1], place[2] = "N", (12.0, 34.0, 56.0)
    place[3], place[4] = "E", (65.0, 43.0, 21.0)
    return made


XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>XMPGEHEIM</x:xmpmeta>"


def profile() -> bytes:
    """An ICC profile with a mark inside."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # At its end, with the length in its head made to fit.
    marked = plain + b"PROFIL-9"
    return struct.pack(">I", len(marked)) + marked[4:]


def scene(size: tuple[int, int] = (320, 240), mode: str = "RGB") -> Image.Image:
    """A picture whose upper left quarter is red, so that turning it shows."""
    image = Image.new("RGB", size, (40, 90, 200))
    quarter = (0, 0, size[0] // 2 - 1, size[1] // 2 - 1)
    ImageDraw.Draw(image).rectangle(quarter, fill=(220, 30, 30))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(**options: object) -> bytes:
    """A JPEG full of metadata."""
    full = {"exif": exif(), "xmp": XMP, "comment": b"KOMMENTAR-4711", "icc_profile": profile()}
    return saved(scene(), "JPEG", **{**full, **options})


def png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "KOMMENTAR-4711")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return saved(scene(), "PNG", pnginfo=texts, exif=exif(), icc_profile=profile())


def webp() -> bytes:
    return saved(scene(), "WEBP", exif=exif().tobytes(), xmp=XMP, icc_profile=profile())


def heic() -> bytes:
    return saved(scene(), "HEIF", exif=exif().tobytes(), xmp=XMP, icc_profile=profile())


def two_pictures() -> bytes:
    """A JPEG with a second picture behind the first, as many phones make it."""
    second = Image.new("RGB", (320, 240), (0, 255, 0))
    return saved(scene(), "MPO", save_all=True, append_images=[second], exif=exif())


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in (0, 90, 250)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def bomb(side: int = 60_000) -> bytes:
    """A PNG of some kilobytes that would unpack to `side` × `side` pixels of one bit."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages: int = 2, size: str = "0 0 300 400", picture: bytes | None = None) -> bytes:
    """A PDF with a title, a script that runs on opening, and a picture with its EXIF inside."""
    picture = jpeg() if picture is None else picture
    kids = " ".join(f"{4 + place} 0 R" for place in range(pages))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /XObject /Subtype /Image /Width 320 /Height 240 /ColorSpace /DeviceRGB"
        b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n"
        % len(picture)
        + picture
        + b"\nendstream",
    ]
    drawing = b"200 0 0 150 20 200 cm /P Do"
    last = 4 + pages
    for _ in range(pages):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{size}] /Contents {last} 0 R"
            " /Resources << /XObject << /P 3 0 R >> >> >>".encode()
        )
    bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing))
    bodies.append(b"<< /Author (Brennweite) /Title (KOMMENTAR-4711) >>")
    return _assembled(bodies, info=last + 1)


def form() -> bytes:
    """A PDF of one white page with a field over all of it that was filled in, with red."""
    drawing = b"1 0 0 rg 0 0 300 400 re f"
    return _assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Annots [4 0 R] >>",
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Brennweite) /F 4"
            b" /Rect [0 0 300 400] /P 3 0 R /AP << /N 5 0 R >> >>",
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 300 400] /Length %d >>"
            b"\nstream\n%s\nendstream" % (len(drawing), drawing),
            b"<< /Author (Brennweite) >>",
        ],
        info=6,
    )


def _assembled(bodies: list[bytes], info: int) -> bytes:
    out, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    count = len(bodies) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n" % count
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, info, len(out))
    )


#: What must come out as a clean copy, by the type that its bytes show.
SHOWN = {
    "jpeg": jpeg,
    "jpeg without a profile": lambda: jpeg(icc_profile=None),
    "png": png,
    "webp": webp,
    "heic": heic,
    "two pictures": two_pictures,
    "pdf": pdf,
}


def custodians(count: int = 3) -> tuple[tuple[Custodian, bytes], ...]:
    """Custodians with their private keys, the same ones each time, without key files."""
    return _custodians(count)


@cache
def _custodians(count: int) -> tuple[tuple[Custodian, bytes], ...]:
    keys = [PrivateKey(os.urandom(32)) for _ in range(count)]
    return tuple((Custodian(uuid4(), bytes(key.public_key)), bytes(key)) for key in keys)
