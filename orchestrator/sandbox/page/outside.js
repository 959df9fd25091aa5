// What others say: probes and jobs that answer when they are called, reports that CI brings, and other deployments.

import * as api from "./api.js";
import { byId, el, keyed, setText } from "./dom.js";
import { refresh, state } from "./store.js";
import { attempt } from "./toast.js";

export function render() {
  const { targets, reports } = state.view;
  byId("outside").hidden = targets.length + reports.length === 0;
  keyed(byId("targets"), targets, ({ name }) => name, makeTarget, updateTarget);
  keyed(byId("reports"), reports, ({ plan, name }) => `${plan} ${name}`, makeReport, updateReport);
}

export function setUp() {
  byId("deployed").addEventListener("click", () => send(() => api.change("another service was deployed")));
}

function makeTarget({ name, calls }) {
  const row = el("li", { class: "row target", data: { target: name } },
    el("div", { class: "row-head" },
      el("span", { class: "row-text" }, el("code", { class: "row-name" }, name), el("span", { class: "faint" }, calls)),
      el("span", { class: "state" }),
      el("button", {
        type: "button", class: "button small secondary",
        on: { click: () => send(() => api.probe(name, row.dataset.result === "pass" ? "fail" : "pass")) },
      })));
  return row;
}

function updateTarget(row, { name, result }) {
  row.dataset.result = result;
  const mark = row.querySelector(".state");
  mark.dataset.state = result === "pass" ? "OK" : "ALARM";
  setText(mark, result === "pass" ? "passes" : "fails");
  const button = row.querySelector("button");
  setText(button, result === "pass" ? "Break" : "Mend");
  button.setAttribute("aria-label", `${result === "pass" ? "Break" : "Mend"} ${name}`);
}

function makeReport(report) {
  const row = el("li", { class: "row report", data: { report: report.name } },
    el("div", { class: "row-head" },
      el("span", { class: "row-text" }, el("code", { class: "row-name" }, report.name), el("span", { class: "faint wants" })),
      el("button", {
        type: "button", class: "button small primary", "aria-label": `Report that ${report.name} passed`,
        on: { click: () => send(() => api.report(row.report, "pass")) },
      }, "Passed"),
      el("button", {
        type: "button", class: "button small secondary", "aria-label": `Report that ${report.name} failed`,
        on: { click: () => send(() => api.report(row.report, "fail")) },
      }, "Failed")));
  return row;
}

function updateReport(row, report) {
  row.report = report;
  setText(row.querySelector(".wants"), report.wants);
}

const send = (ask) => attempt(async () => {
  await ask();
  await refresh();
});
