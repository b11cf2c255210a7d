"""How soon a slow phone shows something of the public pages, by Chromium's own throttling."""

from statistics import median

from playwright.sync_api import Browser, sync_playwright

from script.checks import machine
from tests.benchmarks.house import House
from tests.benchmarks.one_sentence import PATH
from tests.benchmarks.results import Figure, interleaved

SERVED = "tests.benchmarks.one_sentence:app"
LIMIT = 1.5
#: Of a processor at a quarter, and a line of 400 kB/s on which each request waits for 150 ms.
SLOWER, BYTES_A_SECOND, WAIT_MS = 4, 400_000, 150
PAINTED = """new Promise(tell => {
  const told = list => list.forEach(one => {
    if (one.name === "first-contentful-paint") tell(one.startTime);
  });
  told(performance.getEntriesByType("paint"));
  new PerformanceObserver(seen => told(seen.getEntries())).observe({type: "paint", buffered: true});
})"""


def first_paint(browser: Browser, address: str) -> float:
    """Return the milliseconds until a phone that was never here shows the first words."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", is_mobile=True
    )
    try:
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False, "latency": WAIT_MS,
                "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND,
            },
        )  # fmt: skip
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address)
        return float(page.evaluate(PAINTED))
    finally:
        context.close()


def measure(house: House, database: str, *, rounds: int) -> list[Figure]:
    """Compare `/` and `/report` with a page of one sentence under the same style sheet."""
    port = house.serve(SERVED, house.environment(database))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.browser())
        contenders = {
            path: lambda path=path: first_paint(browser, f"http://127.0.0.1:{port}{path}")  # type: ignore[misc]
            for path in (PATH, "/", "/report")
        }
        times = interleaved(contenders, rounds, warm_up=1)
        browser.close()
    floor = median(times[PATH])
    return [
        Figure(
            name=f"first words of {path} on a slow phone, against one sentence",
            value=round(median(times[path]) / floor, 2),
            unit="×",
            limit=LIMIT,
            note=f"{median(times[path]):.0f} and {floor:.0f} ms, {rounds} first visits each",
        )
        for path in ("/", "/report")
    ]
