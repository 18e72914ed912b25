// Several tabs of one visitor: one of them makes the sound, and none where the message is being looked at.

// Long enough for a tab that shows the message to say so first.
const GRACE = 150;

export class Tabs {
  #store;
  #key;

  constructor(store, key) {
    this.#store = store;
    this.#key = key;
  }

  /** The message `id` is on a screen that somebody looks at: nobody need be called. */
  seen(id) {
    if (id > this.#store.heard) this.#store.heard = id;
  }

  /** Do `ring` in one tab only, unless somebody has seen the message `id` by then. */
  async call(id, ring) {
    await new Promise((resolve) => setTimeout(resolve, GRACE));
    const first = () => {
      if (id <= this.#store.heard) return;
      this.#store.heard = id;
      ring();
    };
    if (this.#store.isShared && navigator.locks) await navigator.locks.request(`csplatform-call-${this.#key}`, first);
    else first();
  }
}
