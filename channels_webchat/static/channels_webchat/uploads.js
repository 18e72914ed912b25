// Files: picked, pasted or dropped; sent with progress, and stopped on the way.

import { Refused } from "./link.js";
import { newKey } from "./store.js";

const $ = (id) => document.getElementById(id);

export class Uploads {
  #facts;
  #link;
  #show;
  #takeAnswers;
  #running = new Map();

  /** `show(entry)` draws; `before(then)` asks what must be asked first; `takeAnswers()` are what goes along. */
  constructor({ facts, link, show, before, takeAnswers, say }) {
    this.#facts = facts;
    this.#link = link;
    this.#show = show;
    this.#takeAnswers = takeAnswers;
    const isTaken = Boolean($("file"));
    const take = (files) => {
      if (!isTaken) say(facts.strings.refused_file_type);
      else before(() => [...files].forEach((file) => this.send(file)));
    };
    const takeFrom = (event, data) => {
      if (!data?.files.length) return;
      event.preventDefault();
      take(data.files);
    };
    $("attach")?.addEventListener("click", () => $("file").click());
    $("file")?.addEventListener("change", (event) => {
      take([...event.target.files]);
      event.target.value = "";
    });
    $("text").addEventListener("paste", (event) => takeFrom(event, event.clipboardData));
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      if ($("drop")) $("drop").hidden = !event.dataTransfer?.types.includes("Files");
    });
    document.addEventListener("dragleave", (event) => {
      if ($("drop") && !event.relatedTarget) $("drop").hidden = true;
    });
    document.addEventListener("drop", (event) => {
      if ($("drop")) $("drop").hidden = true;
      takeFrom(event, event.dataTransfer);
    });
  }

  /** Send one file; the same `key` again where it was refused or the line broke. */
  async send(file, key = newKey()) {
    const card = { name: file.name, size: file.size, image: false };
    const entry = { key, side: "customer", name: "", text: "", at: new Date().toISOString(), order: Date.now(), file };
    const show = (changes) => this.#show({ ...entry, files: [card], refused: undefined, progress: undefined, ...changes });
    if (file.size > this.#facts.largestFile) {
      show({ refused: "file_size" });
      return;
    }
    const stop = new AbortController();
    this.#running.set(key, stop);
    show({ progress: 0 });
    try {
      const onProgress = (progress) => show({ progress });
      this.#show(await this.#link.upload(file, key, { onProgress, signal: stop.signal, answers: this.#takeAnswers() }));
    } catch (error) {
      if (!stop.signal.aborted) show({ refused: error instanceof Refused ? error.reason : "connection" });
    }
    this.#running.delete(key);
  }

  /** Stop sending; what the server has by then, it keeps. */
  cancel(key) { this.#running.get(key)?.abort(); }
}
