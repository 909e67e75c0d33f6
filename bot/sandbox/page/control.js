// The control API: asks the sandbox, plays a person, and hears what changed.

export async function get(path) {
  const answer = await fetch(path);
  return { ok: answer.ok, ...(await answer.json()) };
}

// send answers {ok: false} when the sandbox does not answer at all.
export async function send(method, path, body) {
  try {
    const answer = await fetch(path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
    return { ok: answer.ok, ...(await answer.json()) };
  } catch {
    return { ok: false, error: "stopped" };
  }
}

const words = {
  stopped: "The sandbox does not answer. Is it still running?",
  dispatch_failed: "The app is not connected, so nothing was sent to it.",
  operation_timeout: "The app did not answer within three seconds.",
  no_such_button: "That button is not there any more.",
  no_such_view: "That form is not open any more.",
  trouble_connecting: "We had some trouble connecting. Try again?",
  invalid_command_response: "The app answered with something that Slack does not take.",
};

// why is what a person reads about a refused act.
export const why = (answer) => words[answer.error] ?? answer.message ?? answer.error ?? "That did not work.";

// listen calls hear("slack" | "pay") when something changed there, "on" when the sandbox answers (again),
// "off" when it does not. All windows of a browser share one worker: a browser opens only six
// connections to one address, and an event stream keeps one for good.
export function listen(hear) {
  if (!window.SharedWorker) return import("./events.js").then((events) => events.follow(hear));
  const worker = new SharedWorker("events.js", { type: "module" });
  worker.port.onmessage = (e) => hear(e.data);
}
