// One option of a command in the composer: its name, an input, and the choices offered for it.

import * as api from "./api.js";
import { choicesOf, readValue } from "./commands.js";
import { el } from "./dom.js";
import * as picker from "./picker.js";
import { state } from "./store.js";

const TYPING_PAUSE_MS = 120;

/**
 * `composer` = {path(), values() → what is filled in so far, next(field), keydown(event, field)}.
 * A field has: option, node, input, read() → {value} or {fault}, set(text, value), settled() → nothing left to choose.
 */
export function makeField(option, composer) {
  const hint = `${option.description}${option.required ? "" : " (optional)"}`;
  const input = el("input", {
    type: "text", id: `option-${option.name}`, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    enterkeyhint: "next", role: "combobox", "aria-expanded": "false", "aria-controls": "picker-list",
    "aria-autocomplete": "list", "aria-required": option.required && "true",
    "aria-label": `${option.name}: ${hint}`, placeholder: option.required ? "required" : "optional",
  });
  const node = el("label", { class: "option", data: { option: option.name } },
    el("span", { class: "option-name" }, option.name, option.required && el("span", { class: "star", "aria-hidden": "true" }, "*")),
    input);
  let picked = null; // {text, value} of the choice taken
  let asked = 0;
  let timer = null;

  const field = {
    option, node, input,
    set(text, value = null) {
      input.value = text;
      picked = value === null ? null : { text, value };
      fit();
    },
    read: () => (picked?.text === input.value ? { value: picked.value } : readValue(option, input.value, state.sandbox)),
    settled() {
      if (picked?.text === input.value) return true;
      const fixed = choicesOf(option, state.sandbox);
      if (fixed) return fixed.some(({ name }) => name === input.value);
      return !picker.hasActive();
    },
    fault: (wrong) => node.classList.toggle("wrong", wrong),
    offer,
  };

  function fit() {
    input.style.width = `${Math.min(Math.max(input.value.length + 2, 9), 34)}ch`;
  }

  function show(choices) {
    picker.show(input, {
      heading: `${option.name}: ${hint}`,
      hint: choices.length ? "" : emptyHint(),
      list: choices.map(({ name, value }) => ({
        label: name,
        tag: name.startsWith(value) ? "" : String(value),
        pick: () => {
          field.set(name.startsWith(value) ? String(value) : name, value); // "key: a longer title" is shown as its key
          composer.next(field);
        },
      })),
    });
  }

  const emptyHint = () =>
    option.autocomplete ? "Nothing fits; what you type is sent as it is." : "Type it, then press Enter.";

  async function offer() {
    clearTimeout(timer);
    const mine = (asked += 1);
    const fixed = choicesOf(option, state.sandbox);
    if (fixed || !option.autocomplete) {
      const text = input.value.toLowerCase();
      const all = fixed ?? [];
      return show(picked?.text === input.value ? all : all.filter(({ name }) => name.toLowerCase().includes(text)));
    }
    const values = { ...composer.values(), [option.name]: picked?.text === input.value ? "" : input.value };
    try {
      const { choices } = await api.autocomplete(state.person, state.channel, composer.path(), values, option.name);
      if (mine === asked && document.activeElement === input) show(choices ?? []);
    } catch (error) {
      if (mine === asked && document.activeElement === input) picker.show(input, { hint: error.message, list: [] });
    }
    return undefined;
  }

  input.addEventListener("input", () => {
    field.fault(false);
    fit();
    clearTimeout(timer);
    timer = setTimeout(offer, TYPING_PAUSE_MS);
  });
  input.addEventListener("focus", offer);
  input.addEventListener("blur", picker.hide);
  input.addEventListener("keydown", (event) => composer.keydown(event, field));
  fit();
  return field;
}
