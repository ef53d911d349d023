// Starts the worker's program. What is posted before it listens is held back and handed over in order.
import init from "{{glue}}";

const early = [];
const hold = (event) => {
  early.push(event);
  event.stopImmediatePropagation();
};
addEventListener("message", hold);
await init({ module_or_path: fetch("{{wasm}}", { integrity: "{{integrity}}" }) });
removeEventListener("message", hold);
for (const { data, ports } of early) dispatchEvent(new MessageEvent("message", { data, ports }));
