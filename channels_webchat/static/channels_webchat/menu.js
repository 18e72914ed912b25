// What the visitor may set, take away and have forgotten.

const $ = (id) => document.getElementById(id);

export class Menu {
  isErasing = false;
  #strings;
  #erase;
  #onErased;

  /** `download(as)` resolves with a Blob; `erase()` with the server's word; `onErased()` begins anew. */
  constructor({ strings, store, download, erase, onErased }) {
    this.#strings = strings;
    this.#erase = erase;
    this.#onErased = onErased;
    $("more").addEventListener("click", () => $("menu").showModal());
    for (const dialog of [$("menu"), $("erase"), $("before")]) closable(dialog);
    $("sound").checked = !store.isSilent;
    $("sound").addEventListener("change", (event) => {
      store.isSilent = !event.target.checked;
    });
    $("save-text").addEventListener("click", () => this.#save(download, "text", "txt"));
    $("save-data").addEventListener("click", () => this.#save(download, "json", "json"));
    $("erase-ask").addEventListener("click", () => {
      $("menu").close();
      $("erase").showModal();
    });
    $("erase-do").addEventListener("click", () => this.#forget());
  }

  get isOpen() { return [$("menu"), $("erase"), $("before")].some((dialog) => dialog.open); }

  /** Tell the visitor something that is no message. */
  say(words) {
    $("notice").textContent = words;
    $("notice").hidden = !words;
  }

  async #save(download, as, ending) {
    try {
      const address = URL.createObjectURL(await download(as));
      const anchor = Object.assign(document.createElement("a"), { href: address, download: `chat.${ending}` });
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
    } catch {
      this.say(this.#strings.refused_connection);
    }
    $("menu").close();
  }

  async #forget() {
    this.isErasing = true;
    $("erase-do").disabled = true;
    try {
      const { proof } = await this.#erase();
      await this.#onErased();
      this.say(proof ? this.#strings.erased.replace("%(number)s", proof) : this.#strings.nothing_kept);
    } catch {
      this.say(this.#strings.not_erased);
    }
    $("erase-do").disabled = false;
    this.isErasing = false;
    $("erase").close();
  }
}

/** A press beside a dialog, or on its way out, closes it. */
function closable(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-closes]")) dialog.close();
  });
}
