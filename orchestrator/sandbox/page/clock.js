// The virtual clock: what time it is in the world, moving it on, and how fast it runs by itself.

import * as api from "./api.js";
import { byId, setText } from "./dom.js";
import { busy, now, refresh, setAdvancing, state } from "./store.js";
import { clockDay, clockTime, refreshTimes, span, zone } from "./time.js";
import { attempt } from "./toast.js";

const SAID_MS = 8000;

let said = ""; // what the last move did, for a while

export function setUp() {
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => advance(button.dataset.advance));
  }
  for (const radio of byId("speeds").querySelectorAll("input")) {
    radio.addEventListener("change", () => attempt(async () => {
      await api.clock({ speed: Number(radio.value) });
      await refresh();
    }));
  }
  setInterval(tick, 500);
}

/** Move the clock on by "1m", "30m", or to the "next" decision; says how far it went. */
export async function advance(how) {
  if (state.advancing) return;
  const before = now();
  setAdvancing(true);
  await attempt(async () => {
    await api.clock({ advance: how });
    await refresh();
    const gone = now() - before;
    say(`${span(Math.max(0, gone))} later: it is ${clockTime(now())}, ${clockDay(now())}.`);
  });
  setAdvancing(false);
}

function say(text) {
  said = text;
  setTimeout(() => {
    if (said === text) said = "";
    render();
  }, SAID_MS);
}

function tick() {
  if (!state.view) return;
  const at = now();
  setText(byId("clock-time"), clockTime(at));
  setText(byId("clock-day"), `${clockDay(at)} ${zone(at)}`);
  refreshTimes(at);
}

export function render() {
  tick();
  const work = state.view?.busy;
  for (const button of document.querySelectorAll("[data-advance]")) button.disabled = busy();
  for (const radio of byId("speeds").querySelectorAll("input")) radio.checked = Number(radio.value) === state.view?.speed;
  for (const bar of document.querySelectorAll("progress")) {
    bar.hidden = !busy();
    if (work && work.to > work.from) bar.value = (work.at - work.from) / (work.to - work.from);
    else bar.removeAttribute("value");
  }
  const going = work ? `${work.what}: ${clockTime(work.at)}, ${clockDay(work.at)}` : "Moving the clock on…";
  const text = busy() ? going : said;
  for (const line of document.querySelectorAll(".busy-text")) setText(line, text);
}
