// The list above the composer: a listbox steered from whichever input is being typed in.

import { byId, el } from "./dom.js";

let items = [];
let active = -1;
let input = null;
let choose = null;

const node = () => byId("picker");
export const isOpen = () => !node().hidden;
export const hasActive = () => isOpen() && active >= 0;

/**
 * Show `list` ([{label, detail, tag, pick}]) for `forInput` under `heading`. `first` marks the first one as active, so that
 * Enter takes it. An empty list with a `hint` shows the hint alone.
 */
export function show(forInput, { heading, list, hint, first = true }) {
  input = forInput;
  items = list;
  choose = (item) => item.pick();
  active = first && list.length ? 0 : -1;
  const options = list.map((item, index) => el("div", {
    class: "pick", role: "option", id: `pick-${index}`,
    on: {
      mousedown: (event) => event.preventDefault(), // keep the focus where it is
      click: () => choose(item),
      mousemove: () => mark(index),
    },
  },
    el("span", { class: "pick-label" }, item.label),
    item.tag && el("span", { class: "pick-tag" }, item.tag),
    item.detail && el("span", { class: "pick-detail" }, item.detail)));
  byId("picker-heading").textContent = heading ?? "";
  byId("picker-heading").hidden = !heading;
  byId("picker-hint").textContent = hint ?? "";
  byId("picker-hint").hidden = !hint;
  byId("picker-list").replaceChildren(...options);
  byId("picker-list").hidden = !list.length;
  node().hidden = !list.length && !hint;
  input.setAttribute("aria-expanded", String(isOpen() && list.length > 0));
  mark(active);
}

export function hide() {
  node().hidden = true;
  input?.setAttribute("aria-expanded", "false");
  input?.removeAttribute("aria-activedescendant");
  active = -1;
}

function mark(index) {
  active = index;
  [...byId("picker-list").children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  if (index < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", `pick-${index}`);
  return byId(`pick-${index}`).scrollIntoView({ block: "nearest" });
}

/** Handle an arrow key; true when it was used. */
export function move(key) {
  if (!isOpen() || !items.length) return false;
  const last = items.length - 1;
  if (key === "ArrowDown") mark(active >= last ? 0 : active + 1);
  else if (key === "ArrowUp") mark(active <= 0 ? last : active - 1);
  else return false;
  return true;
}

/** Take the active item; true when there was one. */
export function take() {
  if (!hasActive()) return false;
  choose(items[active]);
  return true;
}
