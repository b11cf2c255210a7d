// Starts behaviours on the elements that name them; one that fails leaves its page as it was.

/** @param {Record<string, (element: HTMLElement) => void>} behaviours */
export function start(behaviours) {
  for (const [name, begin] of Object.entries(behaviours)) {
    for (const element of document.querySelectorAll(`[data-module~="${name}"]`)) {
      try {
        begin(element);
      } catch (error) {
        console.error(name, error);
      }
    }
  }
}

/** Fills the places of a sentence that the server wrote: words("Saved {time}", {time: "10:42"}). */
export function words(sentence, values) {
  return Object.entries(values).reduce((text, [key, value]) => text.split(`{${key}}`).join(value), sentence);
}
