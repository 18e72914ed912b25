// The help centre: suggestions while one types, and an article to read without leaving the chat.

const $ = (id) => document.getElementById(id);
const TYPING_PAUSE = 250;

export class Guide {
  #facts;
  #session;
  #store;
  #timer;
  #asking = null;
  #returnTo = null;

  /** `onTalk()` is called by whoever would rather talk to somebody. */
  constructor({ facts, session, store, onTalk }) {
    this.#facts = facts;
    this.#session = session;
    this.#store = store;
    const field = $("search");
    field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(field.value.trim()), TYPING_PAUSE);
    });
    $("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.#timer);
      this.#search(field.value.trim());
    });
    $("article-back").addEventListener("click", () => this.close());
    $("article-talk").addEventListener("click", () => {
      this.close();
      onTalk();
    });
    for (const button of $("verdict").querySelectorAll("button")) {
      button.addEventListener("click", () => this.#judge(button.value === "1"));
    }
  }

  get isReading() { return !$("article").hidden; }

  /** Show what most people ask. */
  begin() { this.#search(""); }

  close() {
    $("article").hidden = true;
    document.body.classList.remove("reading");
    this.#returnTo?.focus();
  }

  async #search(query) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const { articles } = await this.#get("", { q: query }, asking.signal);
      this.#list(articles, query);
    } catch {
      // Without suggestions one can still ask; the next letter tries again.
    }
  }

  #list(articles, query) {
    const { strings } = this.#facts;
    $("guide").hidden = !articles.length && !query;
    $("found").replaceChildren(...articles.map((article) => this.#entry(article)));
    $("found-none").hidden = Boolean(articles.length);
    $("found-status").textContent = query ? strings.found.replace("%(number)s", articles.length) : "";
  }

  #entry({ slug, title, summary, language }) {
    const item = document.createElement("li");
    const button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.lang = language;
    button.dir = "auto";
    button.title = summary;
    button.textContent = title;
    button.addEventListener("click", () => this.#open(slug, button));
    return item;
  }

  async #open(slug, from) {
    this.#returnTo = from;
    try {
      this.#show(await this.#get(`${slug}/`, {}));
    } catch {
      $("found-status").textContent = this.#facts.strings.no_article;
    }
  }

  #show({ slug, title, html, language }) {
    const box = $("article-text");
    $("article").dataset.slug = slug;
    $("article-title").textContent = title;
    box.lang = $("article-title").lang = language;
    // The server cleaned it: no mark-up of the article's own, only what Markdown makes.
    box.innerHTML = html;
    const isJudged = this.#store.judged.includes(slug);
    $("verdict").hidden = isJudged;
    $("verdict-thanks").textContent = "";
    document.body.classList.add("reading");
    $("article").hidden = false;
    $("article").scrollTop = 0;
    $("article-title").focus();
  }

  async #judge(helped) {
    const { slug } = $("article").dataset;
    const headers = { Authorization: `Bearer ${this.#session.token}` };
    const options = { method: "POST", headers, credentials: "omit", body: JSON.stringify({ helped }) };
    $("verdict").hidden = true;
    $("verdict-thanks").textContent = this.#facts.strings.thanks;
    this.#store.judged = [...this.#store.judged, slug];
    await fetch(`${this.#facts.guide}${slug}/verdict/`, options).catch(() => {});
  }

  async #get(path, query, signal) {
    const parameters = new URLSearchParams({ ...query, lang: this.#facts.language });
    const response = await fetch(`${this.#facts.guide}${path}?${parameters}`, { signal, credentials: "omit" });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  }
}
