// The open channel: its messages in order, day lines between them, and staying at the newest one.

import { byId, el, icon } from "./dom.js";
import { continues, messageNode } from "./message.js";
import { state } from "./store.js";
import { day } from "./time.js";

const NEAR_END = 120;

const INTRODUCTIONS = {
  ops: "Here a team runs its rollouts. Press a suggestion below, or type / to see what Switchback can do.",
  alerts: "Alarms speak here. Fire one under “The world” and watch what happens.",
};

let drawn = new Map(); // key of an entry → {node, signature}
let shown = null; // "person/channel" that is on screen
let context = null;
let following = true; // the newest message stays in sight until the reader scrolls up

export function setUp(messageContext) {
  context = messageContext;
  byId("jump").addEventListener("click", toEnd);
  scroller().addEventListener("scroll", () => {
    following = atEnd();
    if (following) byId("jump").hidden = true;
  }, { passive: true });
  const resized = new ResizeObserver(() => following && toEnd());
  resized.observe(scroller());
  resized.observe(byId("log"));
}

const scroller = () => byId("scroller");
const atEnd = () => {
  const box = scroller();
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
};

function toEnd() {
  scroller().scrollTop = scroller().scrollHeight;
  byId("jump").hidden = true;
}

/** Bring a message of the open channel into sight, and mark it for a moment. */
export function show(id) {
  const node = drawn.get(id)?.node;
  if (!node) return;
  following = false;
  node.scrollIntoView({ block: "center" });
  node.classList.add("shown-now");
  node.addEventListener("animationend", () => node.classList.remove("shown-now"), { once: true });
}

export function render() {
  const place = `${state.person}/${state.channel}`;
  const log = byId("log");
  const fresh = place !== shown;
  if (fresh) startOver(log);
  if (fresh) following = true;
  const messages = state.view.channels[state.channel] ?? [];
  const focused = document.activeElement?.dataset?.customId;
  const grew = draw(log, messages);
  if (focused && document.activeElement === document.body) {
    log.querySelector(`[data-custom-id="${CSS.escape(focused)}"]:not(:disabled)`)?.focus();
  }
  if (following) toEnd();
  else if (grew) byId("jump").hidden = false;
  if (fresh) requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  shown = place;
}

function startOver(log) {
  log.setAttribute("aria-live", "off"); // do not read the whole history aloud
  log.replaceChildren(introduction());
  drawn = new Map();
}

function introduction() {
  return el("header", { class: "introduction" }, el("span", { class: "big-hash", "aria-hidden": "true" }, icon("hash")),
    el("h2", {}, `Welcome to #${state.channel}`), el("p", {}, INTRODUCTIONS[state.channel]));
}

/** What stands in the log, top to bottom: {key, signature, make}. A changed signature means: draw it again. */
function entries(messages) {
  const list = [];
  let before = null;
  for (const message of messages) {
    const today = day(message.at);
    if (!before || today !== day(before.at)) {
      list.push({ key: `day ${today} ${message.id}`, signature: today, make: () => dayLine(today) });
      before = null;
    }
    const grouped = continues(message, before);
    list.push({
      key: message.id, signature: JSON.stringify([message, grouped]), make: () => messageNode(message, grouped, context),
    });
    before = message;
  }
  return list;
}

const dayLine = (today) => el("div", { class: "day-line", role: "separator" }, el("span", {}, today));

/** Draw what has changed; true when something was added. */
function draw(log, messages) {
  const next = new Map();
  let grew = false;
  let place = log.firstElementChild; // the introduction
  for (const { key, signature, make } of entries(messages)) {
    const known = drawn.get(key);
    let node = known?.node;
    if (known?.signature !== signature) {
      node = make();
      if (known) known.node.replaceWith(node);
      else grew = true;
    }
    if (place.nextElementSibling !== node) place.after(node);
    next.set(key, { node, signature });
    place = node;
  }
  for (const [key, { node }] of drawn) if (!next.has(key)) node.remove();
  drawn = next;
  return grew;
}
