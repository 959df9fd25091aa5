// CloudWatch's alarms in this world: their state, what they are bound to, and a button to fire or clear each.

import * as api from "./api.js";
import { byId, el, keyed, setText } from "./dom.js";
import { refresh, state } from "./store.js";
import { attempt } from "./toast.js";

const WORDS = { OK: "OK", ALARM: "ALARM", INSUFFICIENT_DATA: "no data" };

export function render() {
  byId("no-alarms").hidden = state.view.alarms.length > 0;
  keyed(byId("alarms"), state.view.alarms, ({ name }) => name, make, update);
}

/** Put an alarm into `target`; shows what went wrong if that fails. */
export const put = (name, target) => attempt(async () => {
  await api.alarm(name, target);
  await refresh();
});

function make({ name }) {
  const row = el("li", { class: "row alarm", data: { alarm: name } },
    el("div", { class: "row-head" },
      el("span", { class: "row-text" }, el("code", { class: "row-name" }, name), el("span", { class: "faint does" })),
      el("span", { class: "state" }),
      el("button", {
        type: "button", class: "button small",
        on: { click: () => put(name, row.dataset.state === "ALARM" ? "OK" : "ALARM") },
      })));
  return row;
}

function update(row, { name, state: current, does }) {
  row.dataset.state = current;
  const mark = row.querySelector(".state");
  mark.dataset.state = current;
  setText(mark, WORDS[current] ?? current);
  setText(row.querySelector(".does"), does ? `Sets ${does}`.replace(/^Sets (?!\S+ →)/, "") : "bound to nothing");
  const button = row.querySelector("button");
  const firing = current === "ALARM";
  setText(button, firing ? "Clear" : "Fire");
  button.setAttribute("aria-label", firing ? `Clear ${name}` : `Fire ${name}`);
  button.classList.toggle("danger", !firing);
  button.classList.toggle("secondary", firing);
}
