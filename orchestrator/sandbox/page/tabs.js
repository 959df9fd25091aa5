// Channels, with a dot on the one that has something unread; on a phone, the world is one tab more.

import { byId, el, icon, keyed } from "./dom.js";
import { openChannel, state } from "./store.js";

const CHANNELS = ["ops", "alerts"];
const seen = { ops: new Set(), alerts: new Set() };
let started = false;

const names = { ops: "ops", alerts: "alerts" };

export function setUp() {
  byId("world-tab").addEventListener("click", () => showWorld(true));
  byId("world-close").addEventListener("click", () => showWorld(false));
  byId("world-open").addEventListener("click", () => showWorld(document.body.dataset.world !== "open"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.world === "open" && byId("world").contains(event.target)) {
      showWorld(false);
    }
  });
}

/** Where the world is a drawer or a tab, open or close it. */
export function showWorld(open) {
  document.body.dataset.world = open ? "open" : "closed";
  byId("world-open").setAttribute("aria-expanded", String(open));
  byId("world-tab").setAttribute("aria-pressed", String(open));
  render();
  if (open) byId("world").focus({ preventScroll: true });
}

export function goTo(channel) {
  showWorld(false);
  openChannel(channel);
}

export function render() {
  const channels = state.view?.channels ?? {};
  const away = document.body.dataset.world === "open" && getComputedStyle(byId("channel")).display === "none";
  for (const channel of CHANNELS) {
    const messages = channels[channel] ?? [];
    if ((channel === state.channel && !away) || !started) for (const message of messages) seen[channel].add(message.id);
  }
  if (state.view) started = true;
  const items = CHANNELS.map((channel) => ({
    channel,
    open: channel === state.channel && !away,
    unread: (channels[channel] ?? []).filter((message) => !seen[channel].has(message.id)).length,
  }));
  keyed(byId("channels"), items, (item) => item.channel, make, update);
  const unread = items.reduce((sum, item) => sum + item.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ""}#${state.channel} · Switchback sandbox`;
}

function make({ channel }) {
  return el("button", { type: "button", class: "tab", data: { channel }, on: { click: () => goTo(channel) } },
    icon("hash"), el("span", { class: "tab-name" }, names[channel]), el("span", { class: "unread", hidden: true }));
}

function update(node, { channel, open, unread }) {
  node.setAttribute("aria-pressed", String(open));
  node.setAttribute("aria-label", `#${names[channel]}${unread ? `, ${unread} unread` : ""}`);
  const dot = node.querySelector(".unread");
  dot.hidden = !unread;
  dot.textContent = unread > 9 ? "9+" : String(unread || "");
}
