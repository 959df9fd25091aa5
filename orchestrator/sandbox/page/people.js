// Who I am: the sandbox's people with their roles. A list on a wide screen, a select on a phone.

import { avatar } from "./avatar.js";
import { byId, el } from "./dom.js";
import { become, state } from "./store.js";
import { attempt } from "./toast.js";

const rolesOf = (name) => state.sandbox.people[name].roles.join(", ") || "no roles";

export function setUp() {
  const names = Object.keys(state.sandbox.people);
  byId("people").append(...names.map(choice));
  const select = byId("person");
  select.append(...names.map((name) => el("option", { value: name }, `${name} (${rolesOf(name)})`)));
  select.addEventListener("change", () => pick(select.value));
  render();
}

const pick = (name) => attempt(() => become(name));

function choice(name) {
  return el("label", { class: "person" },
    el("input", { type: "radio", name: "person", value: name, on: { change: () => pick(name) } }),
    avatar(name),
    el("span", { class: "person-text" },
      el("span", { class: "person-name" }, name), el("span", { class: "person-roles" }, rolesOf(name))));
}

export function render() {
  for (const radio of byId("people").querySelectorAll("input")) radio.checked = radio.value === state.person;
  byId("person").value = state.person;
}
