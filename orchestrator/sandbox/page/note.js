// The line above the composer that says what is wrong with what was typed.

import { byId, el } from "./dom.js";

/** Show `text` ("" takes the line away). `meant` is a command that was perhaps meant: `take(meant)` on its button. */
export function note(text, meant = null, take = null) {
  const place = byId("composer-note");
  place.replaceChildren(text);
  if (meant) {
    const use = el("button", { type: "button", class: "button secondary small" }, `Use /${meant.path}`);
    use.addEventListener("click", () => take(meant));
    place.append(use);
  }
  place.hidden = !text;
}
