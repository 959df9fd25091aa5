// Whether Discord takes what the bot posts: a switch among the world's, and a line above the messages while it does not.

import * as api from "./api.js";
import { byId, setText } from "./dom.js";
import { refresh, state } from "./store.js";
import { attempt } from "./toast.js";

const SAYS = {
  up: "Discord takes what the bot posts.",
  down: "Every request of the bot gets a 503. Flags move all the same; messages wait, and say how late they are.",
  throttled: "Every request of the bot gets a 429: again in 5 s. It sends nothing before that; messages wait.",
};
const NOTES = { down: "Discord is down", throttled: "Discord is throttling the bot" };

export function setUp() {
  for (const radio of radios()) radio.addEventListener("change", () => put(radio.value));
  byId("discord-mend").addEventListener("click", () => put("up"));
}

const radios = () => byId("discord").querySelectorAll("input");

const put = (wanted) => attempt(async () => {
  await api.discord(wanted);
  await refresh();
});

export function render() {
  const { state: current, waiting } = state.view.discord;
  for (const radio of radios()) radio.checked = radio.value === current;
  const count = waiting === 0 ? "" : waiting === 1 ? "1 message waits." : `${waiting} messages wait.`;
  const soon = current === "up" && waiting ? " They come with the next tries, within five minutes." : "";
  setText(byId("discord-says"), [SAYS[current], count].filter(Boolean).join(" ") + soon);
  byId("discord-note").hidden = current === "up";
  setText(byId("discord-note-text"), `${NOTES[current] ?? ""}: ${count || "what the bot posts waits."}`);
}
