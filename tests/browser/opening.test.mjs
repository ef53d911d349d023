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

/** Runs in the page: the files that opened letters lie in. */
async function spooled() {
  const files = [];
  for await (const [name, folder] of (await navigator.storage.getDirectory()).entries()) {
    if (!name.startsWith("opened-")) continue;
    for await (const file of folder.keys()) files.push(`${name}/${file}`);
  }
  return files;
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

// CBC has no integrity: what a changed package decrypts to is never handed out, nor left where a script could find it.
test("a letter that is refused yields no document, in the answer or in the origin's files", async () => {
  const given = await page.evaluate(() => window.blobsGiven);
  for (const at of [1_500_000, 3_000_000]) {
    const answer = await open(`refused-${at}`, (bytes) => (bytes[at] ^= 1), "oaep-cbc");
    assert.deepEqual(Object.keys(answer), ["Refused"]);
    assert.equal(await page.evaluate(() => window.blobsGiven), given);
    assert.deepEqual(await page.evaluate(spooled), []);
  }
  await open("oaep-cbc");
  assert.ok((await page.evaluate(() => window.blobsGiven)) > given, "a good one gives its documents");
});

test("a key transport that browsers cannot do is told, with what to do", async () => {
  const { Refused } = await open("pkcs1-cbc");
  assert.equal(Refused[0].code, "key_transport_unavailable");
  assert.ok(Refused[0].advice.length > 20, Refused[0].advice);
});
