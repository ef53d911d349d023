// Starts the worker's program. What is posted before it listens is held back and handed over in order.
import init from "{{glue}}";

// A worker of this one, see worker/digester.rs. Only the worker of a page has it.
const DIGESTER = "{{digester}}";
if (DIGESTER) {
  const admit = {
    createScriptURL(url) {
      if (url !== DIGESTER) throw new TypeError("Only the digester may be started.");
      return url;
    },
  };
  const policy = globalThis.trustedTypes?.createPolicy("efm", admit) ?? admit;
  globalThis.efmDigester = () => new Worker(policy.createScriptURL(DIGESTER), { type: "module" });
}

const early = [];
const hold = (event) => {
  early.push(event);
  event.stopImmediatePropagation();
};
addEventListener("message", hold);
await init({ module_or_path: fetch("{{wasm}}", { integrity: "{{integrity}}" }) });
removeEventListener("message", hold);
for (const { data, ports } of early) dispatchEvent(new MessageEvent("message", { data, ports }));
