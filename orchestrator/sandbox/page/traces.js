// What each command, alarm and tick did, step by step: the newest first, each step a bar as long as it took.

import * as api from "./api.js";
import { byId, el, keyed, setText } from "./dom.js";
import { now, state } from "./store.js";
import { timeNode } from "./time.js";
import { attempt } from "./toast.js";

const SHOWN = 50;
const TONES = { failed: "ALARM", safeguard: "ALARM", refuse: "held", hold: "quiet" };

let wanted = null; // the revision that is on screen, or on its way there

export function setUp() {
  byId("traces-panel").addEventListener("toggle", render);
}

/** Fetch them where they can be seen; a folded panel asks for nothing. */
export function render() {
  const { revision } = state.view ?? {};
  if (!byId("traces-panel").open || revision === wanted) return;
  wanted = revision;
  attempt(async () => {
    const traces = await api.traces(SHOWN);
    byId("no-traces").hidden = traces.length > 0;
    keyed(byId("traces"), traces, ({ id }) => id, make, update);
  });
}

function make(trace) {
  return el("li", { class: "trace", data: { trace: trace.id } },
    el("details", {},
      el("summary", {},
        el("span", { class: "trace-what" }),
        el("span", { class: "state" }),
        el("span", { class: "trace-when" })),
      el("div", { class: "trace-inside" })));
}

function update(node, trace) {
  const signature = JSON.stringify(trace);
  if (node.signature === signature) return;
  node.signature = signature;
  const mark = node.querySelector(".state");
  mark.dataset.state = TONES[trace.outcome] ?? "running";
  setText(mark, trace.outcome);
  // A second try replaces a trace: its time, too, is another one.
  node.querySelector(".trace-what").replaceChildren(
    el("b", {}, trace.kind), ` ${trace.command || trace.rollout}`.trimEnd());
  node.querySelector(".trace-when").replaceChildren(
    timeNode(trace.at, "T", now()), ` · ${trace.actor} · `, el("span", { class: "ms" }, milliseconds(trace.duration_ms)));
  node.querySelector(".trace-inside").replaceChildren(
    trace.reason ? el("p", { class: "reason" }, trace.reason) : "",
    trace.error ? el("p", { class: "trace-error" }, trace.error) : "",
    trace.steps.length ? steps(trace) : el("p", { class: "faint" }, "No step was timed."),
    trace.left_out ? el("p", { class: "faint" }, `${trace.left_out} more steps before the last ones are not kept.`) : "",
    el("p", { class: "faint" }, "Trace ", el("code", { class: "mono" }, trace.id)));
}

/** The steps one below the other, each beginning where the one before it ended. */
function steps({ steps: taken, duration_ms: whole }) {
  const sum = taken.reduce((total, { ms }) => total + ms, 0);
  const length = Math.max(whole, sum, 1);
  let from = 0;
  return el("ol", { class: "steps" }, taken.map(({ name, ms, note }) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" },
      el("i", { vars: { from: `${from / length * 100}%`, long: `${ms / length * 100}%` } }));
    from += ms;
    return el("li", { class: "step" }, el("span", { class: "step-name" }, name), el("span", { class: "ms" }, milliseconds(ms)),
      bar, note ? el("span", { class: "step-note" }, note) : "");
  }));
}

const milliseconds = (ms) => (ms >= 10000 ? `${(ms / 1000).toFixed(1)} s` : `${ms} ms`);
