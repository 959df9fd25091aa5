// One short line about what just happened or went wrong, gone after a while.

import { byId, el, icon } from "./dom.js";

const SHOWN_MS = 7000;
const MOST = 3;

/** Show `text`; tone is "info" or "error". Errors interrupt a screen reader, the rest waits its turn. */
export function tell(text, tone = "info") {
  const place = byId(tone === "error" ? "errors" : "toasts");
  const toast = el("div", { class: `toast ${tone}` }, el("span", {}, text));
  const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close this note" }, icon("close"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  place.append(toast);
  while (place.children.length > MOST) place.firstElementChild.remove();
  setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Run what a control does; a failure becomes an error toast. Returns whether it worked. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    tell(error.message, "error");
    return false;
  }
}
