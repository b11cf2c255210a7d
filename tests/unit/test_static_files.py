"""What script/build_static.py makes of the theme: names, weight, age of the language."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest
from PIL import Image

from portal.web.assets import IMMUTABLE, STATIC, manifest
from script.build_static import COMPRESSED, with_margins
from script.icons import ICONS

ROOT = Path(__file__).resolve().parents[2]
LITERAL = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b", re.I)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return dict(manifest())


def built(files: dict[str, str], name: str) -> str:
    return (STATIC / files[name]).read_text()


def test_each_name_carries_the_hash_of_its_content_and_has_both_twins(files):
    import hashlib

    assert {"portal.css", "public.js", "staff.js", "photos.js", "map.js", "map.css"} <= set(files)
    for hashed in files.values():
        data = (STATIC / hashed).read_bytes()
        assert re.match(IMMUTABLE, hashed)
        assert hashlib.sha256(data).hexdigest()[:12] in hashed
        if Path(hashed).suffix in COMPRESSED:
            assert brotli.decompress((STATIC / f"{hashed}.br").read_bytes()) == data
            assert gzip.decompress((STATIC / f"{hashed}.gz").read_bytes()) == data


def test_the_icons_are_the_drawing_as_pictures(files):
    """Brand where the shield is, white where its glass and the paper are; room for a round mask."""
    for name, (side, share) in ICONS.items():
        with Image.open(STATIC / files[name]) as picture:
            assert picture.size == (side, side)
            seen = [picture.getpixel(spot(side, share, *point)) for point in ON_AND_BESIDE]
        assert seen == [(0x0F, 0x4C, 0x4F)] * 3 + [(255, 255, 255)] * 4


#: Three points of the shield; its glass, its handle, and two beside it.
ON_AND_BESIDE = ((16, 3), (15, 15.5), (16, 30), (9, 15.5), (22, 22.5), (3, 30), (0, 0))


def spot(side, share, x, y):
    """Where a point of the drawing, 32 wide and 36 high, lies on an icon."""
    scale = side * share / 36
    return round(side / 2 + (x - 16) * scale), round(side / 2 + (y - 18) * scale)


def test_nothing_of_another_government_is_in_the_style_sheet(files):
    css = built(files, "portal.css") + built(files, "map.css")
    for word in ("crown", "gov.uk", "gds transport", "crest", "logotype", "@font-face", "url(http"):
        assert word not in css.lower(), word


def test_the_style_sheet_shows_no_green_button_and_no_yellow_of_govuks(files):
    """Their colours would come back with a component that nobody dressed."""
    css = built(files, "portal.css").lower()
    for colour in ("#00703c", "#0f7a52", "#005a30", "#ffdd00"):
        assert colour not in css, colour


def test_nothing_moves(files):
    """Neither for who wants it still nor for anybody: no page needs it (WCAG 2.2.2, 2.3.3)."""
    motion = re.findall(
        r"\b(?:transition|animation)[a-z-]*:\s*([^;}]+)", built(files, "portal.css")
    )
    assert set(motion) == {"none !important"}


def test_the_settings_of_the_theme_are_the_tokens():
    scss = (ROOT / "portal/assets/scss/portal.scss").read_text()
    named = colours_by_token()
    colours = dict(
        re.findall(r"([a-z-]+): (#[0-9a-f]{6})", scss[scss.index("functional-colours") :])
    )
    same = {
        "brand": "brand", "text": "ink", "secondary-text": "ink-2", "template-background": "mist",
        "body-background": "paper", "border": "line", "link": "link", "link-hover": "link-hover",
        "link-visited": "link-visited", "error": "bad", "success": "ok", "focus": "focus",
        "focus-text": "focus-ink", "surface-border": "brand-line", "surface-background": "mist",
        "surface-text": "ink", "link-active": "ink", "hover": "line", "input-border": "ink",
    }  # fmt: skip
    assert {name: named[token] for name, token in same.items()} == colours
    assert f"$govuk-button-background-colour: {named['brand']}" in scss
    assert set(LITERAL.findall(scss.lower())) <= set(named.values())


def test_parts_take_their_colours_from_the_tokens():
    for path in (ROOT / "portal/assets/scss/parts").glob("_*.scss"):
        found = set(LITERAL.findall(path.read_text().lower()))
        # On paper only black is sure.
        assert found <= ({"#000"} if path.stem == "_print" else set()), path.name


def colours_by_token() -> dict[str, str]:
    """Return the first value of each token: on paper some are white."""
    css = (ROOT / "portal/assets/scss/tokens.css").read_text().lower()
    found = re.findall(r"--portal-([a-z0-9-]+):\s*(#[0-9a-f]{6})", css)
    return dict(reversed(found))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "link", "link-visited", "link-hover", "bad", "ok",
      "warn", "info") for ground in ("paper", "mist", "brand-soft")),
    *((f"{tone}", f"{tone}-soft") for tone in ("ok", "warn", "bad", "info", "rest")),
    *((f"risk-{c}-ink", f"risk-{c}") for c in ("red", "orange", "yellow", "blue")),
    *(("paper", ground) for ground in ("brand", "brand-deep", "bad", "ok", "ink")),
    ("ink", "focus"), ("ink", "warn-soft"), ("ink-2", "warn-soft"), ("ink-2", "rest-soft"),
    ("ink", "ok-soft"), ("ink", "bad-soft"), ("ink", "info-soft"),
    *((f"chart-{n}", "paper") for n in range(1, 6)),
]  # fmt: skip
EDGES = [
    *((edge, "paper") for edge in ("line-strong", "chart-rest", "chart-limit", "brand")),
    ("line-strong", "mist"), ("focus-ink", "focus"),
]  # fmt: skip


@pytest.mark.parametrize(("ink", "ground"), TEXT, ids="-on-".join)
def test_text_can_be_read(ink, ground):
    named = colours_by_token()
    assert contrast(named[ink], named[ground]) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), EDGES, ids="-on-".join)
def test_edges_and_marks_can_be_seen(edge, ground):
    named = colours_by_token()
    assert contrast(named[edge], named[ground]) >= 3


def said_by(*command: str | Path) -> tuple[int, str]:
    """Run a program of Node's; return its code and what it said."""
    node = [shutil.which("node") or "node", *command]
    done = subprocess.run(node, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


#: Younger built-ins that a library asks for before it uses them.
ASKED_FOR = {
    "StringMatchAll": "no string's: a worker asks for its pages by this name (worker.js)",
    "globalThis": "Leaflet takes it or `self` (map.js)",
    "Uint8ArrayFromBase64": "js-base64 looks whether it is there (photos.js)",
}


def test_scripts_are_written_in_the_language_of_2018(files):
    """Chrome 70 and Safari 12: neither younger syntax nor younger built-ins."""
    scripts = [str(STATIC / name) for name in files.values() if name.endswith(".js")]
    check = ["node_modules/es-check/lib/cli/index.js", "es2018", "--module", "--checkFeatures"]
    code, words = said_by(*check, f"--ignore={','.join(ASKED_FOR)}", *scripts)
    assert code == 0, words[-2000:]


#: What the two browsers don't know, or not wholly, and what becomes of it there.
YOUNGER_STYLES = {
    "css-appearance": "both know it with -webkit-, which stands beside it",
    "css-boxdecorationbreak": "with -webkit-; else the focus over two lines has open ends",
    "css-clip-path": "polygon() is known; what is only read aloud is cut by `clip` too",
    "css-color-adjust": "with -webkit-; on paper a mark may lose its ground, its word stays",
    "css-focus-visible": "the browser's own outline is left, govuk's parts have :focus",
    "css-gradients": "they know it; what is partly known is the double stop of sealed files' hatch",
    "css-has": "one rule of govuk's for a page that we don't have",
    "css-masks": "clip-path under its other name, see there",
    "css-matches-pseudo": "the focus rule around :where, see css-focus-visible",
    "css-math-functions": "govuk asks @supports, or it is the thickness of an underline",
    "css-mixblendmode": "seams between Leaflet's tiles in a browser that fades them",
    "css-not-sel-list": "the rule of css-has",
    "css-overflow": "clip alone is younger, and not used",
    "css-resize": "a text field that can't be drawn larger scrolls",
    "css-scroll-behavior": "only switched off, for reduced motion",
    "css-selection": "the blue of a tile that was selected",
    "css-sticky": "heads of tables stay where they are",
    "css-text-indent": "each-line and hanging alone are younger, and not used",
    "css-touch-action": "Leaflet and the covers hold back scrolling by script too",
    "css3-cursors": "a cursor on a phone",
    "css3-cursors-grab": "a cursor on a phone",
    "flexbox-gap": "margins in its place are added when building, see the next test",
    "flow-root": "a remark beside a title on wide screens stands below it",
    "intrinsic-width": "fit-content: with -webkit- beside it, or the full width",
    "multicolumn": "breaks on paper",
    "pointer": "touch-action under its other name, see there",
    "prefers-reduced-motion": "nothing moves by itself anyway",
    "text-decoration": "the thickness of an underline",
    "text-size-adjust": "a desktop never adjusts",
}


def test_styles_are_known_to_the_oldest_browsers_or_nothing_is_lost(files):
    sheets = [STATIC / name for name in files.values() if name.endswith(".css")]
    code, words = said_by("script/checks/styles.js", *sheets)
    assert code == 0, words
    found = json.loads(words)
    assert set(found) - set(YOUNGER_STYLES) == set(), found
    assert set(YOUNGER_STYLES) - set(found) == set()  # a reason without a finding is old


def test_gaps_between_flex_items_have_margins_for_browsers_that_know_none(files):
    sheet = (
        ".a,.b:not(.c,.d){display:flex;gap:8px}.grid{display:grid;gap:9px}"
        "@media print{.e{display:inline-flex;flex-wrap:wrap;gap:2px var(--x)}.a{gap:1px}}"
        ".f{flex-direction:column;display:flex;gap:calc(1px + 2px)}"
    )
    old, margins = with_margins(sheet).split("@supports not (inset:0)")
    assert old == sheet
    assert margins == (
        "{.a>:not(:last-child){margin-right:8px}.b:not(.c,.d)>:not(:last-child){margin-right:8px}"
        "@media print{.e>:not(:last-child){margin-right:var(--x)}.e>*{margin-bottom:2px}}"
        "@media print{.a>:not(:last-child){margin-right:1px}}"
        ".f>:not(:last-child){margin-bottom:calc(1px + 2px)}}"
    )
    assert ".portal-nav ul>:not(:last-child){margin-right:" in built(files, "portal.css")


def test_our_scripts_make_no_html_from_text():
    for path in (ROOT / "portal/assets/js").rglob("*.js"):
        source = path.read_text()
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in source, (path.name, word)


def test_the_first_page_weighs_at_most_60_kb(files):
    from tests.support.parts_app import parts_app

    page = parts_app().test_client().get("/errors/404").data
    parts = [
        (STATIC / f"{files[n]}.br").stat().st_size for n in ("portal.css", "public.js", "enable.js")
    ]
    assert (
        len(brotli.compress(page)) + sum(parts) <= 60_000 - 12_000
    )  # room for the page's own words


def test_the_lock_names_no_private_place_and_every_package_has_its_hash():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        if name:
            assert entry["integrity"].startswith("sha512-"), name
            assert entry.get("resolved", "https://registry.npmjs.org/").startswith(
                "https://registry.npmjs.org/"
            ), name


def test_direct_packages_are_pinned_exactly():
    package = json.loads((ROOT / "package.json").read_text())
    for version in {**package["dependencies"], **package["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
