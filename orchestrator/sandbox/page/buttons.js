// A message's action rows: buttons in Discord's five styles, and pressing them.

import * as api from "./api.js";
import { el, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { refresh, state } from "./store.js";
import { tell } from "./toast.js";

const ACTION_ROW = 1;
const BUTTON = 2;
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** The buttons of a message, in order, as Discord sent them. */
export function buttonsOf(message) {
  return message.components
    .filter((row) => row.type === ACTION_ROW)
    .flatMap((row) => row.components.filter((component) => component.type === BUTTON));
}

export function actionRows(message) {
  return message.components
    .filter((row) => row.type === ACTION_ROW)
    .map((row) => el("div", { class: "buttons" },
      row.components.filter((component) => component.type === BUTTON).map((button) => buttonNode(message, button))));
}

function buttonNode(message, button) {
  const label = [button.emoji?.name && [withEmoji(button.emoji.name), " "], button.label];
  if (button.style === LINK) {
    const safe = /^https?:\/\//.test(button.url ?? "");
    return el("a", {
      class: "button link", href: safe ? button.url : null, target: "_blank", rel: "noopener noreferrer nofollow",
    }, label, icon("out"));
  }
  return el("button", {
    type: "button", class: `button ${STYLES[button.style] ?? "secondary"}`, "aria-busy": message.pending_buttons && "true",
    disabled: button.disabled || message.pending_buttons, data: { customId: button.custom_id },
    on: { click: (event) => press(message, button, event.currentTarget) },
  }, label);
}

async function press(message, button, node) {
  node.disabled = true;
  node.setAttribute("aria-busy", "true");
  try {
    await api.press(state.person, message.id, button.custom_id);
    await refresh();
  } catch (error) {
    tell(error.message, "error");
  } finally {
    node.disabled = false;
    node.removeAttribute("aria-busy");
  }
}
