// One message, as Discord shows it.

import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { actionRows } from "./buttons.js";
import { el, icon } from "./dom.js";
import { embed } from "./embed.js";
import { markdown } from "./markdown.js";
import { refresh, state } from "./store.js";
import { threadNode } from "./thread.js";
import { timeNode } from "./time.js";
import { attempt } from "./toast.js";

const GROUPED_FOR = 7 * 60;

/** A message is drawn under its predecessor without face and name when the same author goes on speaking. */
export function continues(message, before) {
  return Boolean(before) && !message.interaction && message.author.name === before.author.name &&
    message.author.bot === before.author.bot && !message.ephemeral && !before.ephemeral &&
    message.at - before.at < GROUPED_FOR && !message.silent && !before.thread;
}

/** Whether the message rang this reader's phone: by name, by one of their roles, or everybody's. */
function pinged({ pings }) {
  const me = state.sandbox.people[state.person];
  const mine = new Set([String(me.user_id), ...me.roles.map((role) => String(state.sandbox.roles[role]))]);
  return pings.everyone || [...pings.users, ...pings.roles].some((id) => mine.has(String(id)));
}

export function messageNode(message, grouped, context) {
  const { author } = message;
  return el("article", {
    class: ["message", message.ephemeral && "ephemeral", grouped && "grouped", pinged(message) && "pinged"]
      .filter(Boolean).join(" "),
    "aria-label": `${author.name}${author.bot ? " (app)" : ""}${message.ephemeral ? ", only you can see this" : ""}`,
    data: { messageId: message.id, author: author.name, ephemeral: String(message.ephemeral) },
  },
    message.interaction && usedCommand(message.interaction),
    el("div", { class: "message-body" },
      grouped
        ? el("span", { class: "gutter-time" }, timeNode(message.at, "t", context.now()))
        : avatar(author.name, author.bot),
      el("div", { class: "message-main" },
        !grouped && el("header", { class: "message-head" },
          el("span", { class: author.bot ? "author bot" : "author" }, author.name),
          author.bot && el("span", { class: "app-tag" }, "APP"),
          timeNode(message.at, "message", context.now()),
          message.silent && el("span", { class: "silent", title: "Arrives without a notification" }, "silent")),
        message.thinking ? thinking(author.name) : content(message, context),
        message.thread && threadNode(message, context, content),
        message.ephemeral && onlyYou(message))));
}

function content(message, context) {
  const text = message.content && el("div", { class: "content" }, markdown(message.content, context));
  const edited = message.edited && el("span", { class: "edited" }, "(edited)");
  if (text && edited) (text.lastChild.matches(".para") ? text.lastChild : text).append(" ", edited);
  return [
    text || edited,
    message.embeds.map((data) => embed(data, context)),
    actionRows(message),
  ];
}

function usedCommand({ person, command }) {
  return el("div", { class: "used" },
    avatar(person), el("span", { class: "used-by" }, person),
    command ? [" used ", el("code", {}, command.replace(/^(?!\/)/, "/"))] : " pressed a button");
}

function thinking(name) {
  return el("div", { class: "thinking" },
    el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), `${name} is thinking…`);
}

function onlyYou(message) {
  return el("footer", { class: "only-you" }, icon("eye"), "Only you can see this · ",
    el("button", {
      type: "button", class: "text-button",
      on: {
        click: () => attempt(async () => {
          await api.dismiss(state.person, message.id);
          await refresh();
        }),
      },
    }, "Dismiss message"));
}
