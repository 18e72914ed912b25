// The visit: who the visitor is to the server, by a token that this origin keeps.

const ANSWER_WITHIN = 15000;

/** A signal that ends a request after so many milliseconds: on a dead network nothing fails by itself. */
export function patience(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

export class Session {
  #facts;
  #store;
  #mine = null;
  isSignedIn = false;
  onExpired = () => {};

  constructor(facts, store) {
    this.#facts = facts;
    this.#store = store;
  }

  get token() { return this.#store.token; }

  /** Begin or go on with the visit. Several tabs at once take turns, so that they share one visitor. */
  open(said = {}) {
    const ask = () => this.#ask(said);
    const canWait = this.#store.isShared && navigator.locks;
    return canWait ? navigator.locks.request(`csplatform-session-${this.#facts.key}`, ask) : ask();
  }

  renew() { return this.open(); }

  /** Go on as the person whom the site's word is about; what was said without a name goes with them. */
  async signIn(identity) {
    const answer = await this.#post({ identity }, this.token);
    const { outbox, draft } = this.#store;
    this.#store.forgetUnsent();
    this.#store.token = null;
    this.#store.belongsTo(personOf(identity));
    for (const message of outbox) this.#store.keep(message);
    this.#store.draft ||= draft;
    this.#keep(answer);
    this.isSignedIn = true;
    return answer;
  }

  /** The server has forgotten this visitor. Another tab may have begun anew already: its token stays. */
  forget() {
    if (!this.isSignedIn && this.token === this.#mine) this.#store.token = null;
  }

  async #ask(said) {
    try {
      return this.#keep(await this.#post(said, this.token));
    } catch (error) {
      // Expired: begin anew. Who is signed in can be vouched for by the site alone.
      if (error.status === 403 && this.isSignedIn) this.onExpired();
      if (error.status !== 403 || !this.token || this.isSignedIn) throw error;
      this.#store.token = null;
      return this.#ask(said);
    }
  }

  #keep(answer) {
    this.#mine = answer.token;
    this.#store.token = answer.token;
    return answer;
  }

  async #post(said, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const body = JSON.stringify({ language: this.#facts.language, timezone: timeZone, ...said });
    const options = { method: "POST", headers, body, credentials: "omit", signal: patience(ANSWER_WITHIN) };
    const response = await fetch(this.#facts.session, options);
    if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
    return response.json();
  }
}

/** Whom a site's word is about, to keep people's things apart here. Only the server can tell whether it is true. */
function personOf(identity) {
  const claims = JSON.parse(atob(identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  return `${claims.iss}|${claims.sub}`;
}
