// Discord's registered commands as data: what can be typed, reading a typed line, checking options. No DOM here.

export const TYPE = { SUBCOMMAND: 1, GROUP: 2, STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, ROLE: 8, NUMBER: 10 };
const CHAT_INPUT = 1;

/** Every command that can be sent: {path: "rollout start", description, options}. */
export function leaves(commands) {
  const found = [];
  const walk = (node, path) => {
    const children = (node.options ?? []).filter(({ type }) => type === TYPE.SUBCOMMAND || type === TYPE.GROUP);
    if (children.length) for (const child of children) walk(child, `${path} ${child.name}`);
    else found.push({ path, description: node.description ?? "", options: node.options ?? [] });
  };
  for (const command of commands) if ((command.type ?? CHAT_INPUT) === CHAT_INPUT) walk(command, command.name);
  return found;
}

/** Commands that fit what was typed after the slash, the best first. */
export function matching(all, typed) {
  const text = typed.trim().toLowerCase().replace(/\s+/g, " ");
  const score = ({ path, description }) => {
    if (path.startsWith(text)) return 0;
    if (path.split(/[\s-]/).some((word) => word.startsWith(text))) return 1;
    if (path.includes(text)) return 2;
    return text.length > 2 && description.toLowerCase().includes(text) ? 3 : 9;
  };
  return all
    .map((leaf, index) => ({ leaf, index, rank: score(leaf) }))
    .filter(({ rank }) => rank < 9)
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ leaf }) => leaf);
}

/** Read "/rollout start plan:x reason:y": {leaf, values, complete}, or null when it begins with no whole command. */
export function readLine(all, line) {
  const text = line.replace(/^\s*\//, "").trimStart();
  const lower = text.toLowerCase();
  const leaf = all
    .filter(({ path }) => lower === path || lower.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!leaf) return null;
  return { leaf, values: readOptions(leaf, text.slice(leaf.path.length)), complete: lower.length > leaf.path.length };
}

function readOptions(leaf, text) {
  const values = {};
  const names = leaf.options.map(({ name }) => name).sort((a, b) => b.length - a.length);
  const marks = names.length
    ? [...text.matchAll(new RegExp(`(?<=^|\\s)(${names.map(escaped).join("|")}):\\s*`, "g"))] : [];
  marks.forEach((mark, index) => {
    values[mark[1]] = text.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim();
  });
  const unnamed = text.slice(0, marks[0]?.index).trim();
  const first = leaf.options.find(({ name }) => !(name in values));
  if (unnamed && first) values[first.name] = unnamed;
  return values;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The fixed choices of an option as [{name, value}], or null where any text or the server decides. */
export function choicesOf(option, sandbox) {
  if (option.choices?.length) return option.choices;
  if (option.type === TYPE.BOOLEAN) return [{ name: "true", value: true }, { name: "false", value: false }];
  if (option.type === TYPE.USER) {
    return Object.entries(sandbox.people).map(([name, { user_id: value }]) => ({ name, value }));
  }
  if (option.type === TYPE.ROLE) return Object.entries(sandbox.roles).map(([name, value]) => ({ name, value }));
  return null;
}

/** The value to send for a typed text: {value}, or {fault} saying what would be right. */
export function readValue(option, text, sandbox) {
  const trimmed = text.trim();
  if (!trimmed) return option.required ? { fault: `“${option.name}” is needed: ${option.description}` } : {};
  const choices = choicesOf(option, sandbox);
  if (choices) {
    const chosen = choices.find(({ name, value }) => name === trimmed || String(value) === trimmed);
    const offered = choices.map(({ name }) => name).join(", ");
    return chosen ? { value: chosen.value } : { fault: `“${option.name}” takes one of: ${offered}` };
  }
  if (option.type === TYPE.INTEGER || option.type === TYPE.NUMBER) return readNumber(option, trimmed);
  if (option.max_length && trimmed.length > option.max_length) {
    return { fault: `“${option.name}” takes at most ${option.max_length} characters; this has ${trimmed.length}.` };
  }
  if (option.min_length && trimmed.length < option.min_length) {
    return { fault: `“${option.name}” takes at least ${option.min_length} characters.` };
  }
  return { value: trimmed };
}

function readNumber(option, text) {
  const number = Number(text);
  const whole = option.type === TYPE.INTEGER;
  if (!Number.isFinite(number) || (whole && !Number.isInteger(number))) {
    return { fault: `“${option.name}” takes a ${whole ? "whole " : ""}number.` };
  }
  if (number < (option.min_value ?? -Infinity)) return { fault: `“${option.name}” is at least ${option.min_value}.` };
  if (number > (option.max_value ?? Infinity)) return { fault: `“${option.name}” is at most ${option.max_value}.` };
  return { value: number };
}

/** The command somebody most likely meant, or null. */
export function nearest(all, typed) {
  const text = typed.trim().toLowerCase();
  const ranked = all
    .map((leaf) => {
      const head = text.split(/\s+/).slice(0, leaf.path.split(" ").length).join(" ");
      return { leaf, away: distance(head, leaf.path) };
    })
    .sort((a, b) => a.away - b.away);
  const best = ranked[0];
  return best && best.away <= Math.max(2, Math.floor(best.leaf.path.length / 3)) ? best.leaf : null;
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
