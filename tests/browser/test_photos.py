"""Photos on an old phone: made smaller, sent in parts over a bad line, cut, taken back, refused."""

import io
import re
from base64 import b64decode
from hashlib import sha256
from secrets import token_bytes

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from sqlalchemy import select

from portal.attachments.models import Attachment
from portal.filing.views.drafts import draft_of, files_of
from portal.foundation import clock
from portal.foundation import secrets as keys
from portal.foundation.db import db
from portal.reports.lifecycle import receipt_code
from tests.support.city import PLACE, TEXT
from tests.support.everybody import WORDS

#: The four corners of `picture` as it stands upright, by the turn that its camera noted.
RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 30), (30, 30, 200), (220, 210, 30)
NOISE = Image.effect_noise((500, 375), 80)


def picture(width, height, turn=1):
    """A photo with a colour in each corner: red, green; blue, yellow; as the camera held it."""
    image = NOISE.resize((width, height), Image.Resampling.BILINEAR).convert("RGB")
    draw = ImageDraw.Draw(image)
    wide, high = width // 5, height // 5
    for left, top, colour in (
        (0, 0, RED),
        (width - wide, 0, GREEN),
        (0, height - high, BLUE),
        (width - wide, height - high, YELLOW),
    ):
        draw.rectangle((left, top, left + wide, top + high), fill=colour)
    exif = image.getexif()
    exif[0x0112] = turn
    held = io.BytesIO()
    image.save(held, "JPEG", quality=92, exif=exif)
    return held.getvalue()


def chosen(data, name="IMG_我家.jpg", kind="image/jpeg"):
    return {"name": name, "mimeType": kind, "buffer": data}


#: Keeps what was drawn last, so that what arrives can be compared with it.
WATCH = """
const own = HTMLCanvasElement.prototype.toBlob;
HTMLCanvasElement.prototype.toBlob = function (use, ...how) {
  own.call(this, (blob) => {
    const reader = new FileReader();
    reader.onload = () => { window.drawn = reader.result.split(',')[1]; use(blob); };
    reader.readAsDataURL(blob);
  }, ...how);
};
"""


#: Takes away what Chrome 70 or Safari 12 does not have and somebody might lean on.
OLD = """
for (const [holder, ...names] of [
  [window, 'PointerEvent', 'ResizeObserver', 'queueMicrotask', 'structuredClone', 'WeakRef',
    'createImageBitmap', 'OffscreenCanvas', 'DataTransfer', 'requestIdleCallback'],
  [Array.prototype, 'flat', 'flatMap', 'at', 'findLast'],
  [String.prototype, 'matchAll', 'replaceAll', 'at', 'trimStart'],
  [Object, 'fromEntries', 'hasOwn'],
  [Promise, 'allSettled', 'any'],
  [Blob.prototype, 'arrayBuffer', 'text', 'stream'],
  [Element.prototype, 'replaceChildren'],
  [HTMLFormElement.prototype, 'requestSubmit'],
  [HTMLImageElement.prototype, 'decode'],
  [Crypto.prototype, 'randomUUID'],
  [Navigator.prototype, 'clipboard', 'connection'],
]) for (const name of names) delete holder[name];
"""


class Reporter:
    """Somebody on the page with photos."""

    def __init__(self, walker, app, language="zh", before=None, **how):
        self.app, self.language = app, language
        self.walker = walker(language=language, **how)
        self.page = self.walker.page
        if before:
            self.page.add_init_script(before)
        start, onward, *_rest = WORDS[language]
        self.walker.go("/").follow(start).fill("text", TEXT).fill("place", PLACE).press(onward)
        self.line = self.walker.context.new_cdp_session(self.page)

    def choose(self, *files):
        self.page.set_input_files("input[name=photos]", list(files))

    def row(self, number=0, state=None):
        rows = self.page.locator("[data-photos=list] > li")
        if state:
            expect(rows.nth(number)).to_have_attribute("data-state", state)
        return rows.nth(number)

    def throttle(self, bytes_each_second, *, offline=False):
        speed = {"downloadThroughput": bytes_each_second, "uploadThroughput": bytes_each_second}
        how = {"offline": offline, "latency": 20, **speed}
        self.line.send("Network.emulateNetworkConditions", how)

    def percent(self, number=0):
        return self.row(number).locator("progress").evaluate("(bar) => bar.value")

    def until(self, percent, number=0):
        """Wait until more percent of a photo have arrived than this."""
        bar = f"document.querySelectorAll('progress')[{number}]"
        self.page.wait_for_function(f"() => {bar}.value > {percent}")

    def kept(self):
        """The files that the portal holds under this form's nonce."""
        nonce = self.page.locator("input[name=nonce]").first.get_attribute("value")
        with self.app.app_context():
            files = files_of(draft_of(bytes.fromhex(nonce)))
            db.session.remove()
        return files

    def onward(self):
        self.walker.press(WORDS[self.language][2])


