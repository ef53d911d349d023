// Who lacks a right is told so in the place of what they may not do, with whom to ask; no form fails in the end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const SENDER = { orgnr: "310900117", name: "Testetaten Solvik" };
const DIRECTORATE = { orgnr: "310904015", name: "Direktoratet for prøvepost" };
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
  const menu = page.getByRole("navigation", { name: "Hovedmeny" });
  assert.equal(await menu.getByRole("link", { name: /^(Ny melding|Utkast)$/ }).count(), 0, "nor does the menu");
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

/** A letter of ours that has been sent; the relay's id of it. */
async function sent() {
  const page = await as("siri");
  await journey.addKey(page, server);
  await journey.compose(page, { recipient: SENDER, title: "Bare for oss", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  await journey.send(page);
  return (await journey.told(page)).id;
}

test("A7 who is not signed in is asked to, wherever they go, and shown nothing", async () => {
  const id = await sent();
  const page = await openPage(browser, server.base, { expected: [/status of 401/] });
  for (const address of ["/", "/innboks", "/sendt", "/ny", "/utkast", "/godkjenning", "/virksomhet/sertifikater", `/melding/${id}`]) {
    await page.goto(address);
    await page.getByRole("link", { name: "Logg inn", exact: true }).waitFor();
    assert.equal(await page.getByText(SENDER.name).count(), 0, address);
    assert.equal(await page.getByRole("navigation", { name: "Hovedmeny" }).count(), 0, address);
  }
  for (const path of [`messages/${id}`, `messages/${id}/package`, "attention?organisation=310904007", "approvals"]) {
    assert.equal((await fetch(new URL(`/api/v1/${path}`, server.base))).status, 401, path);
  }
  assertQuiet(page);
});

test("A7 who acts for another organisation reaches no message by its address", async () => {
  const id = await sent();
  const page = await openPage(browser, server.base, { expected: [/status of 40[34]/] });
  await journey.signIn(page, server, DIRECTORATE.orgnr, "jon");
  await page.goto(`/melding/${id}`);
  await page.getByText("Vi finner ikke meldingen").waitFor();
  assert.equal(await page.getByText("Bare for oss").count(), 0);
  const answers = await page.evaluate(async (id) => {
    const asked = [`messages/${id}`, `messages/${id}/package`, "messages?direction=out&organisation=310904007"];
    return Promise.all(asked.map(async (path) => (await fetch(`/api/v1/${path}`)).status));
  }, id);
  assert.ok(answers.every((status) => [403, 404].includes(status)), answers.join(", "));
  assertQuiet(page);
});
