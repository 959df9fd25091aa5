// The thread under a message: folded away until somebody opens it, and then it stays open.

import { avatar } from "./avatar.js";
import { el, icon } from "./dom.js";
import { timeNode } from "./time.js";

const opened = new Set();

/** `lineContent(message, context)` draws the content of a line as that of any message. */
export function threadNode(message, context, lineContent) {
  const { name, archived, messages } = message.thread;
  const count = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const node = el("details", { class: "thread", open: opened.has(message.id), data: { thread: message.id } },
    el("summary", {},
      icon("thread"), el("strong", { class: "thread-name" }, name),
      el("span", { class: "thread-count" }, archived ? `${count}, archived` : count)),
    el("div", { class: "thread-lines" }, messages.map((line) => el("article", {
      class: "thread-line", "aria-label": `${line.author.name}, in the thread`, data: { threadLine: line.id },
    },
      el("header", { class: "message-head" },
        avatar(line.author.name, line.author.bot), el("span", { class: "author bot" }, line.author.name),
        timeNode(line.at, "message", context.now())),
      lineContent(line, context)))));
  node.addEventListener("toggle", () => opened[node.open ? "add" : "delete"](message.id));
  return node;
}
