// The flags as SSM holds them, and changing one by hand, as somebody with the AWS console would.

import * as api from "./api.js";
import { byId, el, icon, keyed, setText } from "./dom.js";
import { refresh, state } from "./store.js";
import { attempt } from "./toast.js";

const TONES = { true: "on", enforce: "on", false: "off", off: "off" };

export function render() {
  byId("no-flags").hidden = state.view.flags.length > 0;
  keyed(byId("flags"), state.view.flags, ({ name }) => name, make, update);
}

function make(flag) {
  const row = el("li", { class: "row flag", data: { flag: flag.name } },
    el("div", { class: "row-head" },
      el("span", { class: "row-text" },
        el("code", { class: "row-name" }, breakable(flag.name)), el("span", { class: "faint origin" })),
      el("output", { class: "value" }),
      el("button", {
        type: "button", class: "icon-button change", title: "Change by hand", "aria-label": `Change ${flag.name} by hand`,
        on: { click: () => edit(row) },
      }, icon("pencil"))));
  return row;
}

/** A long name may break after each underscore. */
const breakable = (name) => name.split(/(?<=_)/).flatMap((part, index) => (index ? [el("wbr"), part] : [part]));

function update(row, flag) {
  row.flag = flag;
  row.dataset.value = flag.value;
  const value = row.querySelector(".value");
  if (value.textContent !== flag.value) {
    if (value.textContent) {
      row.classList.remove("changed");
      requestAnimationFrame(() => row.classList.add("changed"));
    }
    setText(value, flag.value);
  }
  value.dataset.tone = TONES[flag.value] ?? "between";
  setText(row.querySelector(".origin"), [
    flag.value === flag.safe ? "safe value" : flag.safe && `safe is ${flag.safe}`,
    { switchback: "set by Switchback", "by hand": "changed by hand", start: "" }[flag.by] ?? flag.by,
  ].filter(Boolean).join(" · "));
}

function edit(row) {
  if (row.querySelector("form")) return;
  const { name, value, choices } = row.flag;
  const id = `flag-${name}`;
  const field = choices?.length
    ? el("select", { id }, choices.map((choice) => el("option", { value: choice }, choice)))
    : el("input", { id, type: "text", autocomplete: "off", spellcheck: "false" });
  field.value = choices?.length === 2 ? choices.find((choice) => choice !== value) ?? value : value;
  const close = () => {
    form.remove();
    row.querySelector(".change").focus();
  };
  const form = el("form", {
    class: "edit", on: {
      submit: (event) => {
        event.preventDefault();
        save(name, field.value, close);
      },
      keydown: (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      },
    },
  },
    el("label", { for: id, class: "visually-hidden" }, `New value of ${name}`), field,
    el("button", { type: "submit", class: "button primary small" }, "Write"),
    el("button", { type: "button", class: "button secondary small", on: { click: close } }, "Cancel"));
  row.append(form);
  field.focus();
}

async function save(name, value, close) {
  const done = await attempt(async () => {
    await api.flag(name, value);
    await refresh();
  });
  if (done) close();
}
