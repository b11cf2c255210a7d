"""Turns an uploaded file into a copy that may be shown, in a limited process of its own."""

import json
import threading
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from signal import SIGKILL, SIGXCPU

from portal.integrations.stem import Stem

CHILD = Path(__file__).with_name("scrub_child.py")
#: One for all files of this process.
STEM = Stem(CHILD)
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
#: How a zip begins whose first member tells an Office or OpenDocument file.
OFFICE_MARKS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis", b"_rels/.rels", b"word/")
MAGIC_OF_COPY = {"image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}


class FileType(StrEnum):
    """What the bytes show, whatever the name says."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    OFFICE = "office"
    VIDEO = "video"
    OTHER = "other"


#: The types of which a clean copy can be made; the others are only sealed.
SHOWN = frozenset({FileType.JPEG, FileType.PNG, FileType.WEBP, FileType.HEIC, FileType.PDF})


class Reason(StrEnum):
    """Why no copy of a file can be shown."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ANIMATED = "animated"
    TYPE_NOT_SHOWN = "type_not_shown"
    TIMED_OUT = "timed_out"
    #: Too many files were waiting; the same file may pass a minute later.
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubLimits:
    """What one file may cost; sides in pixels."""

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    max_pages: int = 200
    longest_side: int = 2560
    page_side: int = 1754
    thumbnail_side: int = 480
    max_copy_bytes: int = 60_000_000
    memory_bytes: int = 768 * 1024 * 1024
    cpu_seconds: int = 10
    #: On a busy machine ten seconds of work take longer; a request must end within 20.
    wall_seconds: float = 18.0


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What became of a file: a copy with its thumbnail (JPEG), or the reason why there is none.

    `media_type` is that of the copy; `tool` and `version` are those that made or refused it, None
    where no tool looked inside.
    """

    type: FileType
    copy: bytes | None
    thumbnail: bytes | None
    media_type: str | None
    reason: Reason | None
    tool: str | None
    version: str | None


def type_of(data: bytes) -> FileType:
    """Tell the type by the first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if data.startswith(b"%PDF-"):
        return FileType.PDF
    if data.startswith(b"RIFF") and data[8:12] in {b"WEBP", b"AVI "}:
        return FileType.WEBP if data[8:12] == b"WEBP" else FileType.VIDEO
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    if data.startswith(
        (b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"0&\xb2u\x8ef\xcf\x11")
    ):
        return FileType.VIDEO  # Matroska and WebM, Flash, MPEG, Windows Media
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return FileType.OFFICE
    if data.startswith(b"PK\x03\x04") and any(mark in data[:4096] for mark in OFFICE_MARKS):
        return FileType.OFFICE
    return FileType.OTHER


def _iso_media(data: bytes) -> FileType:
    """Tell stills from films among files that begin with a box `ftyp` of brands."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 512)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}
    if data[8:12] in AVIF_BRANDS or (brands & AVIF_BRANDS and data[8:12] in {b"mif1", b"msf1"}):
        return FileType.OTHER
    if data[8:12] in HEIF_BRANDS:
        return FileType.HEIC
    return FileType.VIDEO


class Scrubber:
    """Scrubs files, `at_once` of them at a time in this process; the others wait their turn.

    A 50-megapixel picture may take some 400 MB while it is worked on, hence the turn.
    """

    def __init__(
        self,
        limits: ScrubLimits | None = None,
        *,
        at_once: int = 1,
        patience_seconds: float = 60.0,
        niceness: int = 0,
    ) -> None:
        self.limits = limits or ScrubLimits()
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience = patience_seconds
        self._niceness = niceness

    def scrub(self, data: bytes) -> Scrubbed:
        """Return a clean copy of a file or why there is none; no file makes this raise.

        Pictures become JPEG without any metadata, upright and in sRGB; a PDF becomes one of
        pictures of its pages. What the process answers is believed no further than that it looks
        like a JPEG or a PDF: it read what a stranger sent.
        """
        kind = type_of(data)
        if not data:
            return _refused(kind, Reason.EMPTY)
        if len(data) > self.limits.max_bytes:
            return _refused(kind, Reason.TOO_LARGE)
        if kind not in SHOWN:
            return _refused(kind, Reason.TYPE_NOT_SHOWN)
        if not self._turns.acquire(timeout=self._patience):
            return _refused(kind, Reason.BUSY)
        try:
            return self._ask_child(kind, data)
        finally:
            self._turns.release()

    def warm(self) -> None:
        """Have the tools loaded: a file will come soon."""
        STEM.warm()

    def _ask_child(self, kind: FileType, data: bytes) -> Scrubbed:
        # A process for each file: a pool inside a web worker outlives it, and what one file did
        # to a decoder would reach the next.
        job = {
            **asdict(self.limits),
            "type": kind.value,
            "bytes": len(data),
            "niceness": self._niceness,
        }
        ended = STEM.run(
            json.dumps(job).encode(),
            data,
            most=2 * self.limits.max_copy_bytes,
            seconds=self.limits.wall_seconds,
        )
        if ended.is_late or -(ended.code or 0) in {SIGKILL, SIGXCPU}:
            return _refused(kind, Reason.TIMED_OUT)
        if ended.answer is None or ended.code != 0:
            return _refused(kind)
        return _believed(kind, ended.answer)


def _believed(kind: FileType, answer: bytes) -> Scrubbed:
    """Return what the child said, so far as it looks like what it was asked for."""
    line, _, body = answer.partition(b"\n")
    try:
        head = json.loads(line)
        copy, thumbnail = body[: head["copy"]], body[head["copy"] :]
        whole = len(copy) == head["copy"] and len(thumbnail) == head["thumbnail"]
        tool, version = (str(head[name])[:60] for name in ("tool", "version"))
        if head["reason"] is not None:
            reason = Reason(head["reason"])
            return Scrubbed(kind, None, None, None, reason, tool, version)
        media_type = "application/pdf" if kind is FileType.PDF else "image/jpeg"
    except (ValueError, KeyError, TypeError):
        return _refused(kind)
    begins = copy.startswith(MAGIC_OF_COPY[media_type])
    if not (whole and begins and thumbnail.startswith(MAGIC_OF_COPY["image/jpeg"])):
        return _refused(kind)
    return Scrubbed(kind, copy, thumbnail, media_type, None, tool, version)


def _refused(kind: FileType, reason: Reason = Reason.UNREADABLE) -> Scrubbed:
    return Scrubbed(kind, None, None, None, reason, None, None)
