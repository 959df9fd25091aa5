// The sandbox's HTTP interface, one function a request. Every failure is an ApiError whose message can be shown.

export class ApiError extends Error {}

const UNREACHABLE = "The sandbox is not answering. Is it still running in your terminal?";

async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new ApiError(UNREACHABLE);
  }
  if (answer.status === 304) return { answer, body: null };
  let body = null;
  try {
    body = await answer.json();
  } catch {
    if (answer.ok) throw new ApiError("The sandbox answered something that is not JSON.");
  }
  if (!answer.ok) throw new ApiError(body?.error ?? `The sandbox refused this (HTTP ${answer.status}).`);
  return { answer, body };
}

const get = async (path) => (await request(path)).body;

async function post(path, value) {
  const headers = { "Content-Type": "application/json" };
  return (await request(path, { method: "POST", headers, body: JSON.stringify(value) })).body;
}

export const sandbox = () => get("/sandbox");
export const commands = () => get("/sandbox/commands");
export const traces = (limit) => get(`/sandbox/traces?limit=${limit}`);

/** The world as `person` sees it: {view, etag}, with view null when nothing has changed since `etag`. */
export async function view(person, etag, signal) {
  const headers = etag ? { "If-None-Match": etag } : {};
  const { answer, body } = await request(`/sandbox/view?person=${encodeURIComponent(person)}`, { headers, signal });
  return { view: body, etag: answer.headers.get("ETag") ?? etag };
}

export const command = (person, channel, path, options) =>
  post("/sandbox/interact", { person, channel, command: path, options });
export const press = (person, messageId, customId) =>
  post("/sandbox/interact", { person, message_id: messageId, custom_id: customId });
export const autocomplete = (person, channel, path, options, focused) =>
  post("/sandbox/interact", { person, channel, command: path, options, focused });
export const dismiss = (person, messageId) => post("/sandbox/dismiss", { person, message_id: messageId });

export const clock = (change) => post("/sandbox/clock", change);
export const signal = (name, change) => post("/sandbox/signals", { [name]: change });
export const probe = (name, result) => post("/sandbox/probes", { [name]: result });
export const report = ({ plan, name, numbers, link }, result) =>
  post("/sandbox/report", { plan, report: name, result, numbers, link, by: "CI" });
export const change = (what) => post("/sandbox/change", { what, by: "a colleague" });
export const alarm = (name, state) => post("/sandbox/alarm", { name, state });
export const flag = (name, value) => post("/sandbox/flags", { [name]: value });
export const discord = (state) => post("/sandbox/discord", { state });
export const storm = (size) => post("/sandbox/storm", size);
export const allClear = () => post("/sandbox/storm", { over: true });
