// What the composer offers while one types: commands, then the options a command may still take.

import { matching, nearest } from "./commands.js";

/** Commands that fit `text` ("/rol…"), as the picker wants them; `pick(leaf)` takes one. */
export function commandOffer(all, text, pick) {
  const found = matching(all, text.slice(1));
  return {
    heading: found.length ? "Commands" : "",
    hint: found.length ? "" : unknown(all, text).text,
    list: found.map((leaf) => ({
      label: `/${leaf.path}`, detail: leaf.description,
      tag: leaf.options.filter(({ required }) => required).map(({ name }) => name).join(" "),
      pick: () => pick(leaf),
    })),
  };
}

/** Options not filled in yet whose names begin with `text`; without text Enter sends instead of taking one. */
export function optionOffer(options, text, pick) {
  const typed = text.trim().toLowerCase();
  const open = options.filter(({ name }) => name.startsWith(typed));
  return {
    heading: open.length ? "Optional. Enter sends." : "",
    list: open.map((option) => ({ label: option.name, detail: option.description, pick: () => pick(option) })),
    first: Boolean(typed),
  };
}

/** What to say to a line that is no command: {text, meant}, meant being the nearest command or null. */
export function unknown(all, text) {
  if (!text.startsWith("/")) return { text: "Switchback answers to slash commands only: type / to see them.", meant: null };
  const word = text.trim().split(/\s+/)[0];
  if (word === "/") return { text: "Choose a command: the arrow keys and Enter, or go on typing.", meant: null };
  const typed = text.trim().toLowerCase().slice(1);
  const inside = all.filter(({ path }) => path.startsWith(`${typed.split(/\s+/)[0]} `));
  if (inside.length) {
    const names = inside.map(({ path }) => path.split(" ").slice(1).join(" ")).join(", ");
    return { text: `${word} needs one of: ${names}.`, meant: nearest(inside, typed) };
  }
  const meant = nearest(all, typed);
  return meant
    ? { text: `There is no ${word}. Did you mean /${meant.path}?`, meant }
    : { text: `There is no ${word}. Type / alone to see every command.`, meant: null };
}
