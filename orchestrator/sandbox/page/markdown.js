// Discord's markdown, blocks first: code, quotes, headings, lists, small print. Inline marks are in inline.js.

import { el } from "./dom.js";
import { inline } from "./inline.js";

const FENCE = /^```(?:[a-zA-Z0-9_+-]*\n)?([\s\S]*?)```/;
const HEADING = /^(#{1,3}) +(.+)$/;
const SMALL = /^-# +(.+)$/;
const ITEM = /^( *)(?:[-*]|(\d{1,9})\.) +(.*)$/;

/** Nodes for a message's content. `context` resolves mentions and times (see inline.js). */
export function markdown(text, context) {
  const nodes = [];
  let plain = [];
  let rest = text.replace(/\r\n?/g, "\n");

  const flush = () => {
    if (plain.length) nodes.push(el("div", { class: "para" }, inline(plain.join("\n"), context)));
    plain = [];
  };
  const take = (length) => (rest = rest.slice(length));
  const push = (node) => {
    flush();
    nodes.push(node);
  };

  while (rest) {
    const fence = FENCE.exec(rest);
    if (fence) {
      push(el("pre", { tabindex: "0" }, el("code", {}, fence[1].replace(/\n$/, ""))));
      take(fence[0].length);
      if (rest.startsWith("\n")) take(1);
      continue;
    }
    const line = rest.split("\n", 1)[0];
    if (rest.startsWith(">>> ")) {
      push(el("blockquote", {}, markdown(rest.slice(4), context)));
      break;
    }
    if (line.startsWith("> ") || line === ">") {
      const [quoted, length] = quote(rest);
      push(el("blockquote", {}, markdown(quoted, context)));
      take(length);
      continue;
    }
    const heading = HEADING.exec(line);
    const small = SMALL.exec(line);
    if (heading) push(el("div", { class: `h h${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 },
      inline(heading[2], context)));
    else if (small) push(el("div", { class: "small-print" }, inline(small[1], context)));
    else if (ITEM.test(line)) {
      const lines = itemLines(rest);
      push(list(lines.map((item) => ITEM.exec(item)), context));
      take(lines.join("\n").length + 1);
      continue;
    } else {
      const fenceInLine = line.indexOf("```");
      if (fenceInLine > 0 && FENCE.test(rest.slice(fenceInLine))) {
        plain.push(line.slice(0, fenceInLine));
        take(fenceInLine);
        continue;
      }
      plain.push(line);
    }
    take(line.length + 1);
  }
  flush();
  return nodes;
}

function quote(text) {
  const lines = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("> ") && line !== ">") break;
    lines.push(line);
  }
  return [lines.map((line) => line.slice(2)).join("\n"), lines.join("\n").length + 1];
}

/** The lines of the list that begins here: it ends where bullets turn into numbers, or the other way. */
function itemLines(text) {
  const lines = text.split("\n");
  const [, depth, number] = ITEM.exec(lines[0]);
  const end = lines.findIndex((line) => {
    const item = ITEM.exec(line);
    const sibling = item && item[1].length <= depth.length;
    return !item || (sibling && (item[2] === undefined) !== (number === undefined));
  });
  return end < 0 ? lines : lines.slice(0, end);
}

/** Items as ITEM matched them; one that is indented deeper than the first goes into a list of the item before it. */
function list(items, context) {
  const numbered = items[0][2] !== undefined;
  const node = el(numbered ? "ol" : "ul", numbered ? { start: items[0][2] } : {});
  const depth = items[0][1].length;
  for (let index = 0; index < items.length; ) {
    let next = index + 1;
    while (next < items.length && items[next][1].length > depth) next += 1;
    const item = el("li", {}, inline(items[index][3], context));
    if (next > index + 1) item.append(list(items.slice(index + 1, next), context));
    node.append(item);
    index = next;
  }
  return node;
}
