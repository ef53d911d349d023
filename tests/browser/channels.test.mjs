// Letters that do not go by eFormidling's own way: to a municipality by KS SvarUt, whose answer comes back by SvarInn, and to
// an organisation's inbox at Altinn. The person is told who can read them before they are sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

/** It answers every letter. */
const MUNICIPALITY = { orgnr: "310903604", name: "Samlevik kommune" };
const BAKERY = { orgnr: "310900311", name: "Solvik Bakeri AS" };

let server, browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function ready() {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  return page;
}

test("a letter to a municipality is carried by KS, and its answer is shown as not signed", async () => {
  const page = await ready();
  const documents = [file("Søknad.pdf", pdf("Søknad")), file("Kart.pdf", pdf("Kart"))];
  await journey.compose(page, { recipient: MUNICIPALITY, title: "Høring om reguleringsplan", documents });
  await page.getByText(`Sendes med KS SvarUt. ${MUNICIPALITY.name} bruker ikke eFormidling til dette.`).waitFor();
  await journey.preview(page);
  await page.getByText("Dokumentene blir kryptert til KS. KS kan åpne dem for å levere.").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("KS SvarUt").first().waitFor();
  await page.goto("/innboks");
  await journey.messages(page).getByRole("link", { name: new RegExp(MUNICIPALITY.name) }).first().waitFor();
  await journey.openIncoming(page, MUNICIPALITY);
  await page.getByText("Ikke signert").waitFor();
  const shown = page.getByRole("list", { name: "Dokumenter" }).getByRole("button", { name: /^Last ned/ }).first();
  const { bytes } = await journey.download(page, shown);
  assert.ok(bytes.length > 0);
  assertQuiet(page);
});

test("a letter to an inbox at Altinn says that Altinn can read it, and arrives", async () => {
  const page = await ready();
  const documents = [file("Varsel.pdf", pdf("Varsel"))];
  await journey.compose(page, { recipient: BAKERY, title: "Varsel om tilsyn", documents });
  await page.getByText(`Sendes til Altinn-innboksen til ${BAKERY.name}.`, { exact: false }).waitFor();
  await page.getByText(`${BAKERY.name} kan ikke svare her.`, { exact: false }).waitFor();
  await journey.preview(page);
  await page.getByText("Dokumentene blir kryptert på vei til Altinn. Altinn kan åpne dem.").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Levert", { exact: true }).first().waitFor();
  assertQuiet(page);
});
