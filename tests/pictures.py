"""Takes the pictures of the README and of the guides, and with --all one of every page,
from a demo city.
"""

import argparse
import io
import sys
import tempfile
from collections import Counter
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from script.checks import machine
from tests.support.databases import migrated_server
from tests.support.everybody import (
    UNIT_SEAT,
    WORDS,
    ledger_of,
    sign_in,
    take_seat,
    value,
    walk_everywhere,
)
from tests.support.explorer import MANY, Explorer
from tests.support.pages import ROOT, Walker
from tests.support.town import Town, demo_town, lived_town

WIDTHS = (390, 1280)
#: The group whose lead the guide follows.
LED = "insp-fire"
#: Where somebody is looked for who can check a task.
GROUPS = ("insp-fire", "insp-industry", "insp-construction", "insp-chemicals", "insp-special")
#: Enough for a screen and some more, by width; a README is no place for long pages.
SCREEN = {390: 1000, 1280: 1000}
#: What the guide's reporter saw, and where.
SEEN = {
    "zh": ("三楼安全出口被货架堵住，门也锁着。", "武进区洛阳镇创业路 8 号，东门进去"),
    "en": ("Shelves block the emergency exit on the 3rd floor.", "8 Chuangye Road, east gate"),
}
LIMIT_BYTES = 300_000
COLOURS = 200
OF_MANY = 3


def keep(picture: bytes, file: Path) -> None:
    """Write a picture with few colours. Raises ValueError if it is too large for a README."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    image.save(file, optimize=True)
    if file.stat().st_size >= LIMIT_BYTES:
        raise ValueError(f"{file.name} has {file.stat().st_size} bytes, more than {LIMIT_BYTES}.")
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size} bytes")


def shoot_screen(walker: Walker, file: Path, top: str = "body") -> None:
    """Keep what a screen and some more shows of the page, from the first `top` on."""
    width = walker.page.viewport_size["width"]
    walker.page.set_viewport_size({"width": width, "height": SCREEN[width]})
    walker.page.evaluate("() => document.activeElement?.blur()")
    walker.page.locator(top).first.evaluate("(one) => one.scrollIntoView()")
    walker.page.wait_for_load_state("networkidle")
    keep(walker.page.screenshot(), file)


def readme(browser: Browser, town: Town, folder: Path) -> None:
    """Take the three of the README, in English: a stranger's first look."""
    folder.mkdir(parents=True, exist_ok=True)

    def shot(name: str, walker: Walker) -> None:
        shoot_screen(walker, folder / f"{name}.png")
        walker.close()

    reporter = Walker(browser, town.address, language="en", width=390)
    reporter.go("/report")
    shot("reporter", reporter)
    for role, code in (("dispatcher", "duty-desk"), ("auditor", None)):
        walker = Walker(browser, town.address, language="en", width=1280)
        sign_in(walker, town, role, code)
        if role == "dispatcher":
            walker.page.locator("main a[data-key=Enter]").first.click()
        shot(role, walker)


def guide(browser: Browser, town: Town, folder: Path) -> None:
    """Take the steps of a report on a phone, in both languages, as docs/guide shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, (text, place) in SEEN.items():
        start, onward, check, send, follow, see, _message = WORDS[language]
        walker = Walker(browser, town.address, language=language, width=390)

        def shot(step: str, walker: Walker = walker, language: str = language) -> None:
            shoot_screen(walker, folder / f"{step}-{language}.png")

        walker.go("/")
        shot("home")
        walker.follow(start).fill("text", text).fill("place", place)
        shot("what-where")
        walker.press(onward)
        shot("evidence")
        walker.press(check)
        shot("check")
        walker.press(send)
        shot("receipt")
        code = walker.page.locator("#portal-code").inner_text()
        walker.follow(follow).fill("code", code).press(see)
        shot("follow")
        walker.close()


def lead_guide(browser: Browser, town: Town, folder: Path) -> None:
    """Take what a lead works with on a phone, in both languages, as docs/guide shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in WORDS:
        walker = Walker(browser, town.address, language=language, width=390)
        sign_in(walker, town, "lead", LED)
        page = walker.page
        shoot_screen(walker, folder / f"lead-work-{language}.png")
        walker.go(f"/staff/groups?lang={language}")
        page.locator("main tr", has=page.locator(f"a[href*='groups={LED}']")).locator(
            "th a"
        ).click()
        page.locator("#people").wait_for()
        shoot_screen(walker, folder / f"lead-group-{language}.png")
        walker.go(f"/staff/cases?states=in_hand&lang={language}")
        page.locator("main table th a").first.click()
        page.locator("main a[href*='/assign_handler']").first.click()
        page.locator("main form[action*='/assign_handler']").wait_for()
        shoot_screen(walker, folder / f"lead-handler-{language}.png")
        walker.close()


