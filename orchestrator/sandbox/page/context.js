// How ids in messages become names: people, roles and channels of the sandbox's guild.

import { now, state } from "./store.js";

/** What markdown needs to know; `compose(path)` opens a command in the composer, `open(channel, id)` a message. */
export function messageContext(compose, open) {
  const { people, roles, ops_channel_id: ops, alert_channel_id: alerts } = state.sandbox;
  const names = new Map(Object.entries(people).map(([name, person]) => [String(person.user_id), name]));
  names.set(String(state.sandbox.application_id), "Switchback");
  const roleNames = new Map(Object.entries(roles).map(([name, id]) => [String(id), name]));
  const channels = new Map([[String(ops), "ops"], [String(alerts), "alerts"]]);
  return {
    person: (id) => names.get(id),
    role: (id) => roleNames.get(id),
    channel: (id) => channels.get(id),
    now,
    compose,
    open,
  };
}
