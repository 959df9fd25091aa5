// Discord's inline marks: emphasis, code, links, mentions, timestamps and escapes.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { timeNode } from "./time.js";

const DEEPEST = 8;

const mention = (text, kind = "mention") => el("span", { class: kind }, text);

function link(url, children) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

const spanOf = (tag, props = {}) => (found, again) => el(tag, props, again(found[1]));

// Each rule: a sticky pattern, and what it becomes. The first that matches at a position wins.
const RULES = [
  [/\\([^a-zA-Z0-9\s])/y, (found) => found[1]],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (found) => el("code", {}, found[2].replace(/^ (?=`)|(?<=`) $/g, ""))],
  [/<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y, (found, _, context) => {
    return Math.abs(found[1]) > 8.64e12 ? found[0] : timeNode(Number(found[1]), found[2] ?? "f", context.now());
  }],
  [/<@!?(\d+)>/y, (found, _, context) => mention(`@${context.person(found[1]) ?? "unknown-user"}`)],
  [/<@&(\d+)>/y, (found, _, context) => mention(`@${context.role(found[1]) ?? "unknown-role"}`, "mention role")],
  [/<#(\d+)>/y, (found, _, context) => mention(`#${context.channel(found[1]) ?? "unknown"}`)],
  [/<\/([-_\p{L}\p{N} ]{1,98}):(\d+)>/uy, (found, _, context) => el("button", {
    class: "mention", type: "button", on: { click: () => context.compose(found[1]) },
  }, `/${found[1]}`)],
  [/<(https?:\/\/[^\s<>]+)>/y, (found) => link(found[1], found[1])],
  [/\[([^[\]\n]+)\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?: +"[^"\n]*")?\)/y,
    (found, again) => link(found[2], again(found[1]))],
  [/https:\/\/discord\.com\/channels\/\d+\/(\d+)\/(\d+)/y, (found, _, context) => {
    const channel = context.channel(found[1]);
    if (!channel) return link(found[0], found[0]);
    return el("button", { class: "mention", type: "button", on: { click: () => context.open(channel, found[2]) } },
      `#${channel} › message`);
  }],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"')\]*_|~`]/y, (found) => link(found[0], found[0])],
  [/\*\*\*((?:\\.|[^\\*])+)\*\*\*/sy, (found, again) => el("strong", {}, el("em", {}, again(found[1])))],
  [/\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/sy, spanOf("strong")],
  [/__((?:\\.|[^\\])+?)__(?!_)/sy, spanOf("u")],
  [/\*(?!\s)((?:\*\*|\\.|[^\\*])+?)\*(?!\*)/sy, spanOf("em")],
  [/_((?:__|\\.|[^\\_])+?)_(?!\w)/sy, spanOf("em")],
  [/~~((?:\\.|[^\\])+?)~~(?!~)/sy, spanOf("s")],
  [/\|\|((?:\\.|[^\\])+?)\|\|/sy, (found, again) => spoiler(again(found[1]))],
];
const SPECIAL = /[\\`<[*_~|]|https?:/g;

function spoiler(children) {
  const node = el("button", { class: "spoiler", type: "button", "aria-label": "Hidden text: press to show" },
    el("span", {}, children));
  node.addEventListener("click", () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  });
  return node;
}

/**
 * Nodes for one piece of text. `context` = {person(id), role(id), channel(id)} → name or undefined, now() → epoch
 * seconds, compose(path) puts a mentioned command into the composer, open(channel, id) shows a message.
 */
export function inline(text, context, depth = 0) {
  if (depth > DEEPEST) return withEmoji(text);
  const again = (inner) => inline(inner, context, depth + 1);
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
    if (at >= text.length) break;
    const [length, node] = match(text, at, again, context);
    if (typeof node === "string") plain += node;
    else {
      nodes.push(...withEmoji(plain), node);
      plain = "";
    }
    at += length;
  }
  return nodes.concat(withEmoji(plain));
}

function match(text, at, again, context) {
  for (const [pattern, make] of RULES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return [found[0].length, make(found, again, context)];
  }
  return [1, text[at]];
}
