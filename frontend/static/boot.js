// Starts a page's program. The build puts the names of the hashed files in.
import init from "{{glue}}";

const WORKER = "{{worker}}";
const CANNOT =
  "Nettleseren din kan ikke kryptere dokumenter. Bruk en nyere versjon av Edge, Chrome, Firefox eller Safari.";

// The content policy names this Trusted Types policy only, and it admits one address only: our own worker.
const admit = {
  createScriptURL(url) {
    if (url !== WORKER) throw new TypeError("Only the worker may be started.");
    return url;
  },
};
const policy = globalThis.trustedTypes?.createPolicy("efm", admit) ?? admit;

globalThis.efmWorker = () => new Worker(policy.createScriptURL(WORKER), { type: "module" });

function explain() {
  const notice = document.createElement("p");
  notice.className = "ds-alert";
  notice.dataset.color = "danger";
  notice.setAttribute("role", "alert");
  notice.textContent = CANNOT;
  const main = document.createElement("main");
  main.append(notice);
  document.body.replaceChildren(main);
}

if (typeof WebAssembly !== "object" || !globalThis.crypto?.subtle) {
  explain();
} else {
  try {
    await init({ module_or_path: fetch("{{wasm}}", { integrity: "{{integrity}}" }) });
  } catch (cause) {
    console.error(cause);
    explain();
  }
}
