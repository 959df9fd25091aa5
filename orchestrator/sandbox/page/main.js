// Starts the page and redraws what a change touches.

import * as alarms from "./alarms.js";
import * as alerts from "./alerts.js";
import * as channel from "./channel.js";
import * as chips from "./chips.js";
import * as clock from "./clock.js";
import * as composer from "./composer.js";
import { messageContext } from "./context.js";
import * as discord from "./discord.js";
import { byId, setText } from "./dom.js";
import * as flags from "./flags.js";
import * as outside from "./outside.js";
import * as people from "./people.js";
import * as rollouts from "./rollouts.js";
import * as signals from "./signals.js";
import { load, refresh, state, subscribe } from "./store.js";
import * as tabs from "./tabs.js";
import * as theme from "./theme.js";
import * as traces from "./traces.js";

function drawAll() {
  if (!state.view) return;
  for (const part of [tabs, channel, rollouts, flags, signals, alarms, alerts, discord, outside, clock, chips, traces]) {
    part.render();
  }
}

subscribe((what) => {
  if (what === "person") people.render();
  if (what === "channel") composer.relabel();
  if (what === "online") byId("offline").hidden = state.online;
  if (what === "advancing") for (const part of [clock, chips, alerts]) part.render();
  if (what === "view" || what === "channel") drawAll();
  if (what === "channel") setText(byId("channel-name"), state.channel);
});

/** Where a message's link leads. */
function showMessage(place, id) {
  tabs.goTo(place);
  channel.show(id);
}

async function begin() {
  theme.setUp();
  try {
    await load();
  } catch (error) {
    setText(byId("offline"), error.message);
    byId("offline").hidden = false;
    setTimeout(() => location.reload(), 3000);
    return;
  }
  const { environment } = state.sandbox;
  const badge = byId("environment");
  setText(badge, environment);
  badge.dataset.environment = environment;
  channel.setUp(messageContext((path) => composer.compose(path), showMessage));
  people.setUp();
  tabs.setUp();
  clock.setUp();
  alerts.setUp();
  discord.setUp();
  outside.setUp();
  traces.setUp();
  composer.setUp();
  await refresh();
  document.body.dataset.ready = "true";
}

begin();
