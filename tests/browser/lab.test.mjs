// The lab reads everything in the browser, with the network off.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertQuiet, chooseFiles, openPage } from "./support/browser.mjs";
import { file } from "./support/documents.mjs";
import { button, keystoreOf, US } from "./support/journey.mjs";
import { browser, server } from "./support/stage.mjs";

/** The interop vectors lie beside the repository, where there are any. */
const VECTORS = fileURLToPath(new URL("../../../shared/vectors/", import.meta.url));
const withVectors = { skip: existsSync(`${VECTORS}index.json`) ? false : "there are no vectors beside the repository" };

async function offlineLab() {
  const page = await openPage(browser, server.base);
  await page.goto("/lab");
  // What has read a file and shows what it is has everything that it needs.
  await inspect(page, file("innledning.bin", Buffer.from([1, 2, 3, 4, 254]), "application/octet-stream"));
  await page.evaluate(async () => void (await document.fonts.ready));
  await page.context().setOffline(true);
  page.requests = 0;
  page.on("request", (request) => {
    if (!request.url().startsWith("blob:")) page.requests += 1;
  });
  return page;
}

const result = (page) => page.getByRole("region", { name: "Resultat" });

/** Has a file read, and waits for its own result: another one's may be shown. */
async function inspect(page, dropped) {
  await chooseFiles(page, button(page, "Velg fil"), dropped);
  const sum = createHash("sha256").update(dropped.buffer).digest("hex");
  await result(page).filter({ hasText: sum }).getByText(/Godkjent|Uavklart|Ikke godkjent/).first().waitFor();
}

const vector = async (path) => file(path.split("/").at(-1), await readFile(VECTORS + path), "application/octet-stream");

test("an unknown file is told as it is, and nothing is fetched", async () => {
  const page = await offlineLab();
  await inspect(page, file("ukjent.bin", Buffer.from([0, 1, 2, 3, 255]), "application/octet-stream"));
  assert.equal(page.requests, 0);
  assertQuiet(page);
});

test("an SBD with an invalid number shows the finding", async () => {
  const page = await offlineLab();
  const sbd = { standardBusinessDocumentHeader: { headerVersion: "1.0" }, arkivmelding: {} };
  await inspect(page, file("sbd.json", Buffer.from(JSON.stringify(sbd)), "application/json"));
  await result(page).getByText("Ikke godkjent").waitFor();
  assert.ok((await page.getByRole("list", { name: "Funn" }).getByRole("listitem").count()) > 0);
  await page.getByRole("tree", { name: "Innhold" }).getByRole("treeitem").first().waitFor();
  assert.equal(page.requests, 0);
  assertQuiet(page);
});

test("a key store is recognised", async () => {
  const keystore = await keystoreOf(server, US.orgnr);
  const page = await offlineLab();
  await inspect(page, keystore);
  await page.getByText(/PKCS\s?#12/).first().waitFor();
  assertQuiet(page);
});

test("every vector is recognised and gets a verdict", withVectors, async () => {
  const { artefacts } = JSON.parse(await readFile(`${VECTORS}index.json`, "utf8"));
  const page = await offlineLab();
  for (const artefact of artefacts) {
    await inspect(page, await vector(artefact.file));
  }
  assert.equal(page.requests, 0);
  assertQuiet(page);
});

test("a sealed vector opens with its key", withVectors, async () => {
  const { artefacts } = JSON.parse(await readFile(`${VECTORS}index.json`, "utf8"));
  const sealed = artefacts.find(({ kind, expected }) => kind === "cms" && expected.outcome === "accept");
  const page = await offlineLab();
  await inspect(page, await vector(sealed.file));
  await page.getByLabel("Nøkkelfil (.p12)").setInputFiles(await vector(sealed.openWith.p12));
  await page.getByLabel("Passord", { exact: true }).fill(sealed.openWith.password);
  await button(page, "Dekrypter").click();
  for (const { name } of sealed.documents) {
    await page.getByRole("tree", { name: "Innhold" }).getByText(name).first().waitFor();
  }
  assert.equal(page.requests, 0);
  assertQuiet(page);
});
