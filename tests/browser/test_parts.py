"""All parts in a real browser under the real policy: rules of accessibility, widths, scripts."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.support.keyboard import faults_by_keyboard
from tests.support.pages import violations_on
from tests.support.parts_app import ERRORS, parts_app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, parts_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page on which any complaint of the browser, a broken policy above all, is a failure."""
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None,
    )
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_among_all_parts(page, address, language, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/?lang={language}")
    page.wait_for_selector("#km svg")
    assert violations_on(page) == []


@pytest.mark.parametrize("path", ["/keys", "/map", "/draft", *(f"/errors/{n}" for n in ERRORS)])
def test_axe_finds_nothing_on_the_small_pages(page, address, path):
    page.goto(address + path)
    assert violations_on(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_needs_sideways_scrolling_on_the_narrowest_phone(page, address, language):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{address}/?lang={language}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_the_focus_shows_where_the_system_chooses_the_colours(page, address):
    page.emulate_media(forced_colors="active")
    page.goto(address)
    assert [one for one in faults_by_keyboard(page) if "does not show" in one] == []


def test_all_parts_are_there_without_scripts(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#km table").is_visible()
    assert page.locator(".portal-panel__fold .portal-dl").is_visible()
    assert page.locator(".portal-script:visible").count() == 0
    context.close()


def test_one_key_decides_once_even_when_held_down(page, address):
    page.goto(f"{address}/keys")
    before = int(page.locator("#decided").inner_text())
    page.evaluate("""() => { for (let i = 0; i < 30; i += 1) document.body.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'a', bubbles: true, repeat: i > 0})) }""")
    page.wait_for_function(
        f"() => document.querySelector('#decided')?.textContent === '{before + 1}'"
    )
    page.evaluate("""() => document.body.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'a', bubbles: true, repeat: true}))""")
    page.reload()
    assert int(page.locator("#decided").inner_text()) == before + 1


def test_two_quick_presses_before_the_next_page_decide_once(page, address):
    page.goto(f"{address}/keys")
    presses = page.evaluate("""() => {
      let clicks = 0;
      document.querySelector('[data-key=a]').addEventListener('click', (event) => {
        clicks += 1;
        event.preventDefault();  // the next page takes its time
      });
      for (let i = 0; i < 5; i += 1) {
        document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', bubbles: true}));
      }
      return clicks;
    }""")
    assert presses == 1


def test_keys_do_nothing_in_a_field_with_a_modifier_or_when_turned_off(page, address):
    page.goto(f"{address}/keys")
    before = page.locator("#decided").inner_text()
    page.locator("#portal-search").focus()
    page.keyboard.type("an")
    page.locator("h1").click()
    for chord in ("Control+Alt+a", "Alt+n", "Meta+a"):
        page.keyboard.press(chord)
    page.goto(f"{address}/keys?off=1")
    page.keyboard.press("a")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert page.url == f"{address}/keys?off=1"
    page.goto(f"{address}/keys")
    assert page.locator("#decided").inner_text() == before


def test_keys_search_walk_select_follow_and_list(page, address):
    page.goto(f"{address}/keys")
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "portal-search"
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement.textContent") == "2026-0002"
    page.keyboard.press("x")
    assert page.locator("[data-bulk-count]").inner_text() == "已选 1 件"
    assert page.locator("tr.is-on").count() == 1
    page.keyboard.press("?")
    assert page.locator("#portal-keys").is_visible()
    assert "Accept" in page.locator("#portal-keys").inner_text()
    page.keyboard.press("a")  # Keys rest while the list is open.
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/errors/403")


def test_presence_shows_words_and_never_markup(page, address):
    page.goto(f"{address}/keys")
    page.wait_for_function("() => document.querySelector('.portal-presence').textContent !== ''")
    assert page.locator(".portal-presence").inner_text() == "<b>Shen</b> has this open too."


def test_the_pin_goes_by_keys_and_tells_its_place(page, address):
    page.goto(f"{address}/map")
    canvas = page.locator(".portal-map__canvas")
    page.wait_for_selector(".portal-map__area")
    canvas.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_selector(".portal-map__pin")
    first = float(page.locator("#lon").input_value())
    page.keyboard.press("ArrowRight")
    second = float(page.locator("#lon").input_value())
    assert 9 < (second - first) * 111320 * 0.851 < 11  # metres at 31.7° north
    assert page.locator("#area").input_value() == "west"
    assert "<b>West</b>" in page.locator("[data-map-status]").inner_text()
    page.locator("[data-map-clear]").click()
    assert page.locator("#lon").input_value() == ""


def test_a_click_on_the_map_chooses_the_district(page, address):
    page.goto(f"{address}/map")
    page.wait_for_selector(".portal-map__area")
    box = page.locator(".portal-map__area").nth(1).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    page.wait_for_selector(".portal-map__pin")
    assert page.locator("#area").input_value() == "east"


def test_what_is_typed_is_saved_and_said(page, address):
    page.goto(f"{address}/draft")
    page.locator("#what").fill("漏气")
    page.wait_for_function(
        "() => document.querySelector('[data-draft-status]').textContent.startsWith('Saved ')"
    )
    assert page.request.get(f"{address}/saved").json()[-1] == "漏气"


def test_the_code_is_copied_by_one_tap(chromium, address):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/draft")
    page.locator("[data-module=portal-copy]").click()
    page.wait_for_function("() => document.querySelector('#portal-code-status').textContent")
    assert page.evaluate("() => navigator.clipboard.readText()") == "4831 0927 5566 2140"
    context.close()


def test_english_is_set_in_a_latin_font_first(page, address):
    """Else its dashes and quotes come from the Chinese font and take a full square."""
    page.goto(f"{address}/?lang=en")
    page.wait_for_selector("#km svg")
    other = page.evaluate(
        """() => {
          const of = (one) => getComputedStyle(one).fontFamily;
          const root = document.documentElement;
          const code = getComputedStyle(root).getPropertyValue('--portal-font-code').trim();
          return [...document.querySelectorAll('body *')].filter((one) =>
            [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim())
            && !one.closest('[lang^=zh], svg, code, samp, kbd, .portal-hash')
            && of(one) !== of(root) && of(one) !== code)
            .map((one) => one.outerHTML.slice(0, 90));
        }"""
    )
    assert other == []


def test_quick_leave_puts_the_other_page_in_this_ones_place(page, address):
    page.goto(f"{address}/errors/403")
    page.goto(f"{address}/draft")
    page.locator("[data-module=portal-leave]").click()
    page.wait_for_url("**/errors/404")
    page.go_back()
    assert page.url == f"{address}/errors/403"


def test_paper_shows_what_is_folded(page, address):
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(address)
    folded = page.locator("details.portal-panel__fold").first
    assert folded.get_attribute("open") is None
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert folded.get_attribute("open") is not None
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert folded.get_attribute("open") is None
