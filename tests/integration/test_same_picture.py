"""A unit that gives one picture for every task: whoever checks is told."""

import io
import re
from random import Random

from PIL import Image, ImageEnhance, ImageFilter

from portal.cases.services import link_token
from portal.integrations.looks import are_alike, look_of
from tests.support.city import NOON


def picture(seed, *, width=400, quality=90, brighter=1.0):
    """Return a JPEG of blurred blots: another scene for each seed, as a photo has them."""
    chance = Random(seed)  # noqa: S311  invented pictures
    blots = bytes(chance.randrange(256) for _byte in range(16 * 12 * 3))
    grown = Image.frombytes("RGB", (16, 12), blots).resize((width, width * 3 // 4))
    stream = io.BytesIO()
    shown = ImageEnhance.Brightness(grown.filter(ImageFilter.GaussianBlur(3))).enhance(brighter)
    shown.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def test_a_picture_saved_anew_looks_the_same_and_another_does_not():
    first = look_of(picture(1))
    for changed in ({"width": 300}, {"quality": 40}, {"brighter": 0.9}):
        assert are_alike(first, look_of(picture(1, **changed))), changed
    assert not any(are_alike(first, look_of(picture(seed))) for seed in range(2, 30))


def test_a_picture_saved_anew_for_another_task_is_told_to_who_checks(
    app, city, client_for, monkeypatch
):
    for room in ("enterprise.views", "web.site", "web.uploads"):
        monkeypatch.setattr(f"portal.{room}.now", lambda: NOON)
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id, hazards=3))
    address, unit = f"/unit/{link_token(book.id)}", app.test_client()
    given = (picture(1), picture(1, width=320, quality=60), picture(7))
    for item, photo in zip(city.items(filed.case_id), given, strict=True):
        page = unit.get(f"{address}?lang=en").text
        form = page.split(f"/items/{item.id}/done")[1].split("</form>")[0]
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        task = f"task{item.number}"
        sent |= {f"{task}-name": "刘工", f"{task}-post": "安全员"}
        files = {f"{task}-photos": (io.BytesIO(photo), "after.jpg")}
        assert unit.post(f"{address}/items/{item.id}/done", data=sent | files).status_code == 303
    checking = f"/staff/cases/{filed.case_id}/pass_review?lang=en"
    page = client_for(city.supervisor).get(checking).text
    assert page.count("Looks the same as:") == 2
    second = page.split("Task 2")[1].split("Task 3")[0]
    before, after = second.split(">After<")
    assert "No picture was taken where it was found." in before
    assert after.count("<figure>") == 1 and "Unit, task 2, file 1" in after
    assert "Looks the same as: Unit, task 1, file 1" in page
    assert "Looks the same as: Unit, task 2, file 1" in page