def unit_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take what a unit and the addressee of a step see behind their links, on a phone."""
    walker = Walker(browser, town.address, language=language, width=390)
    walker.go(f"/unit/{town.links['new']}?lang={language}")
    shoot_screen(walker, folder / f"unit-book-{language}.png")
    walker.go(f"/unit/{town.links['open']}?lang={language}")
    done = "details:has(form[action*='/done'])"
    walker.page.locator(f"{done} summary").first.click()
    shoot_screen(walker, folder / f"unit-done-{language}.png", f"section:has({done})")
    walker.go(f"/unit/steps/{town.links['step']}?lang={language}")
    shoot_screen(walker, folder / f"unit-step-{language}.png")
    walker.close()


def desk_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take what a dispatcher works with at a desk."""
    walker = Walker(browser, town.address, language=language, width=1280)
    sign_in(walker, town, "dispatcher", "duty-desk")
    walker.go(f"/staff/intake?lang={language}")
    walker.leave_by(walker.page.locator("main a[data-key=Enter]"))
    shoot_screen(walker, folder / f"dispatcher-report-{language}.png")
    walker.go(f"/staff/intake/new?lang={language}")
    shoot_screen(walker, folder / f"dispatcher-take-down-{language}.png")
    walker.close()


def open_check(walker: Walker, town: Town, language: str) -> None:
    """Open the check of a task as a member who neither found nor ordered it."""
    page = walker.page
    for code, nth in product(GROUPS, range(4)):
        sign_in(walker, town, "member", code, nth)
        walker.go(f"/staff/cases?states=reviewing&lang={language}")
        cases = page.locator("main table th a").evaluate_all("(all) => all.map((a) => a.href)")
        for address in cases:
            page.goto(address)
            check = page.locator("main a[href*='/pass_review']")
            if check.count():
                walker.leave_by(check)
                page.locator("main form[action*='/pass_review']").wait_for()
                return
    raise LookupError("Nobody can check a task in this city.")


def inspector_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take an inspection by a checklist and a check, on a phone."""
    walker = Walker(browser, town.address, language=language, width=390)
    sign_in(walker, town, "member", LED)
    page = walker.page
    walker.go(f"/staff/cases?states=in_hand&lang={language}")
    walker.leave_by(page.locator("main table th a"))
    case = page.url.split("?")[0]
    page.goto(f"{case}/inspection?lang={language}")
    begin = page.locator("main form.portal-form button[type=submit]")
    if begin.count():  # the other language has begun it
        walker.leave_by(begin)
    walker.leave_by(page.locator("main a[href*='/inspection/items/']"))
    page.locator("main input[name=result][value=pass]").check(force=True)
    walker.leave_by(page.locator("button[name=step][value=next]"))
    shoot_screen(walker, folder / f"inspector-item-{language}.png")
    page.goto(f"{case}/inspection?lang={language}")
    shoot_screen(walker, folder / f"inspector-list-{language}.png")
    walker.close()
    walker = Walker(browser, town.address, language=language, width=390)
    open_check(walker, town, language)
    shoot_screen(walker, folder / f"inspector-check-{language}.png")
    walker.close()


def director_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take what a director decides on, at a desk."""
    walker = Walker(browser, town.address, language=language, width=1280)
    sign_in(walker, town, "director", None)
    walker.go(f"/staff?lang={language}")
    shoot_screen(walker, folder / f"director-work-{language}.png")
    walker.go(f"/staff/ladder?lang={language}")
    shoot_screen(walker, folder / f"director-ladder-{language}.png")
    walker.leave_by(walker.page.locator("#suggested th a"))
    walker.leave_by(walker.page.locator("main a[href*='/order_step']"))
    shoot_screen(walker, folder / f"director-order-{language}.png")
    walker.close()


def treasurer_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take the ledger, and what a code is worth."""
    _digits, code = town.reward()
    walker = Walker(browser, town.address, language=language, width=1280)
    sign_in(walker, town, "treasurer", None)
    walker.go(f"/treasury?lang={language}")
    shoot_screen(walker, folder / f"treasurer-ledger-{language}.png")
    walker.fill("code", code)
    walker.leave_by(walker.page.locator("form[action*='/treasury/code'] button"))
    shoot_screen(walker, folder / f"treasurer-voucher-{language}.png")
    walker.close()


def administrator_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take people and the roles of one of them, and the limits with what holds from when."""
    walker = Walker(browser, town.address, language=language, width=1280)
    sign_in(walker, town, "administrator", None)
    walker.go(f"/admin/people/?lang={language}")
    shoot_screen(walker, folder / f"administrator-people-{language}.png")
    walker.leave_by(walker.page.locator("main table th a"))
    shoot_screen(walker, folder / f"administrator-roles-{language}.png")
    walker.go(f"/admin/rules/limits?lang={language}")
    shoot_screen(walker, folder / f"administrator-limits-{language}.png")
    walker.close()


