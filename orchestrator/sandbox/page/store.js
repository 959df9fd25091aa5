// What the page knows: the sandbox's constants, the newest view of the world, who and where the reader is.

import * as api from "./api.js";

const POLL_MS = 500;
const POLL_HIDDEN_MS = 5000;
const RETRY_MS = 2000;

export const state = {
  sandbox: null, // GET /sandbox
  commands: [], // GET /sandbox/commands
  view: null, // GET /sandbox/view
  receivedAt: 0, // performance.now() when that view arrived
  person: null,
  channel: "ops",
  online: true,
  advancing: false, // this page has asked the clock to move on
};

const listeners = new Set();
let etag = null;
let timer = null;
let inFlight = null;

/** Call `listener(what)` after every change; what ∈ "view", "person", "channel", "online", "advancing". */
export function subscribe(listener) {
  listeners.add(listener);
}

function changed(what) {
  for (const listener of listeners) listener(what);
}

/** Fetch the constants; the first `refresh` fetches the world. */
export async function load() {
  [state.sandbox, state.commands] = await Promise.all([api.sandbox(), api.commands()]);
  const people = Object.keys(state.sandbox.people);
  const remembered = sessionStorage.getItem("person");
  state.person = people.includes(remembered) ? remembered : people[0];
}

/** Fetch the view now, and go on polling from then. */
export async function refresh() {
  clearTimeout(timer);
  inFlight?.abort();
  const mine = (inFlight = new AbortController());
  let wait = document.hidden ? POLL_HIDDEN_MS : POLL_MS;
  try {
    const fetched = await api.view(state.person, etag, mine.signal);
    if (mine.signal.aborted) return;
    etag = fetched.etag;
    if (fetched.view) {
      state.view = fetched.view;
      state.receivedAt = performance.now();
      changed("view");
    }
    setOnline(true);
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof api.ApiError)) throw error;
    setOnline(false);
    wait = RETRY_MS;
  }
  timer = setTimeout(refresh, wait);
}

function set(what, value) {
  if (state[what] === value) return;
  state[what] = value;
  changed(what);
}

const setOnline = (online) => set("online", online);
export const setAdvancing = (advancing) => set("advancing", advancing);
export const openChannel = (channel) => set("channel", channel);

/** Whether the clock is on its way, by this page's wish or another's. */
export const busy = () => state.advancing || Boolean(state.view?.busy);

export async function become(person) {
  if (person === state.person) return;
  state.person = person;
  sessionStorage.setItem("person", person);
  etag = null;
  changed("person");
  await refresh();
}

/** Virtual now, in epoch seconds: the newest view's, carried on at its speed. */
export function now() {
  const { view, receivedAt } = state;
  if (!view) return Math.floor(Date.now() / 1000);
  if (view.busy) return view.busy.at;
  return Math.floor(view.now + ((performance.now() - receivedAt) / 1000) * view.speed);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && state.person) refresh();
});
