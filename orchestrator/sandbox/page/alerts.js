// What people are told and what waits: open alerts, the channel's budget, and a storm to see them hold.

import * as api from "./api.js";
import { compose } from "./composer.js";
import { byId, el, keyed, setText } from "./dom.js";
import { busy, refresh, setAdvancing, state } from "./store.js";
import { goTo } from "./tabs.js";
import { clockTime } from "./time.js";
import { attempt } from "./toast.js";

const STORM = { events: 200, problems: 50 };
const BEFORE = `The storm: ${STORM.events} events of ${STORM.problems} made-up problems of the stack itself, within a minute \
of this world's. No flag moves. The drill types /alerts drill.`;
const TOLD = { message: "message", digest: "digest", waits: "waits", "not told": "not told" };
const TONES = { message: "running", digest: "running", waits: "held", "not told": "quiet" };

let said = ""; // what the last storm did

export function setUp() {
  byId("storm").addEventListener("click", blow);
  byId("all-clear").addEventListener("click", clear);
  byId("drill").addEventListener("click", drill);
}

export function render() {
  const { alerts, budget, digests, next_digest: next, storm } = state.view.alerts;
  byId("no-alerts").hidden = alerts.length > 0;
  keyed(byId("open-alerts"), alerts, ({ key }) => key, make, update);
  setText(byId("budget"), [
    `${budget.left} of ${count(budget.messages, "message")} left ${budget.within === 60 ? "this minute" : `in ${budget.within} s`}.`,
    digests ? `${count(digests, "digest")} so far.` : "No digest yet.",
    next && alerts.some(({ told }) => told === "waits") ? `The next one from ${clockTime(next)}.` : "",
  ].filter(Boolean).join(" "));
  byId("all-clear").hidden = !storm;
  for (const id of ["storm", "all-clear", "drill"]) byId(id).disabled = busy();
  setText(byId("storm-says"), said || BEFORE);
}

function make({ key }) {
  return el("li", { class: "row alert", data: { alert: key } },
    el("div", { class: "row-head" },
      el("span", { class: "row-text" }, el("span", { class: "row-line" }), el("span", { class: "faint more" })),
      el("span", { class: "state" })));
}

function update(row, alert) {
  Object.assign(row.dataset, { severity: alert.severity, firing: String(alert.firing), told: alert.told });
  setText(row.querySelector(".row-line"), alert.line);
  setText(row.querySelector(".more"), [
    alert.seen === 1 ? "seen once" : `seen ${alert.seen.toLocaleString("en")} times`,
    alert.silenced_until && `silenced until ${clockTime(alert.silenced_until)}`,
    alert.why,
  ].filter(Boolean).join(" · "));
  const mark = row.querySelector(".state");
  mark.dataset.state = TONES[alert.told] ?? "quiet";
  setText(mark, TOLD[alert.told] ?? alert.told);
}

/** The clock goes on with it: the page shows that as it shows an advance. */
async function withClock(what, act) {
  if (busy()) return;
  said = what;
  setAdvancing(true);
  render();
  const worked = await attempt(async () => {
    said = await act();
    await refresh();
  });
  if (!worked) said = "";
  setAdvancing(false);
  render();
}

const blow = () => withClock("The storm blows…", async () => {
  const did = await api.storm(STORM);
  const made = `${did.events.toLocaleString("en")} events of ${count(did.problems, "problem")} in a minute`;
  const told = `${count(did.messages, "message")}, ${count(did.digests, "digest")}`;
  const missing = did.events - did.counted;
  return `${made}: ${told}; ${missing ? `${missing} NOT COUNTED` : "all counted"}. What waits comes as the budget allows, a few a minute.`;
});

const clear = () => withClock("All clear…", async () => {
  const { over } = await api.allClear();
  return `${count(over, "alarm")} went back to OK. Their messages say RESOLVED within two minutes; nobody's phone rings for it.`;
});

function drill() {
  goTo(state.channel); // where the reply will stand
  return compose("alerts drill", {}, true);
}

const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
