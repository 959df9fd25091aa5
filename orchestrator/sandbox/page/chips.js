// The row of suggestions above the composer, and doing what they say.

import * as alarms from "./alarms.js";
import * as clock from "./clock.js";
import { compose } from "./composer.js";
import { byId, el, keyed, setText } from "./dom.js";
import { become, busy, now, state } from "./store.js";
import { suggest } from "./suggestions.js";
import { goTo } from "./tabs.js";
import { attempt } from "./toast.js";

export function render() {
  const list = suggest(state.view, state.sandbox.people, state.person, now());
  keyed(byId("chips"), list, ({ id }) => id, make, (node, suggestion) => {
    node.suggestion = suggestion;
    node.className = `chip suggestion ${suggestion.tone}${suggestion === list[0] ? " first" : ""}`;
    node.disabled = busy();
    setText(node, suggestion.label);
  });
}

function make() {
  return el("button", {
    type: "button", on: { click: (event) => attempt(() => follow(event.currentTarget.suggestion.act)) },
  });
}

async function follow(act) {
  if (act.press) return pressIn(...act.press);
  if (act.advance) return clock.advance(act.advance);
  if (act.alarm) {
    await alarms.put(act.alarm, act.to);
    return undefined;
  }
  if (act.as) await become(act.as);
  goTo("ops");
  return compose(act.command, known(act.command, act.values), true);
}

/** Of the values a suggestion offers, those which the registered command has an option for. */
function known(path, values) {
  let options = state.commands;
  for (const word of path.split(" ")) options = options.find(({ name }) => name === word)?.options ?? [];
  return Object.fromEntries(options.filter(({ name }) => values[name]).map(({ name }) => [name, values[name]]));
}

/** Press the real button, in sight of the reader. */
function pressIn(channel, messageId, customId) {
  goTo(channel);
  const message = byId("log").querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  const button = message?.querySelector(`[data-custom-id="${CSS.escape(customId)}"]`);
  button?.scrollIntoView({ block: "center" });
  button?.click();
}
