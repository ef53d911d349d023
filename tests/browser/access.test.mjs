// Who lacks a right is told so in the place of what they may not do, with whom to ask; no form fails in the end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const SENDER = { orgnr: "310900117", name: "Testetaten Solvik" };
const ask = (role) => `Be administratoren hos ${journey.US.name} om rollen «${role}».`;

let server, browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function as(id) {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server, journey.US.orgnr, id);
  return page;
}

test("a reader is told that they may read and not send, and sees no form", async () => {
  const page = await as("lea");
  const main = page.getByRole("main");
  await main.getByText(`Du kan lese meldinger for ${journey.US.name}, men ikke sende.`).waitFor();
  assert.equal(await main.getByRole("link", { name: "Ny melding" }).count(), 0, "nothing leads where one may not go");
  assert.equal(await main.getByText("Virksomhetssertifikat").count(), 0, "nor is a certificate asked for");
  await page.goto("/ny");
  await journey.heading(page, "Ny melding").waitFor();
  await main.getByText(`Du kan lese meldinger for ${journey.US.name}, men ikke sende.`).waitFor();
  await main.getByText(ask("Saksbehandler")).waitFor();
  assert.equal(await main.getByRole("combobox").count(), 0);
  assert.equal(await main.getByRole("button").count(), 0);

  await journey.openIncoming(page, SENDER);
  await main.getByText("Du kan se at meldingen har kommet, men ikke åpne den.").waitFor();
  await main.getByRole("region", { name: "Status" }).waitFor();
  assert.equal(await journey.button(page, "Svar").count(), 0);
  assert.equal(await journey.button(page, "Bekreft at meldingen er tatt imot").count(), 0);
  assertQuiet(page);
});

test("who may not read is told so on every page of messages, in each language", async () => {
  const page = await as("aud");
  const main = page.getByRole("main");
  for (const address of ["/", "/innboks", "/sendt"]) {
    await page.goto(address);
    await main.getByText(`Du har ikke tilgang til å lese meldinger for ${journey.US.name}.`).waitFor();
    await main.getByText(ask("Leser")).waitFor();
    assert.equal(await journey.messages(page).count(), 0);
  }
  await page.goto("/ny");
  await main.getByText(`Du har ikke tilgang til å sende meldinger for ${journey.US.name}.`).waitFor();
  await journey.setLanguage(page, "English");
  await main.getByText(`You may not send messages for ${journey.US.name}.`).waitFor();
});
