// Sections are sent open. On narrow screens those that start below the first screen are closed,
// but for one that the address points to or that holds an error.
export function fold(details) {
  if (!window.matchMedia('(max-width: 640px)').matches) return;
  const target = window.location.hash.slice(1);
  if (target && (details.id === target || details.querySelector(`#${CSS.escape(target)}`))) return;
  if (details.querySelector('.govuk-error-message')) return;
  if (details.getBoundingClientRect().top + window.scrollY > window.innerHeight) details.open = false;
}
