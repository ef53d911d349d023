// What the tests under Node and in the browser have in common: where things are, and what must come out.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VECTORS = join(ROOT, "../shared/vectors");

/** The folder with conformance.mjs and conformance.wasm, which `cargo xtask test` builds. */
export const MODULE = process.env.KONVOLUTT_CONFORMANCE ?? resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "conformance");

export const SETS = [
  "rsa-pkcs1-signature",
  "rsa-pss",
  "ecdsa-p1363",
  "ecdsa-der",
  "aes-cbc",
  "aes-gcm",
  "rsa-oaep",
  "rsa-pkcs1-decryption",
];

const { webcrypto } = JSON.parse(readFileSync(new URL("skips.json", import.meta.url), "utf8"));
assert.ok(webcrypto.every(({ set }) => SETS.includes(set)), "skips.json names a set that is not there");
export const WEBCRYPTO_SKIPS = webcrypto;

const count = (reasons) => reasons.reduce((sum, reason) => sum + reason.count, 0);

/** Nothing failed, something passed, and every reason for a skip was used. */
export function assertReport(report, place) {
  const refused = report.refused === undefined ? "" : `, ${report.refused} refused`;
  console.log(`${place}: ${report.set}: ${report.passed} passed${refused}, ${count(report.skipped)} skipped, ${report.failed.length} failed`);
  assert.deepEqual(report.failed, [], report.set);
  for (const { reason, count } of [...report.skipped, ...(report.refusals ?? [])]) {
    assert.ok(count > 0 && reason, `${report.set}: never applies: ${reason}`);
  }
}

/** A reason to skip the vectors, or false. */
export const noVectors = existsSync(VECTORS) ? false : "the interop vectors are not beside the repository";

const read = (file) => readFileSync(join(VECTORS, file));

/** Every vector, with what the module is asked. */
export function vectors() {
  const { policy, artefacts } = JSON.parse(read("index.json"));
  assert.equal(artefacts.length, 32);
  return artefacts.map((artefact) => ({
    artefact,
    bytes: read(artefact.file),
    keyFile: artefact.openWith?.p12 ? read(artefact.openWith.p12) : Buffer.alloc(0),
    question: JSON.stringify({
      kind: artefact.kind,
      password: artefact.openWith?.password ?? "",
      clock: policy.clock,
      anchors: policy.trustAnchors.map((file) => read(file).toString()),
      intermediates: policy.intermediates.map((file) => read(file).toString()),
      crls: policy.crls.map((file) => read(file).toString("base64")),
      sender: artefact.sender ?? null,
    }),
  }));
}

/** Holds a verdict against what the index expects. */
export function assertVerdict({ id, kind, expected, documents, plaintext }, verdict) {
  const told = `${id}: ${JSON.stringify(verdict)}`;
  if (kind === "cms-raw") {
    assert.equal(verdict.content, plaintext.sha256, told);
  } else if (expected.outcome === "accept") {
    assert.ok(verdict.accepted, told);
    const names = ({ name, sha256 }) => [name, sha256];
    assert.deepEqual(verdict.documents.map(names), documents.map(names), told);
  } else if (expected.outcome === "reject") {
    assert.ok(!verdict.accepted, told);
    assert.ok([expected.error, ...(expected.alsoOk ?? [])].includes(verdict.codes[0]), told);
  } else {
    assert.equal(expected.outcome, "either", told);
  }
}