def test_a_photo_arrives_once_over_a_line_of_20_kb_that_breaks(walker, app, city):
    reporter = Reporter(walker, app, before=WATCH, width=390)
    page = reporter.page
    photo = picture(4000, 3000, turn=6)
    reporter.choose(chosen(photo))
    expect(reporter.row(state="ready")).to_contain_text("已缩小")
    drawn = b64decode(page.evaluate("() => window.drawn"))
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.size == (1920, 2560)
        corners = [image.getpixel((x, y)) for y in (40, 2520) for x in (40, 1880)]
    for seen, meant in zip(corners, (BLUE, RED, YELLOW, GREEN), strict=True):
        assert all(abs(one - other) < 30 for one, other in zip(seen, meant, strict=True))
    reporter.throttle(20_000)
    reporter.walker.tap("现在发送这些文件")
    reporter.until(0)
    first = reporter.percent()
    assert first < 40
    reporter.until(first)  # real progress at 20 kB/s
    reporter.throttle(1_000_000)
    reporter.until(40)
    reporter.throttle(0, offline=True)
    expect(reporter.row(state="broken")).to_contain_text("断网了")
    assert reporter.walker.violations() == []
    assert not reporter.walker.is_too_wide()
    reporter.throttle(150_000)  # it goes on by itself
    reporter.row(state="sending")
    reporter.until(60)
    page.reload()
    expect(page.locator("li[data-key]")).to_be_visible()
    reporter.throttle(4_000_000)
    with page.expect_response(lambda answer: answer.request.method == "HEAD") as begun:
        reporter.choose(chosen(photo))
        reporter.row(state="ready")
        reporter.walker.tap("现在发送这些文件")
    assert int(begun.value.headers["upload-offset"]) > 200_000  # from where it was
    reporter.row(state="clean")
    assert page.locator("[data-photos=list] > li, form ul.govuk-list > li").count() == 1
    (file,) = reporter.kept()
    assert file.original_sha256 == sha256(drawn).hexdigest()
    assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_each_file_has_its_own_end_and_going_on_waits_for_the_rest(walker, app, city):
    reporter = Reporter(walker, app, "en", width=1280)
    page = reporter.page
    small = picture(400, 300)
    reporter.throttle(150_000)
    reporter.choose(
        chosen(b"", "empty.jpg"),
        chosen(picture(3000, 2000), "taken back.jpg"),
        chosen(small, "kept.jpg"),
        chosen(small[:-2] + b"!!", "left at home.jpg"),
    )
    reporter.row(3, "ready").get_by_role("button", name="Remove").click()
    expect(page.locator("[data-photos=list] > li")).to_have_count(3)
    expect(page.get_by_role("button", name="Remove 3. kept.jpg")).to_be_focused()
    page.get_by_role("button", name="Continue to check").click()
    expect(page.locator("[data-photos=wait]")).to_contain_text("Still on their way: ")
    expect(reporter.row(0, "refused")).to_contain_text("The file is empty")
    reporter.until(10, 1)
    reporter.row(1, "sending").get_by_role("button", name="Cancel").click()
    # Somebody reads why one was refused; then they press again.
    expect(reporter.row(1, "clean")).to_contain_text("We removed place")
    expect(page.locator("[data-photos=wait]")).to_be_hidden()
    assert reporter.walker.violations() == []
    reporter.onward()
    assert [file.original_sha256 for file in reporter.kept()] == [sha256(small).hexdigest()]
    assert "1 file" in reporter.walker.text


