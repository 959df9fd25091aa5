// What a newcomer might do next, read off the world. Pure: a view goes in, a list of suggestions comes out.

import { buttonsOf } from "./buttons.js";
import { current, isLive } from "./rollouts.js";

const LINK = 5;
const SECONDARY = 2;
const PRESSABLE_FOR = 15 * 60;
const MOST = 4;
const SAME_AS_PRESS = new Set(["start", "rollback", "approve", "resume"]); // the button that waits is one of these

/**
 * Suggestions, the most useful first: {id, label, tone: "go" | "danger" | "plain", act}. act is one of
 * {press: [channel, message id, custom id]} · {command, values, as: person or null} · {advance} · {alarm, to}.
 */
export function suggest(view, people, me, now) {
  const button = waitingButton(view, now);
  const rollout = current(view);
  const list = rollout && isLive(rollout) ? whileLive(view, rollout, people, me) : whileIdle(view, rollout);
  return (button ? [button, ...list.filter(({ id }) => !SAME_AS_PRESS.has(id))] : list).slice(0, MOST);
}

/** A preview of mine that waits for its button. */
function waitingButton(view, now) {
  for (const [channel, messages] of Object.entries(view.channels)) {
    const newest = messages.findLast((message) => message.ephemeral && !message.thinking);
    if (!newest || newest.pending_buttons || now - newest.at > PRESSABLE_FOR) continue;
    const usable = buttonsOf(newest).filter(({ disabled, style }) => !disabled && style !== LINK && style !== SECONDARY);
    if (!usable.length) continue;
    const [{ label, custom_id: id, style }] = usable;
    return {
      id: "press", label: `Press “${label}”`, tone: style === 4 ? "danger" : "go", act: { press: [channel, newest.id, id] },
    };
  }
  return null;
}

/** Values for whatever a command calls the option that says which rollout: those it has no option for are left out. */
const targetOf = ({ id, plan, stage }) => ({ rollout: id, plan, target: plan, what: plan, name: plan, stage });

const look = (id, label, command, values = {}) => ({ id, label, tone: "plain", act: { command, values } });

function whileIdle(view, last) {
  const list = [];
  const plan = view.plans.find(({ name, live }) => !live && name === last?.plan) ?? view.plans.find(({ live }) => !live);
  const target = last && targetOf(last);
  if (last) list.push(look("debug", "See what happened", "debug-last"));
  if (plan) {
    list.unshift({
      id: "start", label: last ? "Start it again" : "Start the rollout", tone: "go",
      act: { command: "rollout start", values: { plan: plan.name, rollout: plan.name, reason: "Trying the sandbox" } },
    });
  }
  if (last) list.push(look("status", "Show the status", "rollout-status", target));
  list.push(...clearFiring(view), ...fire(view));
  list.push(look("flags", "List the flags", "flag list"));
  if (!last) list.push(look("help", "What can it do?", "help"));
  return list;
}

function whileLive(view, rollout, people, me) {
  const target = targetOf(rollout);
  const back = {
    id: "rollback", label: "Roll back", tone: "danger",
    act: { command: "rollback", values: target },
  };
  const status = look("status", "How is it going?", "rollout-status", target);
  const onwards = { id: "next", label: "Advance to the next decision", tone: "go", act: { advance: "next" } };
  if (rollout.held) {
    const resume = {
      id: "resume", label: "Resume", tone: "plain",
      act: { command: "rollout resume", values: { ...target, reason: "Looked into it, going on" } },
    };
    return [...clearFiring(view), back, resume, status, onwards];
  }
  if (rollout.wants_approval.length) {
    const approver = whoMay(rollout.wants_approval[0], people, me);
    const approve = approver && {
      id: "approve", label: approver === me ? "Approve" : `Approve as ${approver}`, tone: "go",
      act: {
        command: "rollout approve", values: { ...target, reason: "Looks good" }, as: approver === me ? null : approver,
      },
    };
    return [approve, ...clearFiring(view), ...fire(view), back, status].filter(Boolean);
  }
  const [open] = rollout.to_tick;
  const ticker = open && whoMay(open.roles[0], people, me);
  const tick = open && {
    id: "tick", label: `Tick off “${open.item}”`, tone: "go",
    act: {
      command: "rollout tick",
      values: { ...target, item: open.item, evidence: "https://wiki.example.com/evidence" },
      as: !ticker || ticker === me ? null : ticker,
    },
  };
  return [tick, onwards, ...clearFiring(view), ...fire(view), back, status].filter(Boolean);
}

/** Somebody with that role; the one who has the fewest others, me before anybody else. */
function whoMay(role, people, me) {
  const able = Object.entries(people).filter(([, { roles }]) => roles.includes(role));
  able.sort(([a, one], [b, other]) => one.roles.length - other.roles.length || (b === me) - (a === me));
  return able[0]?.[0] ?? null;
}

/** One alarm worth firing: one that would change a flag before one that would not. */
function fire(view) {
  const effective = ({ does }) => {
    const [, name, value] = /^(\S+) → (\S+)/.exec(does ?? "") ?? [];
    const flag = view.flags.find((candidate) => candidate.name === name);
    return flag ? flag.value !== value : false;
  };
  const calm = view.alarms.filter(({ state }) => state === "OK");
  const alarm = calm.find(effective) ?? calm[0];
  if (!alarm) return [];
  return [{ id: "fire", label: `Fire ${alarm.name}`, tone: "danger", act: { alarm: alarm.name, to: "ALARM" } }];
}

function clearFiring(view) {
  const firing = view.alarms.find(({ state }) => state === "ALARM");
  if (!firing) return [];
  return [{ id: "clear", label: `Clear ${firing.name}`, tone: "plain", act: { alarm: firing.name, to: "OK" } }];
}
