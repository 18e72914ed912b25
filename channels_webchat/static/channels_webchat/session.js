// The visit: who the visitor is to the server, by a token that this origin keeps.

export class Session {
  #facts;
  #store;

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

  async #ask(said) {
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const body = JSON.stringify({ language: this.#facts.language, ...said });
    const response = await fetch(this.#facts.session, { method: "POST", headers, body, credentials: "omit" });
    if (response.status === 403 && this.token) {
      this.#store.token = null; // expired: begin anew
      return this.#ask(said);
    }
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const answer = await response.json();
    this.#store.token = answer.token;
    return answer;
  }
}
