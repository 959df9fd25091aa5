// Rollouts as the world has them: a card each in the side panel, and one line under the channel's name.

import { byId, el, keyed, setText } from "./dom.js";
import { now, state } from "./store.js";
import { timeNode } from "./time.js";

const WORDS = {
  running: "running", watching: "watching", rolled_back: "rolled back", completed: "completed", aborted: "aborted",
};
const ENDED = new Set(["rolled_back", "completed", "aborted"]);

export const isLive = (rollout) => !ENDED.has(rollout.status);

/** The rollout to talk about: the newest live one, else the newest. */
export function current(view) {
  return view.rollouts.findLast(isLive) ?? view.rollouts.at(-1) ?? null;
}

/** Where it stands, in words. */
function standing(rollout) {
  if (rollout.held && isLive(rollout)) return "held";
  if (rollout.wants_approval.length && isLive(rollout)) return "waiting for people";
  return WORDS[rollout.status] ?? rollout.status;
}

export function render() {
  const { rollouts } = state.view;
  const newestFirst = [...rollouts].reverse();
  byId("no-rollout").hidden = rollouts.length > 0;
  keyed(byId("rollouts"), newestFirst, ({ id }) => id, () => el("li", { class: "card rollout" }), update);
  topic();
}

function update(node, rollout) {
  const due = rollout.next_decision !== null && rollout.next_decision <= now();
  const signature = JSON.stringify([rollout, due]);
  if (node.signature === signature) return;
  node.signature = signature;
  Object.assign(node.dataset, {
    rollout: rollout.id, status: rollout.status, stage: rollout.stage ?? "", held: String(rollout.held),
  });
  node.replaceChildren(
    el("div", { class: "card-head" }, el("strong", {}, rollout.title || rollout.plan), badge(rollout)),
    el("div", { class: "mono faint" }, rollout.id),
    isLive(rollout) && rollout.stages ? stageLine(rollout) : "",
    rollout.reason ? el("p", { class: "reason" }, rollout.reason) : "",
    rollout.next_decision && !rollout.wants_approval.length
      ? el("p", { class: "faint" }, "Next decision ", due ? "due now" : timeNode(rollout.next_decision, "R", now())) : "",
    rollout.wants_approval.length
      ? el("p", { class: "faint" }, `Waits for a yes from: ${rollout.wants_approval.join(", ")}`) : "");
}

const badge = (rollout) =>
  el("span", { class: "state", data: { state: standing(rollout) } }, standing(rollout));

function stageLine({ stage, stage_number: number, stages }) {
  return el("div", { class: "stages" },
    el("div", { class: "pips", "aria-hidden": "true" },
      Array.from({ length: stages }, (_, index) => el("i", { class: index < number ? "done" : "" }))),
    el("span", {}, `Stage ${number} of ${stages}${stage ? `: ${stage}` : ""}`));
}

function topic() {
  const rollout = current(state.view);
  if (!rollout) return setText(byId("topic"), "No rollout yet");
  const where = isLive(rollout) && rollout.stages
    ? ` · stage ${rollout.stage_number} of ${rollout.stages}${rollout.stage ? `, ${rollout.stage}` : ""}` : "";
  return setText(byId("topic"), `${rollout.id}${where} · ${standing(rollout)}`);
}
