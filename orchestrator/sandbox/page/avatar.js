// Faces: the bot's sign, and a person's initials on a colour of their own.

import { el, icon } from "./dom.js";

const COLOURS = ["#1a7f64", "#8a4fbe", "#a0522d", "#2f6fb0", "#b4436c", "#4c6b22"];

const given = new Map();

export function avatar(name, bot = false) {
  if (bot) return el("span", { class: "avatar bot", "aria-hidden": "true" }, icon("switchback"));
  return el("span", { class: "avatar", "aria-hidden": "true", vars: { face: colour(name) } }, initials(name));
}

function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words[1][0] : name.slice(0, 2)).toUpperCase();
}

/** The next free colour, kept for as long as the page lives. */
function colour(name) {
  if (!given.has(name)) given.set(name, COLOURS[given.size % COLOURS.length]);
  return given.get(name);
}
