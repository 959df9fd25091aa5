// A Discord embed: colour bar, author, title, description, fields, footer.

import { el } from "./dom.js";
import { inline } from "./inline.js";
import { markdown } from "./markdown.js";
import { timeNode } from "./time.js";

export function embed(data, context) {
  const colour = Number.isInteger(data.color) ? `#${data.color.toString(16).padStart(6, "0")}` : "var(--line-strong)";
  const title = data.title && inline(data.title, context);
  return el("article", { class: "embed", vars: { bar: colour } },
    data.author?.name && el("div", { class: "embed-author" }, data.author.name),
    title && el("div", { class: "embed-title" }, safeLink(data.url, title)),
    data.description && el("div", { class: "embed-text" }, markdown(data.description, context)),
    data.fields?.length && el("dl", { class: "embed-fields" }, data.fields.map((field) => fieldNode(field, context))),
    footer(data, context),
  );
}

function fieldNode(field, context) {
  return el("div", { class: field.inline ? "embed-field inline" : "embed-field" },
    el("dt", {}, inline(field.name, context)),
    el("dd", {}, markdown(field.value, context)));
}

function footer(data, context) {
  const at = data.timestamp ? Date.parse(data.timestamp) / 1000 : NaN;
  if (!data.footer?.text && Number.isNaN(at)) return null;
  return el("div", { class: "embed-footer" },
    data.footer?.text && el("span", {}, data.footer.text),
    !Number.isNaN(at) && timeNode(at, "message", context.now()));
}

function safeLink(url, children) {
  if (!/^https?:\/\//.test(url ?? "")) return children;
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}
