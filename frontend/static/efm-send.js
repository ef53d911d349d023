// <efm-send client-id="pk_test_…" recipient="310900419" title="…" lang="nb" theme="auto"></efm-send>
//
// Shows the send form in a frame of another origin. This page hears that something was sent, never what: events are
// efm-ready, efm-resize, efm-change, efm-progress, efm-sent and efm-error, with plain frozen data in `detail`.

const HOME = new URL(import.meta.url).origin;
const EVENTS = new Set(["efm-ready", "efm-resize", "efm-change", "efm-progress", "efm-sent", "efm-error"]);
const GIVEN = ["recipient", "title", "session", "lang", "theme"];
const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox";
const NAMES = {
  nb: "Send melding med eFormidling",
  nn: "Send melding med eFormidling",
  en: "Send a message with eFormidling",
};
const SAME_ORIGIN =
  "efm-send: siden har samme opphav som sendeskjemaet, så rammen skjermer ikke innholdet mot den. " +
  "Legg skjemaet på et eget opphav. (This page and the form share an origin, so the frame cannot protect the content.)";
const NO_CLIENT = "efm-send: client-id mangler. (client-id is missing.)";

class EfmSend extends HTMLElement {
  static version = "1";
  static observedAttributes = [...GIVEN, "client-id"];

  #frame = null;
  #port = null;
  #listen = (event) => this.#greet(event);

  connectedCallback() {
    if (this.#frame) return;
    if (!this.getAttribute("client-id")) return this.#refuse("client-id", NO_CLIENT);
    // The sandbox's allow-same-origin is only safe when the frame's origin is not this page's.
    if (HOME === location.origin) return this.#refuse("rammen.opphav", SAME_ORIGIN);
    addEventListener("message", this.#listen);
    this.#build();
  }

  disconnectedCallback() {
    // Moving the element in the page is not leaving it.
    queueMicrotask(() => {
      if (!this.isConnected) this.#forget();
    });
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.#frame) return;
    if (name === "client-id") {
      this.#forget();
      this.connectedCallback();
    } else {
      this.#port?.postMessage(this.#hello());
    }
  }

  get #lang() {
    const own = this.getAttribute("lang");
    const wanted = own && own !== "auto" ? own : this.parentElement?.closest("[lang]")?.lang;
    const tag = (wanted ?? "nb").split("-")[0].replace(/^no$/, "nb");
    return tag in NAMES ? tag : "nb";
  }

  #hello() {
    const hello = { type: "efm-hello", version: EfmSend.version };
    for (const name of GIVEN) hello[name] = this.getAttribute(name);
    hello.lang = this.#lang;
    return hello;
  }

  #build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      ":host{display:block;min-width:280px}iframe{display:block;width:100%;height:600px;border:0;color-scheme:normal}",
    );
    root.adoptedStyleSheets = [sheet];
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", SANDBOX);
    frame.allow = "clipboard-write";
    frame.referrerPolicy = "strict-origin";
    frame.title = NAMES[this.#lang];
    frame.src = `${HOME}/embed/v1/frame?client_id=${encodeURIComponent(this.getAttribute("client-id"))}`;
    this.#frame = frame;
    root.replaceChildren(frame);
  }

  // The frame says that it listens; only then is the port handed over, and only to its origin.
  #greet(event) {
    const frame = this.#frame?.contentWindow;
    if (!frame || event.source !== frame || event.origin !== HOME || event.data?.type !== "efm-listening") return;
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#hear(data);
    this.#port = port1;
    frame.postMessage(this.#hello(), HOME, [port2]);
  }

  #hear(data) {
    if (!EVENTS.has(data?.type)) return;
    const { type, ...detail } = data;
    if (type === "efm-resize" && Number.isFinite(detail.height)) {
      const height = Math.min(Math.max(detail.height, 120), 20000);
      this.#frame.style.height = `${height}px`;
    }
    this.#tell(type, detail);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: Object.freeze(detail) }));
  }

  #refuse(code, message) {
    console.error(message);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const notice = document.createElement("p");
    notice.setAttribute("role", "alert");
    notice.textContent = message;
    root.replaceChildren(notice);
    this.#tell("efm-error", { code, retryable: false });
  }

  #forget() {
    removeEventListener("message", this.#listen);
    this.#port?.close();
    this.#port = null;
    this.#frame?.remove();
    this.#frame = null;
  }
}

customElements.define("efm-send", EfmSend);
