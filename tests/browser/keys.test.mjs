// The organisation's certificate: it is taken in, stays, cannot be taken out, and wrong ones are refused in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, openPage } from "./support/browser.mjs";
import { file } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { browser, server, signedIn } from "./support/stage.mjs";

test("a wrong password is refused, and nothing is kept", async () => {
  const page = await signedIn({ key: false });
  await journey.offerKey(page, await journey.keystoreOf(server, journey.US.orgnr), "feil passord");
  await page.getByText("Feil passord til sertifikatet").first().waitFor();
  assert.equal(await page.getByText("Ble noe sendt?").count(), 0, "nobody was sending anything");
  await page.reload();
  await page.getByText("Det er ikke lagt inn noe sertifikat").waitFor();
  assertQuiet(page);
});

test("without a file it is said that one must be chosen, and where", async () => {
  const page = await signedIn({ key: false });
  await page.goto("/virksomhet/sertifikater");
  await page.getByLabel("Passord til filen").fill(journey.KEYSTORE_PASSWORD);
  await journey.button(page, "Legg inn sertifikatet").click();
  await page.getByText("Velg en sertifikatfil først.").waitFor();
  await journey.button(page, "Velg sertifikatfil").and(page.locator(":focus")).waitFor();
  assert.equal(await page.getByLabel("Passord til filen").inputValue(), journey.KEYSTORE_PASSWORD, "it is still needed");
  assertQuiet(page);
});

test("another organisation's certificate is refused", async () => {
  const page = await signedIn({ key: false });
  const foreign = await journey.keystoreOf(server, journey.REPLIER.orgnr);
  await journey.offerKey(page, foreign, journey.KEYSTORE_PASSWORD);
  await page.getByText(/Sertifikatet tilhører/).first().waitFor();
  assertQuiet(page);
});

test("a file that is no key store is refused", async () => {
  const page = await signedIn({ key: false });
  await journey.offerKey(page, file("brev.p12", Buffer.from("ikke en nøkkel"), "application/x-pkcs12"), "x");
  await page.getByText(/\.p12 eller \.pfx/).last().waitFor();
  assert.equal(await page.getByText("Sertifikatet er lagt inn.").count(), 0);
  assertQuiet(page);
});

test("the key stays over a reload, and cannot be exported", async () => {
  const page = await signedIn({ key: false });
  await journey.addKey(page, server);
  await page.reload();
  await page.getByRole("button", { name: /^Fjern sertifikatet/ }).waitFor();
  await page.getByText("Når du logger ut, fjernes sertifikatet fra nettleseren.", { exact: false }).waitFor();

  const result = await page.evaluate(async () => {
    const open = (name) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const all = (store) =>
      new Promise((resolve, reject) => {
        const request = store.getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const keys = [];
    const raw = [];
    const collect = (value) => {
      if (value instanceof CryptoKey) keys.push(value);
      else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) raw.push(new Uint8Array(value.buffer ?? value));
      else if (value && typeof value === "object") Object.values(value).forEach(collect);
    };
    for (const { name } of await indexedDB.databases()) {
      const database = await open(name);
      for (const store of database.objectStoreNames) {
        (await all(database.transaction(store).objectStore(store))).forEach(collect);
      }
      database.close();
    }
    const outcomes = [];
    for (const key of keys.filter(({ type }) => type === "private")) {
      for (const format of ["pkcs8", "jwk"]) {
        outcomes.push(await crypto.subtle.exportKey(format, key).then(() => "exported", (error) => error.name));
      }
    }
    return { privateKeys: keys.filter(({ type }) => type === "private").length, outcomes };
  });
  assert.ok(result.privateKeys > 0, "the keys are kept as CryptoKey objects");
  assert.deepEqual(new Set(result.outcomes), new Set(["InvalidAccessError"]));
  assertQuiet(page);
});

test("the key and its password never leave the browser", async () => {
  const page = await openPage(browser, server.base);
  const bodies = [];
  page.context().on("request", (request) => bodies.push(request.postDataBuffer() ?? Buffer.alloc(0)));
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  const sent = Buffer.concat(bodies);
  const keystore = await journey.keystoreOf(server, journey.US.orgnr);
  assert.ok(!sent.includes(keystore.buffer.subarray(0, 64)));
  assert.ok(!sent.includes(journey.KEYSTORE_PASSWORD));
  assertQuiet(page);
});

test("without WebCrypto the page says which browsers can", async () => {
  const page = await openPage(browser, server.base);
  await page.addInitScript(() => Object.defineProperty(Crypto.prototype, "subtle", { value: undefined }));
  await page.goto("/");
  await page.getByText("Nettleseren din kan ikke kryptere dokumenter.").waitFor();
  assertQuiet(page);
});
