// What is asked before the first message. Whoever has answered already is not asked again, and nothing written is lost.

import { writeInline } from "./markdown.js";

const $ = (id) => document.getElementById(id);

export class Form {
  /** Nobody is there: an address is needed, since the answer comes by e-mail. */
  isAway = false;
  #facts;
  #store;
  #dialog = $("before");
  #fields = $("before-form").elements;
  #then = () => {};

  /** `introduce({name, email})` tells the server who it is; a refusal of it is not waited for. */
  constructor({ facts, store, introduce }) {
    this.#facts = facts;
    this.#store = store;
    if (facts.consent) writeInline($("consent"), facts.consent);
    $("before-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
      this.#dialog.close();
      introduce(this.#said("name", "email"));
      this.#then();
    });
    $("before-later").addEventListener("click", () => this.#dialog.close());
  }

  get isOpen() { return this.#dialog.open; }

  /** Do `then` once all that is asked is answered; at once where it is. `visitor` is who they are so far. */
  before(visitor, then) {
    const missing = this.#missing(visitor);
    const isAsked = this.#store.formAsked && !missing.some(([, isRequired]) => isRequired);
    if (!missing.length || isAsked) {
      then();
      return;
    }
    this.#then = then;
    for (const field of this.#fields) {
      if (!field.name) continue;
      const [, isRequired] = missing.find(([name]) => name === field.name) ?? [];
      field.closest("label").hidden = field.disabled = isRequired === undefined;
      field.required = Boolean(isRequired);
    }
    $("before-away").hidden = !this.isAway;
    this.#dialog.showModal();
  }

  #missing({ name, email }) {
    const { facts, answers } = { facts: this.#facts, answers: this.#store.answers ?? {} };
    const asked = [
      ["name", facts.name === "required", facts.name && !name],
      ["email", facts.email === "required" || this.isAway, (facts.email || this.isAway) && !email],
      ["topic", facts.needsTopic, facts.topics.length && !answers.topic],
      ["question", facts.needsQuestion, facts.question && !answers.question],
      ["agreed", true, facts.needsConsent && !answers.agreed],
    ];
    return asked.filter(([, , isMissing]) => isMissing);
  }

  #take() {
    this.#store.formAsked = true;
    const answers = { ...this.#store.answers, ...this.#said("topic", "question") };
    if (this.#fields.agreed?.checked) answers.agreed = true;
    this.#store.answers = Object.keys(answers).length ? answers : null;
  }

  #said(...names) {
    const given = names.map((name) => [name, this.#fields[name]?.value.trim()]);
    return Object.fromEntries(given.filter(([name, value]) => value && !this.#fields[name].disabled));
  }
}