LIES = """
const own = CanvasRenderingContext2D.prototype.getImageData;
CanvasRenderingContext2D.prototype.getImageData = function (...where) {
  const seen = own.apply(this, where);
  seen.data.fill(255);
  return seen;
};
"""
SPOILT = {
    "no script": ("", "**/static/photos*"),
    "a script that throws": ("Array.from = () => { throw new Error('spoilt'); };", None),
    "a canvas that lies": (LIES, None),
    "no memory to draw": ("HTMLCanvasElement.prototype.toBlob = (use) => use(null);", None),
    "nobody who takes parts": ("", "**/report/files"),
    "nobody who takes parts, long ago": (OLD, "**/report/files"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_where_a_script_fails_the_plain_form_is_left_and_nothing_is_lost(walker, app, city, spoilt):
    before, lacking = SPOILT[spoilt]
    reporter = Reporter(walker, app, before=before, width=390)
    if lacking:
        reporter.page.route(lacking, lambda route: route.fulfill(status=404))
        reporter.page.reload()
    photo = picture(2700, 200)
    reporter.choose(chosen(photo), chosen(b"not a picture", "说明.heic", "image/heic"))
    if spoilt in ("a canvas that lies", "no memory to draw"):
        reporter.row(1, "ready")
    assert reporter.page.get_by_text("您的浏览器不让本页改动照片").is_visible() == (
        "lies" in spoilt
    )
    reporter.onward()
    expect(reporter.page).to_have_url(re.compile("/report/check"))
    kept = {file.original_sha256 for file in reporter.kept()}
    assert sha256(b"not a picture").hexdigest() in kept
    # Where it could be drawn it is smaller than it was chosen.
    assert (sha256(photo).hexdigest() in kept) == (spoilt != "nobody who takes parts")
    assert len(kept) == 2
    reporter.walker.complaints[:] = [c for c in reporter.walker.complaints if "spoilt" not in c]


def drawn_by(page):
    """What the page drew last, and the picture in it."""
    data = b64decode(page.evaluate("() => window.drawn"))
    return data, Image.open(io.BytesIO(data)).convert("RGB")


def has_colour(image, colour):
    """Whether anything in a picture is near a colour, in a small copy that keeps areas."""
    near = (
        all(abs(one - other) < 60 for one, other in zip(seen, colour, strict=True))
        for _count, seen in image.resize((80, 60)).getcolors(4800)
    )
    return any(near)


def test_what_is_covered_never_leaves_the_phone(walker, app, city):
    """On a browser of 2018, a photo that is made smaller; going on is held up until it is done."""
    reporter = Reporter(walker, app, before=OLD + WATCH, width=390)
    page, sent = reporter.page, []
    page.on("request", lambda one: sent.append(one.url) if "/report/files" in one.url else None)
    reporter.choose(chosen(picture(3000, 2250)))
    reporter.row(0, "ready").get_by_role("button", name="遮盖").click()
    stage = page.locator("[data-cover=stage]")
    page.get_by_role("button", name="继续，去核对").click()
    expect(page.locator("[data-cover=title]")).to_be_focused()

    def draw(*corners):
        stage.scroll_into_view_if_needed()
        frame = stage.bounding_box()
        (left, top), (right, bottom) = (
            (frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in corners
        )
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(right, bottom, steps=3)
        page.mouse.up()

    draw((0.3, 0.3), (0.6, 0.6))
    reporter.walker.tap("撤销")
    draw((0.0, 0.0), (0.25, 0.25))
    expect(stage.locator("button")).to_have_count(1)
    assert reporter.walker.violations() == []
    assert not reporter.walker.is_too_wide()
    small = page.locator(".portal-cover .portal-btn").evaluate_all(
        "all => all.filter((one) => one.offsetHeight < 44 || one.offsetWidth < 44).length"
    )
    assert small == 0
    assert sent == []  # nothing has left the phone
    reporter.walker.tap("完成遮盖")
    expect(reporter.row(0, "ready")).to_contain_text("已盖住 1 处")
    data, image = drawn_by(page)
    assert image.size == (2560, 1920)
    assert max(image.getpixel((x, y))[0] for x in (5, 300, 500) for y in (5, 200, 370)) < 10
    assert not has_colour(image, RED)
    assert has_colour(image, GREEN)
    reporter.onward()
    (file,) = reporter.kept()
    assert file.original_sha256 == sha256(data).hexdigest()  # the portal never saw another


def test_a_cover_is_made_by_keys_alone(walker, app, city):
    reporter = Reporter(walker, app, "en", before=WATCH, width=1280)
    page = reporter.page
    reporter.choose(chosen(picture(800, 600)))
    reporter.row(0, "ready").get_by_role("button", name="Cover parts").press("Enter")
    expect(page.locator("[data-cover=title]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add a cover")).to_be_focused()
    page.keyboard.press("Enter")
    cover = page.locator(".portal-cover__box")
    expect(cover).to_be_focused()
    for key, times in (("ArrowRight", 25), ("ArrowDown", 25), ("Shift+ArrowLeft", 1)):
        for _time in range(times):
            page.keyboard.press(key)
    expect(cover).to_have_attribute(
        "aria-label", "Cover 1: 14 percent wide, 16 high, 84 from the left, 84 from the top"
    )
    expect(page.locator("[data-cover=status]")).to_contain_text("84 from the left")
    for how in ("Wider", "Taller"):
        for _time in range(6):
            page.get_by_role("button", name=how).press("Enter")
    page.get_by_role("button", name="To the left").press("Enter")
    page.get_by_role("button", name="Undo").press("Enter")
    page.get_by_role("button", name="Done: burn the covers in").press("Enter")
    expect(reporter.row(0, "ready")).to_contain_text("Covered parts: 1")
    expect(reporter.row(0).get_by_role("button", name="Cover parts")).to_be_focused()
    data, image = drawn_by(page)
    assert not has_colour(image, YELLOW)
    assert has_colour(image, BLUE)
    reporter.onward()
    assert [file.original_sha256 for file in reporter.kept()] == [sha256(data).hexdigest()]


@pytest.mark.promise(1)
def test_a_message_brings_photos_by_the_same_way(walker, app, city, session):
    """Behind the code: one taken back on its way, one that the message waits for."""
    nonce = token_bytes(16)
    filed = city.file(nonce=nonce, now=clock.now())
    reader = walker(language="zh", width=390)
    code = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    reader.go("/receipt").fill("code", code).press("查看进度")
    page, small = reader.page, picture(400, 300)
    line = page.context.new_cdp_session(page)
    speed = {"downloadThroughput": 1_000_000, "uploadThroughput": 100_000}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 20, **speed})
    page.set_input_files(
        "input[name=photos]", [chosen(picture(1600, 1200), "不发.jpg"), chosen(small, "要发.jpg")]
    )
    rows = page.locator("[data-photos=list] > li")
    expect(rows.nth(1)).to_have_attribute("data-state", "ready")
    assert reader.violations() == []
    assert not reader.is_too_wide()
    reader.fill("body", "请看照片")
    page.get_by_role("button", name="发送消息", exact=True).click()
    expect(page.locator("[data-photos=wait]")).to_contain_text("还在传：2 个")
    page.wait_for_function("() => document.querySelector('progress').value > 5")
    with page.expect_navigation():  # it is sent by itself once the other one has arrived
        rows.first.get_by_role("button", name="取消").click()
    expect(page.locator("#messages")).to_contain_text("请看照片")
    expect(page.locator("#messages")).to_contain_text("您交了 1 个文件")
    session.rollback()
    (row,) = session.scalars(select(Attachment).where(Attachment.report_id == filed.report_id))
    assert (row.purpose, row.original_sha256) == ("message", sha256(small).hexdigest())
