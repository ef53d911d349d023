// Wycheproof and the interop vectors in Chromium: in WebAssembly, and through WebCrypto.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  MODULE,
  SETS,
  WEBCRYPTO_SKIPS,
  assertReport,
  assertVerdict,
  noVectors,
  vectors,
} from "../conformance/suite.mjs";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";

const own = (name) => fileURLToPath(new URL(`../conformance/${name}`, import.meta.url));
const SCRIPT = "text/javascript";
/** Everything that is served: path to type and file. */
const FILES = {
  "/worker.mjs": [SCRIPT, own("worker.mjs")],
  "/webcrypto.mjs": [SCRIPT, own("webcrypto.mjs")],
  "/conformance.mjs": [SCRIPT, join(MODULE, "conformance.mjs")],
  "/conformance.wasm": ["application/wasm", join(MODULE, "conformance.wasm")],
};

let server, browser, page;
before(async () => {
  server = createServer(async ({ url }, answer) => {
    const [type, file] = FILES[url] ?? ["text/html", null];
    answer.setHeader("Content-Type", type);
    answer.end(file ? await readFile(file) : "<!doctype html><title>Conformance</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  browser = await launch();
  page = await openPage(browser, `http://127.0.0.1:${server.address().port}`);
  await page.goto("/");
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** Runs a task in a fresh worker. */
async function inWorker(task, input) {
  const { value, error } = await page.evaluate(
    (message) =>
      new Promise((resolve) => {
        const worker = new Worker("/worker.mjs", { type: "module" });
        const finish = (answer) => {
          worker.terminate();
          resolve(answer);
        };
        worker.onmessage = ({ data }) => finish(data);
        worker.onerror = ({ message }) => finish({ error: message ?? "the worker does not start" });
        worker.postMessage(message);
      }),
    { task, input },
  );
  assert.equal(error, undefined);
  assertQuiet(page);
  return value;
}

for (const set of SETS) {
  test(`${set} in WebAssembly in Chromium`, async () => {
    const report = await inWorker("run", { set });
    assertReport(report, "WebAssembly in Chromium");
    assert.ok(report.passed > 0, "nothing passed");
  });

  test(`${set} through WebCrypto`, async () => {
    const report = await inWorker("webcrypto", { set, skips: WEBCRYPTO_SKIPS });
    assertReport(report, "WebCrypto in Chromium");
    const whole = WEBCRYPTO_SKIPS.some((skip) => skip.set === set && !skip.where && !skip.unless);
    assert.equal(report.passed > 0, !whole, "only a set that is skipped as a whole has nothing that passed");
  });
}

test("every vector gets its verdict in WebAssembly in Chromium", { skip: noVectors }, async () => {
  const all = vectors();
  const verdicts = await inWorker(
    "open",
    all.map(({ bytes, keyFile, question }) => ({
      artefact: bytes.toString("base64"),
      keyFile: keyFile.toString("base64"),
      question,
    })),
  );
  assert.equal(verdicts.length, all.length);
  all.forEach(({ artefact }, at) => assertVerdict(artefact, verdicts[at]));
});
