"""Photos: what cleaning one costs, and what a crowd that sends many does to everybody else."""

import io
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from PIL import Image

from portal.integrations.scrubber import Scrubber
from tests.benchmarks.browser import Browser
from tests.benchmarks.house import PORTAL, House
from tests.benchmarks.memory import children_of
from tests.benchmarks.results import Figure, centile, ms
from tests.support.databases import ROOT

TIMES, MEGABYTES, PAGES_TIMES = 1.5, 250, 3
REPORTERS, PHOTOS = 32, 3
#: A page is asked for so often, so that slow moments count by their length.
EVERY_SECONDS = 0.1
#: Pages on which nobody uploads anything.
PAGES = ("/", "/report", "/receipt", "/how")


def phone_photo(seed: int = 7) -> bytes:
    """Return a photo of 12 megapixels as a phone makes them: smooth ground, fine grain, 3 MB."""
    chance = random.Random(seed)  # noqa: S311
    colours = bytes(chance.randrange(256) for _ in range(80 * 60 * 3))
    ground = Image.frombytes("RGB", (80, 60), colours).resize(
        (4000, 3000), Image.Resampling.BICUBIC
    )
    grain = Image.effect_noise((4000, 3000), 12).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Brennweite-Werke"
    held = io.BytesIO()
    Image.blend(ground, grain, 0.3).save(held, "JPEG", quality=90, exif=exif)
    return held.getvalue()


def plain(data: bytes) -> None:
    """Decode and encode a photo by Pillow alone, in this process."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.convert("RGB").save(io.BytesIO(), "JPEG", quality=85)


class Watch(threading.Thread):
    """Notes the most memory that a scrubbing child of this process ever had."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_kb, self.enough = 0, threading.Event()

    def run(self) -> None:
        while not self.enough.wait(0.002):
            for pid in children_of(os.getpid()):
                with suppress(OSError, IndexError):
                    lines = Path(f"/proc/{pid}/status").read_text()
                    peak = int(lines.split("VmHWM:")[1].split()[0])
                    if b"scrub_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        self.peak_kb = max(self.peak_kb, peak)


def processor_seconds() -> float:
    """Return the processor time of this process and of all children of its children."""
    spent = time.process_time()
    for pid in children_of(os.getpid()) - {os.getpid()}:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return spent


def cleaning(rounds: int) -> list[Figure]:
    """Compare the scrubber with Pillow alone, in turn: first by time, then by memory."""
    data, scrubber = phone_photo(), Scrubber()

    def scrub() -> None:
        if scrubber.scrub(data).copy is None:
            raise SystemExit("the photo was not cleaned")

    acts = {"plain": lambda: plain(data), "scrub": scrub}
    times: dict[str, list[float]] = {name: [] for name in acts}
    spent = dict.fromkeys(acts, 0.0)
    scrub()  # the first one waits for the tools, which a report's first photo has loaded ahead
    for _round in range(rounds):
        for name, act in acts.items():
            before = processor_seconds()
            times[name].append(timed(act))
            spent[name] += processor_seconds() - before
    one, other = median(times["scrub"]), median(times["plain"])
    return [
        Figure(
            name="a photo of 12 megapixels cleaned, against Pillow alone",
            value=round(one / other, 2), unit="×", limit=TIMES,
            note=f"{ms(one):.0f} and {ms(other):.0f} ms, {len(data) / 1e6:.1f} MB; "
            f"by processor time {spent['scrub'] / spent['plain']:.2f} ×",
        ),
        Figure(
            name="its child's memory at most", value=round(watched(scrub) / 1024), unit="MB",
            limit=MEGABYTES,
        ),
    ]  # fmt: skip


def watched(scrub: Callable[[], None]) -> int:
    """Return the most memory in kB that a child has while some are cleaned."""
    watch = Watch()
    watch.start()
    for _round in range(5):
        scrub()
    watch.enough.set()
    watch.join()
    return watch.peak_kb


def timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def crowd(house: House, database: str, rounds: int) -> list[Figure]:
    """Let 32 reporters send three photos each at once, and look at other pages meanwhile."""
    port = house.serve(PORTAL, house.environment(database))
    looked(port, rounds // 4, lambda: True)
    quiet = looked(port, rounds, lambda: True)
    with TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(phone_photo())
        started = time.perf_counter()
        # Phones have processors of their own.
        command = ["nice", sys.executable, "-m", "tests.benchmarks.crowd", str(port), str(photo)]
        numbers = [str(REPORTERS), str(PHOTOS)]
        with subprocess.Popen([*command, *numbers], cwd=ROOT, stdout=subprocess.PIPE) as senders:
            busy = looked(port, 1_000_000, lambda: senders.poll() is None)
            said = senders.communicate()[0].decode()
        took = time.perf_counter() - started
    before, during = centile(quiet, 0.95), centile(busy, 0.95)
    return [
        Figure(
            name=f"{REPORTERS} reporters with {PHOTOS} photos each at once: not filed whole",
            value=REPORTERS - said.count("filed"), unit="", limit=0,
            note=f"all cleaned and sent within {took:.0f} s",
        ),
        Figure(
            name="pages without upload meanwhile, p95 against that without load",
            value=round(during / before, 2), unit="×", limit=PAGES_TIMES,
            note=f"{ms(during)} and {ms(before)} ms, {len(busy)} pages, "
            f"median {ms(median(busy))}, worst {ms(max(busy))} ms",
        ),
    ]  # fmt: skip


def looked(port: int, most: int, goes_on: Callable[[], bool]) -> list[float]:
    """Read pages at a steady pace, a new browser for every few; return the time of each."""
    times: list[float] = []
    browser, due = Browser(port), time.perf_counter()
    while len(times) < most and goes_on():
        if len(times) % len(PAGES) == 0:
            browser.connection.close()
            browser = Browser(port)
        due = max(due + EVERY_SECONDS, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        browser.get(PAGES[len(times) % len(PAGES)])
        times.append(browser.timed())
    browser.connection.close()
    return times
