// What the world measures: a slider for each number of a signal, marks where the plan's bounds lie, and two faults.

import * as api from "./api.js";
import { byId, el, keyed, setText } from "./dom.js";
import { linear, logarithmic, percent, roundUp, STEPS } from "./scale.js";
import { refresh, state } from "./store.js";
import { attempt } from "./toast.js";

const FAULTS = [
  ["silent", "Silent", "No data arrives"],
  ["broken", "Broken", "The provider answers with an error"],
];

export function render() {
  byId("no-signals").hidden = state.view.signals.length > 0;
  keyed(byId("signals"), state.view.signals, ({ name }) => name, make, update);
}

/** The sliders a signal has: its own number with the bounds, and its traffic where that means something. */
function slidersOf(signal) {
  const bounds = signal.bounds ?? [];
  const highest = Math.max(0, ...bounds.map(({ at }) => at));
  const unit = signal.unit ? ` ${signal.unit}` : "";
  const say = (number) => `${number}${unit}`;
  const most = roundUp(Math.max(highest * 3, signal.value * 2, 1));
  const own = {
    ratio: { key: "rate", label: "Error rate", scale: logarithmic(0.0001, 1), text: percent },
    value: { key: "value", label: "Value", scale: linear(most), text: say },
    latency: { key: "value", label: "Latency", scale: linear(most), text: say },
    count: { key: "value", label: "Count", scale: linear(Math.max(10, most), true), text: say },
  }[signal.kind];
  if (!own) return []; // a set has members, not a number
  const traffic = {
    key: "per_minute", label: "Traffic", scale: logarithmic(1, 10000), text: (n) => `${n} / min`, bounds: [],
  };
  return signal.kind === "ratio" || signal.kind === "latency"
    ? [{ ...own, bounds }, traffic] : [{ ...own, bounds }];
}

function make(signal) {
  const row = el("li", { class: "row signal", data: { signal: signal.name } },
    el("div", { class: "row-head" }, el("code", { class: "row-name" }, signal.name),
      el("span", { class: "faults" }, FAULTS.map(([key, label, meaning]) => el("button", {
        type: "button", class: "chip toggle", role: "switch", "aria-checked": "false", title: meaning, data: { fault: key },
        "aria-label": `${signal.name}: ${label}`,
        on: { click: () => send(signal.name, { [key]: !row.signal[key] }) },
      }, label)))));
  row.sliders = slidersOf(signal).map((slider) => sliderNode(row, signal.name, slider));
  row.append(...row.sliders.map(({ node }) => node));
  if (signal.kind === "set") row.append(el("p", { class: "members faint" }));
  return row;
}

function sliderNode(row, name, { key, label, scale, text, bounds }) {
  const input = el("input", { type: "range", min: 0, max: STEPS, "aria-label": `${name}: ${label}`, data: { number: key } });
  const reading = el("output", { class: "reading" });
  const read = () => {
    const shown = text(scale.toValue(Number(input.value)));
    setText(reading, shown);
    input.setAttribute("aria-valuetext", shown);
    const breached = bounds.some(({ at }) => scale.toValue(Number(input.value)) > at);
    node.classList.toggle("past", breached);
    input.style.setProperty("--fill", `${Number(input.value) / STEPS * 100}%`);
  };
  const marks = bounds.map(({ at, label: title }) =>
    el("i", { class: "bound", title, vars: { at: scale.toStep(at) / STEPS } }));
  const node = el("div", { class: "slider" },
    el("span", { class: "slider-label" }, label), el("span", { class: "track" }, input, marks), reading,
    bounds.length > 0 && el("span", { class: "bound-text" }, bounds.map(({ label: title }) => el("span", {}, title))));
  input.addEventListener("input", () => {
    row.touchedAt = performance.now();
    read();
  });
  input.addEventListener("change", () => send(name, { [key]: scale.toValue(Number(input.value)) }));
  return {
    node,
    show(signal) {
      const step = scale.toStep(signal[key]);
      const typing = performance.now() - (row.touchedAt ?? -Infinity) < 1500; // a hand is on it
      if (!typing && Math.abs(Number(input.value) - step) > 0) input.value = step;
      read();
      if (!typing) setText(reading, text(signal[key]));
    },
  };
}

function update(row, signal) {
  row.signal = signal;
  row.dataset.silent = String(signal.silent);
  row.dataset.broken = String(signal.broken);
  for (const slider of row.sliders) slider.show(signal);
  const members = row.querySelector(".members");
  if (members) setText(members, signal.members.length ? signal.members.join(", ") : "no member");
  for (const toggle of row.querySelectorAll("[data-fault]")) {
    toggle.setAttribute("aria-checked", String(signal[toggle.dataset.fault]));
  }
}

const send = (name, change) => attempt(async () => {
  await api.signal(name, change);
  await refresh();
});
