"""What the tests need of the machine: installed by apt for root, else looked for, else named."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The first of these that is there walks the pages. The shell without windows takes a third of the
#: time for each new visitor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
#: A file system in memory, and the room that it must have for the files of all tests.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 6 << 30  # noqa: S108  a folder of our own is made in it


@dataclass(frozen=True)
class Need:
    """Something of the machine, the Debian package that brings it, and how to see it."""

    what: str
    package: str
    is_there: Callable[[], bool]


def has_program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def browser() -> str | None:
    """Return the program of the browser."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def has_font(name: str) -> Callable[[], bool]:
    def there() -> bool:
        if shutil.which("fc-list") is None:
            return False
        listed = subprocess.run(["fc-list", name], capture_output=True, text=True, check=False)
        return bool(listed.stdout.strip())

    return there


def postgres_15() -> Path | None:
    """Return the folder of PostgreSQL 15's programs, Debian's or one on PATH."""
    found = shutil.which("postgres")
    folders = [POSTGRES_15, *([Path(found).resolve().parent] if found else [])]
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            version = subprocess.run(
                [folder / "postgres", "-V"], capture_output=True, text=True, check=False
            )
            if " 15" in version.stdout:
                return folder
    return None


NEEDS = (
    Need("a browser", "chromium-headless-shell", has_program(*BROWSERS)),
    Need("PostgreSQL 15", "postgresql-15", lambda: postgres_15() is not None),
    Need("exiftool", "libimage-exiftool-perl", has_program("exiftool")),
    Need("fontconfig", "fontconfig", has_program("fc-list")),
    Need("a Chinese font", "fonts-noto-cjk", has_chinese_font),
    Need("a font of rare characters", "fonts-hanazono", has_font("HanaMinA")),
)


def missing() -> list[Need]:
    return [need for need in NEEDS if not need.is_there()]


def provide() -> str | None:
    """Install what is missing if we may; return a sentence if something is still missing."""
    lacking = missing()
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [need.package for need in lacking]
        print(f"Installing {', '.join(packages)} with apt …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(done.stdout[-2000:] + done.stderr[-2000:], flush=True)
                break
        lacking = missing()
    if not lacking:
        return None
    named = ", ".join(f"{need.what} (Debian: {need.package})" for need in lacking)
    return f"Missing on this machine: {named}. Install it and start again."


@contextmanager
def files_in_memory() -> Iterator[None]:
    """Let all temporary files lie in memory where there is room for them.

    A test's copy of a database takes a tenth of the time there.
    """
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    if not has_room_in_memory():
        yield
        return
    with tempfile.TemporaryDirectory(
        prefix="portal-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            tempfile.tempdir = before[0]
            os.environ.pop("TMPDIR")
            if before[1] is not None:
                os.environ["TMPDIR"] = before[1]


def has_room_in_memory() -> bool:
    """Say whether MEMORY holds that much and the machine twice as much besides what it uses."""
    try:
        room, known = shutil.disk_usage(MEMORY).free, Path("/proc/meminfo").read_text()
    except OSError:
        return False
    available = int(known.split("MemAvailable:")[1].split()[0]) * 1024
    return os.access(MEMORY, os.W_OK) and room > ROOM_BYTES and available > 2 * ROOM_BYTES
