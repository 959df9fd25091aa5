// The slash-command box: "/" offers commands, a chosen command asks for its options one by one, Enter sends.

import * as api from "./api.js";
import { leaves, readLine } from "./commands.js";
import { byId } from "./dom.js";
import { makeField } from "./field.js";
import { note } from "./note.js";
import { commandOffer, optionOffer, unknown } from "./offers.js";
import * as picker from "./picker.js";
import { refresh, state } from "./store.js";

let all = [];
let leaf = null; // the command being filled in
let fields = []; // its visible options
let sending = false;

const entry = () => byId("entry");
const isEmpty = (field) => !field.input.value.trim();
const stillNeeded = (except = null) => fields.find((field) => field !== except && field.option.required && isEmpty(field));
const hiddenOptions = () => leaf.options.filter(({ name }) => !fields.some((field) => field.option.name === name));

export function setUp() {
  all = leaves(state.commands);
  entry().addEventListener("input", typed);
  entry().addEventListener("focus", offer);
  entry().addEventListener("blur", picker.hide);
  entry().addEventListener("keydown", entryKey);
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("pill").addEventListener("click", () => startOver("/"));
  document.addEventListener("keydown", slashKey);
  relabel();
}

/** Say in the box what may be typed there. */
export function relabel() {
  const place = `Message #${state.channel}`;
  entry().placeholder = leaf ? (hiddenOptions().length ? "more options…" : "") : `${place}: type / for commands`;
  const label = leaf ? `Optional options of /${leaf.path}; Enter sends` : `${place}, type / for commands`;
  entry().setAttribute("aria-label", label);
}

/** Put a command into the box with the options known; send it if `sendNow` and nothing required is missing. */
export function compose(path, values = {}, sendNow = false) {
  const found = all.find((candidate) => candidate.path === path);
  if (!found) return startOver(`/${path}`);
  begin(found, values);
  const missing = stillNeeded();
  if (missing) return missing.input.focus();
  return sendNow ? send() : entry().focus();
}

/** Back to plain text. */
function reset(text = "") {
  leaf = null;
  fields = [];
  byId("fields").replaceChildren();
  byId("pill").hidden = true;
  entry().value = text;
  note("");
  relabel();
  picker.hide();
}

function startOver(text) {
  reset(text);
  entry().focus();
  offer();
}

function begin(chosen, values = {}) {
  reset();
  leaf = chosen;
  byId("pill").hidden = false;
  byId("pill").textContent = `/${leaf.path}`;
  byId("pill").setAttribute("aria-label", `Command /${leaf.path}; press to choose another`);
  for (const option of leaf.options) {
    if (option.required || option.name in values) addField(option).set(String(values[option.name] ?? ""));
  }
  relabel();
}

function addField(option) {
  const field = makeField(option, { path: () => leaf.path, values: filled, next, keydown: fieldKey });
  fields.push(field);
  byId("fields").append(field.node);
  return field;
}

function filled() {
  const values = {};
  for (const field of fields) {
    const { value } = field.read();
    if (value !== undefined) values[field.option.name] = value;
  }
  return values;
}

/** After a choice: to the next option that is still needed, else to the end of the box. */
function next(after) {
  const empty = stillNeeded(after);
  picker.hide();
  (empty?.input ?? entry()).focus();
  if (!empty) offer();
}

function typed() {
  note("");
  const text = entry().value;
  const line = !leaf && text.startsWith("/") ? readLine(all, text) : null;
  if (line?.complete) {
    begin(line.leaf, line.values);
    return (stillNeeded() ?? fields[0] ?? { input: entry() }).input.focus();
  }
  return offer();
}

function offer() {
  if (document.activeElement !== entry()) return;
  const text = entry().value;
  if (leaf) picker.show(entry(), optionOffer(hiddenOptions(), text, takeOption));
  else if (text.startsWith("/")) picker.show(entry(), commandOffer(all, text, takeCommand));
  else picker.hide();
}

function takeCommand(chosen) {
  begin(chosen);
  next(null);
}

function takeOption(option) {
  entry().value = "";
  const field = addField(option);
  relabel();
  field.input.focus();
}

function slashKey(event) {
  const elsewhere = document.activeElement?.matches("input:not([type=radio], [type=range]), select");
  if (event.key !== "/" || elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (!leaf && !entry().value) entry().value = "/";
  entry().focus();
}

function entryKey(event) {
  if (picker.move(event.key)) return event.preventDefault();
  if (event.key === "Escape") return escape(event);
  if (event.key === "Tab" && !event.shiftKey && picker.hasActive()) {
    event.preventDefault();
    return picker.take();
  }
  if (event.key === "Backspace" && leaf && !entry().value) {
    event.preventDefault();
    return fields.length ? fields.at(-1).input.focus() : startOver(`/${leaf.path}`);
  }
  if (event.key === "Enter" && picker.take()) event.preventDefault();
  return undefined;
}

function fieldKey(event, field) {
  if (picker.move(event.key)) return event.preventDefault();
  if (event.key === "Escape") return escape(event);
  if (event.key === "Tab" && !event.shiftKey && field.input.value && !field.settled()) {
    event.preventDefault();
    return picker.take();
  }
  if (event.key === "Backspace" && !field.input.value) {
    event.preventDefault();
    return leave(field);
  }
  if (event.key !== "Enter") return undefined;
  event.preventDefault();
  if (!field.settled() && picker.take()) return undefined;
  const empty = stillNeeded(field);
  return empty ? empty.input.focus() : send();
}

/** Backspace in an empty option: an optional one goes away, a required one leads to the one before it. */
function leave(field) {
  const index = fields.indexOf(field);
  if (!field.option.required) {
    fields.splice(index, 1);
    field.node.remove();
    relabel();
  }
  if (index > 0) fields[index - 1].input.focus();
  else if (field.option.required) startOver(`/${leaf.path}`);
  else entry().focus();
}

function escape(event) {
  event.preventDefault();
  event.stopPropagation();
  if (picker.isOpen()) return picker.hide();
  reset();
  return entry().focus();
}

async function send() {
  if (sending) return;
  picker.hide();
  if (!leaf && !readTyped()) return;
  const values = {};
  for (const field of fields) {
    const { value, fault } = field.read();
    field.fault(Boolean(fault));
    if (fault) {
      field.input.focus();
      note(fault);
      return;
    }
    if (value !== undefined) values[field.option.name] = value;
  }
  await deliver(leaf.path, values);
}

/** A plain line when Enter is pressed: turn it into a command, or say what to do instead. */
function readTyped() {
  const text = entry().value.trim();
  if (!text) return false;
  const line = text.startsWith("/") ? readLine(all, text) : null;
  if (line) {
    begin(line.leaf, line.values);
    return true;
  }
  const answer = unknown(all, text);
  note(answer.text, answer.meant, takeCommand);
  return false;
}

async function deliver(path, values) {
  sending = true;
  byId("composer").setAttribute("aria-busy", "true");
  const focused = byId("composer").contains(document.activeElement);
  try {
    const answer = await api.command(state.person, state.channel, path, values);
    if (answer?.status >= 400) throw new api.ApiError(`The bot refused the request (HTTP ${answer.status}).`);
    reset();
    if (focused) entry().focus();
    await refresh();
  } catch (error) {
    note(error.message);
  } finally {
    sending = false;
    byId("composer").removeAttribute("aria-busy");
  }
}
