// Asking the server for fragments outside of htmx's own elements.
import { patience } from "./page.js";

// Asks for a fragment; leads to the login page where the session has ended. Null where the server cannot be reached.
export async function ask(address) {
  try {
    const answer = await fetch(address, { signal: patience(), headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (answer.status === 401 && answer.headers.has("HX-Redirect")) location.href = answer.headers.get("HX-Redirect");
    return { status: answer.status, ok: answer.ok, headers: answer.headers, text: await answer.text() };
  } catch {
    return null;
  }
}

// Runs `work` once at a time; being asked meanwhile means running it once more.
export function oneAtATime(work) {
  let running = null;
  let again = false;
  const run = async () => {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    if (running) again = true;
    else running = run();
    return running;
  };
}
