"""A page gone through by Tab alone: everything is reached, in order, seen, and nothing holds on."""

from collections.abc import Iterator
from typing import Any

#: Pages longer than that are gone through so far: what repeats in a list is alike.
MOST = 150
#: What Tab comes to besides: boxes that scroll, and the first again.
BESIDE = 12

#: Starts at the top and writes down where the focus goes.
START = """() => {
  document.querySelectorAll('header details').forEach((one) => { one.open = false; });
  document.activeElement.blur();
  getSelection().removeAllRanges();
  // Where Tab goes on from is the last place touched: the top, as on a page just opened.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  scrollTo(0, 0);
  window.visited = [];
  window.heard = (event) => window.visited.push(event.target);
  document.addEventListener('focusin', window.heard);
  const all = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const groups = new Set();
  window.expected = [...document.querySelectorAll(all)].filter((one) => {
    if (one.disabled || one.tabIndex < 0 || one.type === 'hidden') return false;
    if (!one.checkVisibility({visibilityProperty: true})) return false;
    if (one.type !== 'radio') return true;
    // Of the radios of one question Tab comes to one; arrow keys go between them.
    const group = `${one.form && one.form.id} ${one.name}`;
    return !groups.has(group) && groups.add(group);
  });
  // Within a date Tab goes from year to month to day to the calendar.
  const dates = window.expected.filter((one) => ['date', 'datetime-local'].includes(one.type));
  return window.expected.length + 4 * dates.length;
}"""

#: What was wrong on the way; then each is focused once more, to see whether it shows.
JUDGE = """(expected) => {
  document.removeEventListener('focusin', window.heard);
  const told = (what, one) => `${what}: ${one.outerHTML.slice(0, 100)}`;
  const faults = [];
  const same = (one) => one.type === 'radio' ? `${one.form && one.form.id} ${one.name}` : one;
  const visited = window.visited;
  const reached = new Set(visited.map(same));
  window.expected.slice(0, expected).forEach((one) => {
    if (!reached.has(same(one))) faults.push(told('Tab does not come to', one));
  });
  visited.slice(1).forEach((one, index) => {
    const before = visited[index];
    const place = before.compareDocumentPosition(one);
    const isAround = one === window.expected[0];  // after the last comes the first again
    if (place & Node.DOCUMENT_POSITION_PRECEDING && !isAround) {
      faults.push(told('Tab goes back to', one));
    }
  });
  const look = (one) => [null, '::before', '::after'].map((part) => {
    const style = getComputedStyle(one, part);
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.backgroundColor,
      style.borderColor, style.borderWidth].join();
  }).join(';');
  const looks = (one) => [one, one.labels && one.labels[0], one.parentElement]
    .filter(Boolean).map(look).join('|');
  for (const one of new Set(visited)) {
    if (!one.isConnected) continue;
    one.blur();
    const plain = looks(one);
    one.focus();
    if (plain === looks(one)) faults.push(told('focus does not show on', one));
    const target = one.matches('[type=checkbox], [type=radio]') && one.labels[0] || one;
    // A link over two lines has a box wider than its words.
    const box = target.getClientRects()[0];
    const inside = box && box.bottom > 0 && box.top < innerHeight && box.right > 0;
    if (!inside) { faults.push(told('focus is out of sight on', one)); continue; }
    // Covered is what is covered whole.
    const is_seen = [0.5, 0.1, 0.9].some((across) => [0.5, 0.1, 0.9].some((down) => {
      const x = Math.min(Math.max(box.left + box.width * across, 1), innerWidth - 1);
      const y = Math.min(Math.max(box.top + box.height * down, 1), innerHeight - 1);
      const top = document.elementFromPoint(x, y);
      return top && (target.contains(top) || top.contains(target) || one.contains(top));
    }));
    if (!is_seen) faults.push(told('focus is covered on', one));
  }
  document.activeElement.blur();
  scrollTo(0, 0);
  return [...new Set(faults)];
}"""


def faults_by_keyboard(page: Any) -> Iterator[str]:
    """Yield what goes wrong when somebody goes through the page by Tab alone (WCAG 2.1.1, 2.1.2,
    2.4.3, 2.4.7, 2.4.11).
    """
    expected = min(page.evaluate(START), MOST)
    presses = expected + BESIDE
    keys = page.context.new_cdp_session(page)
    press = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    for _ in range(presses):
        keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **press})
    keys.detach()
    yield from page.evaluate(JUDGE, expected)
