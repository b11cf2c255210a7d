// What handles photos weighs as much as the page itself: it is fetched when somebody turns to the field,
// and never for those who send none. Until it is there the field is the plain one.
const TURNS = ['focusin', 'pointerover', 'touchstart', 'dragenter', 'change'];

export function photosDoor(box) {
  const address = box.dataset.script;
  const rule = { createScriptURL: (text) => (text === address ? text : null) };
  const own = self.trustedTypes ? self.trustedTypes.createPolicy('portal-photos', rule) : rule;
  let isAsked = false;
  const fetchIt = () => {
    if (isAsked) return;
    isAsked = true;
    const script = document.createElement('script');
    script.type = 'module';
    script.src = own.createScriptURL(address);
    document.head.appendChild(script);
  };
  TURNS.forEach((kind) => box.addEventListener(kind, fetchIt, { passive: true }));
}