def lessons_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take a lesson that waits for the director, and the units that look like another."""
    walker = Walker(browser, town.address, language=language, width=1280)
    sign_in(walker, town, "director", None)
    walker.go(f"/staff/lessons?state=read&lang={language}")
    walker.leave_by(walker.page.locator("main table th a"))
    shoot_screen(walker, folder / f"lessons-read-{language}.png")
    walker.go(f"/staff/lessons?state=published&lang={language}")
    walker.leave_by(walker.page.locator("main table th a").last)
    walker.leave_by(walker.page.locator("main a[href*='/sweep']"))
    shoot_screen(walker, folder / f"lessons-sweep-{language}.png")
    walker.close()


def own_guide(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take what a unit with an account works with on a phone: what is due, an item, a hazard."""
    walker = Walker(browser, town.address, language=language, width=390)
    page = walker.page
    take_seat(walker, value(town, UNIT_SEAT, email="own2@demo.example"))
    walker.go(f"/unit/own?lang={language}")
    shoot_screen(walker, folder / f"own-due-{language}.png")
    walker.go(f"/unit/own/hazards?lang={language}")
    walker.leave_by(page.locator("main table th a"))
    shoot_screen(walker, folder / f"own-hazard-{language}.png")
    walker.go(f"/unit/own/duties/full?lang={language}")
    walker.leave_by(page.locator("main form.portal-form button.govuk-button"))
    check = page.url.split("?")[0]
    walker.leave_by(page.locator("main ol a"))
    page.locator("main input[name=result][value=fail]").check(force=True)
    shoot_screen(walker, folder / f"own-item-{language}.png")
    page.goto(f"{check}?lang={language}")
    walker.follow(page.locator("main a[href*='/unit/own/inspecting']").inner_text())
    page.locator("[data-kept-done]").wait_for()
    page.locator("[data-kept-items] a").first.wait_for()
    shoot_screen(walker, folder / f"own-offline-{language}.png", "[data-kept-one]")
    walker.close()


GUIDES = (
    *(unit_guide, own_guide, desk_guide, inspector_guide, director_guide, lessons_guide),
    *(treasurer_guide, administrator_guide),
)


def every_page(browser: Browser, town: Town, folder: Path, language: str) -> None:
    """Take every page that the walk reaches, at both widths."""
    taken: Counter[str] = Counter()
    place = folder / language
    place.mkdir(parents=True, exist_ok=True)

    def shoot(explorer: Explorer, name: str) -> None:
        taken[name] += 1
        if taken[name] > (OF_MANY if name in MANY else 1):
            return
        page = explorer.walker.page
        stem = f"{name.replace(':', '-').replace('/', '-')}-{taken[name]}-{explorer.who}"
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(50)  # charts draw anew
            page.screenshot(path=place / f"{stem}-{width}.png", full_page=True)

    walkers: list[Walker] = []

    def make(**how: object) -> Walker:
        walkers.append(Walker(browser, town.address, **how))
        return walkers[-1]

    how = {"language": language, "script": True, "width": WIDTHS[-1]}
    walk_everywhere(ledger_of(town, shoot), make, town, **how)
    for walker in walkers:
        walker.close()
    print(f"{language}: {len(taken)} kinds of pages in {place}")


def main() -> int:
    """Make a city, take the pictures, throw the city away."""
    parser = argparse.ArgumentParser(prog="script/pictures", description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="every page, into this folder")
    parser.add_argument("--language", choices=("zh", "en"), action="append", help="with --all")
    parser.add_argument("--cases", type=int, default=200, help="how many the city has")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="portal-pictures-") as made,
        migrated_server("pictures") as server,
        lived_town(server, (folder := Path(made)) / "lived", cases=given.cases) as lived,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=machine.browser())
        # A city for each walk: the one before would have signed and dispatched what it needs.
        for language in (given.language or ["zh", "en"]) if given.all else [""]:
            with demo_town(server, folder / f"town {language}", lived) as town:
                town.run_jobs()
                if given.all:
                    every_page(browser, town, given.all, language)
                else:
                    readme(browser, town, ROOT / "docs" / "pictures")
                    guide(browser, town, ROOT / "docs" / "guide" / "pictures")
                    lead_guide(browser, town, ROOT / "docs" / "guide" / "pictures")
                    for language in WORDS:
                        for one in GUIDES:
                            one(browser, town, ROOT / "docs" / "guide" / "pictures", language)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
