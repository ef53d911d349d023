// Wycheproof and the interop vectors in WebAssembly under Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { MODULE, SETS, assertReport, assertVerdict, noVectors, vectors } from "./suite.mjs";

const module = await import(pathToFileURL(join(MODULE, "conformance.mjs")));
module.initSync({ module: readFileSync(join(MODULE, "conformance.wasm")) });

test("the sets are those that are expected", () => assert.deepEqual(JSON.parse(module.sets()), SETS));

for (const set of SETS) {
  test(`${set} in WebAssembly`, () => {
    const report = JSON.parse(module.run(set));
    assertReport(report, "WebAssembly in Node");
    assert.ok(report.passed > 0, "nothing passed");
  });
}

test("every vector gets its verdict in WebAssembly", { skip: noVectors }, () => {
  for (const { artefact, bytes, keyFile, question } of vectors()) {
    assertVerdict(artefact, JSON.parse(module.open(bytes, keyFile, question)));
  }
});
