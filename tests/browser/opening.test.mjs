// What the worker can open: packages of several pieces, in every suite there is.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage } from "./support/browser.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";
import { chooseForWorker, connectWorker, ownIdentity, packForUs } from "./support/worker.mjs";

let server, browser, folder, identity, page, document, digest;
before(async () => {
  server = await Server.start();
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "konvolutt-opening-"));
  identity = await ownIdentity(server, folder);
  // Not a whole number of pieces, chunks or blocks.
  const bytes = randomBytes(3_333_333);
  bytes.write("%PDF-1.7\n");
  document = join(folder, "dokument.pdf");
  digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(document, bytes);
  page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  await connectWorker(page, "dokument.pdf");
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(name, change = () => {}, suite = name) {
  const path = join(folder, `${name}.cms`);
  packForUs(identity, document, path, suite);
  const bytes = await readFile(path);
  change(bytes);
  await writeFile(path, bytes);
  await chooseForWorker(page, path);
  return page.evaluate(() => window.openChosen());
}

for (const suite of ["oaep-cbc", "oaep-gcm"]) {
  test(`a package of several pieces in ${suite} opens, with every byte`, async () => {
    const { Opened } = await open(suite);
    const opened = Opened.documents.find(({ name }) => name === "dokument.pdf");
    assert.deepEqual([opened.size, opened.sha256], [3_333_333, digest]);
  });
}

test("a byte that was changed under GCM is found by the tag", async () => {
  const { Refused } = await open("changed", (bytes) => (bytes[1_500_000] ^= 1), "oaep-gcm");
  assert.deepEqual(Refused.map(({ code }) => code), ["cms_content_decrypt_failed"]);
});

test("a key transport that browsers cannot do is told, with what to do", async () => {
  const { Refused } = await open("pkcs1-cbc");
  assert.equal(Refused[0].code, "key_transport_unavailable");
  assert.ok(Refused[0].advice.length > 20, Refused[0].advice);
});
