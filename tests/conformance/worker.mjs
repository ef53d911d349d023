// One task in a worker of the browser, where the product's cryptography runs too.
import init, * as module from "./conformance.mjs";
import { run } from "./webcrypto.mjs";

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const TASKS = {
  run: ({ set }) => JSON.parse(module.run(set)),
  webcrypto: ({ set, skips }) => run(JSON.parse(module.cases(set)), skips),
  open: (vectors) =>
    vectors.map(({ artefact, keyFile, question }) => JSON.parse(module.open(bytes(artefact), bytes(keyFile), question))),
};

addEventListener("message", async ({ data: { task, input } }) => {
  try {
    await init({ module_or_path: fetch("./conformance.wasm") });
    postMessage({ value: await TASKS[task](input) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
});
