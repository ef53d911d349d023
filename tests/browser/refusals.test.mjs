// What is wrong is said before anything leaves, in the words of the house; and what breaks on the way is taken up again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage, PATIENCE } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const NO_CAPABILITY = { orgnr: "310901415", name: "Uten mottaksmulighet" };
const NOT_THERE = { orgnr: "310901318", name: "Finnes ikke" };
const SMALL = { orgnr: "310901717", name: "Liten postkasse" };
const EXPIRED = { orgnr: "310901814", name: "Utløpt sertifikat" };
const INSIGHT = { orgnr: "310903701", name: "Innsynsmottaket" };
const HEALTH = { orgnr: "310903809", name: "Helsemottaket" };
const REVOKED = { orgnr: "310901911", name: "Tilbakekalt sertifikat" };
/** The browser reports every refused answer in its console; the test asked for these. */
const REFUSED_ANSWER = /Failed to load resource: the server responded with a status of 4\d\d/;
const LOST_CONNECTION = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|FAILED|INCOMPLETE_CHUNKED_ENCODING)/;

let server, browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function ready(options) {
  const page = await openPage(browser, server.base, options);
  page.submissions = 0;
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/v1/messages")) page.submissions += 1;
  });
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  return page;
}

const letter = (documents, recipient = journey.REPLIER) => ({ recipient, title: "Om byggesaken", documents });
const brev = () => file("Brev.pdf", pdf("Brev"));

async function refusesToGoOn(page, text) {
  await journey.button(page, "Gå til forhåndsvisning").click();
  await journey.problems(page).waitFor();
  await page.getByText(text).first().waitFor();
  assert.equal(await journey.heading(page, "Se over og send").count(), 0);
  assert.equal(page.submissions, 0, "nothing was sent");
  assertQuiet(page);
}

test("two documents with the same name", async () => {
  const page = await ready();
  await journey.compose(page, letter([brev(), file("Brev.pdf", pdf("Et annet brev"))]));
  await refusesToGoOn(page, "To dokumenter heter «Brev.pdf».");
  await page.getByRole("button", { name: /^Gi nytt navn: / }).first().click();
  await journey.preview(page);
});

test("an empty file", async () => {
  const page = await ready();
  await journey.compose(page, letter([file("Tom.pdf", Buffer.alloc(0))]));
  await refusesToGoOn(page, "«Tom.pdf» er tom. Fjern den, eller velg en annen fil.");
});

test("a file that is not what its name says", async () => {
  const page = await ready();
  await journey.compose(page, letter([file("Brev.pdf", Buffer.from("Dette er ren tekst."))]));
  await refusesToGoOn(page, "«Brev.pdf» heter .pdf, men er ikke en PDF.");
});

test("forbidden characters in a name", async () => {
  const page = await ready();
  await journey.compose(page, letter([file("Svar: sak 12?.pdf", pdf("Svar"))]));
  await refusesToGoOn(page, /har tegn som ikke virker i filnavn/);
  await page.getByRole("button", { name: /^Bytt til / }).first().click();
  await journey.preview(page);
});

test("more than the recipient takes", async () => {
  const page = await ready();
  await journey.compose(page, letter([file("Stor.pdf", pdf("Stor", 2 * 1024 * 1024))], SMALL));
  await refusesToGoOn(page, /Filene er til sammen/);
});

test("everything that is missing is said at once", async () => {
  const page = await ready();
  await page.goto("/ny");
  await journey.button(page, "Gå til forhåndsvisning").click();
  const summary = page.getByRole("region").filter({ has: journey.problems(page) }).last();
  await summary.waitFor();
  const links = summary.getByRole("link");
  assert.ok((await links.count()) >= 3, "recipient, title and documents");
  await links.filter({ hasText: /tittel/i }).first().click();
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  assert.equal(focused, "INPUT");
  assertQuiet(page);
});

test("an organisation number with a wrong check digit", async () => {
  const page = await ready({ expected: [REFUSED_ANSWER] });
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill("310900418");
  await page.getByText(/er ikke et gyldig organisasjonsnummer. Sjekk sifrene./).first().waitFor();
  assertQuiet(page);
});

test("a sub-unit has no address, and its organisation is offered beside it", async () => {
  const page = await ready();
  await page.goto("/ny");
  // By number and by name.
  for (const typed of ["310903426", "avd. nord"]) {
    await page.getByRole("combobox", { name: "Mottaker" }).fill(typed);
    await page.getByRole("option", { name: /Flere underenheter avd. nord/ }).click();
    await page.getByText("er en underenhet og har ingen egen adresse. Velg hovedenheten 310 903 418 i stedet.").waitFor();
  }
  await page.getByRole("option", { name: journey.groupedPattern("310903418") }).click();
  await page.getByText("Sendes med eFormidling rett til sakarkivet hos Flere underenheter.").waitFor();
  assertQuiet(page);
});

test("an organisation that is deleted in the register is not written to", async () => {
  const page = await ready();
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill("310903515");
  await page.getByRole("option", { name: /Slettet prøveetat/ }).click();
  await page.getByText("Slettet prøveetat er slettet i Enhetsregisteret fra 2025-06-30. Velg en annen mottaker.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Bytt mottaker" }).count(), 0);
  assertQuiet(page);
});

test("that an organisation is bankrupt is said before anything is written", async () => {
  const page = await ready();
  await page.goto("/ny");
  await journey.chooseRecipient(page, { orgnr: "310903523" });
  await page.getByText("Konkursrammet Bakeri AS er under konkurs. Sjekk hvem som skal ha brevet (ofte bostyrer).").waitFor();
  await page.getByText(/^Sendes til Altinn-innboksen til Konkursrammet Bakeri AS/).waitFor();
  assertQuiet(page);
});

for (const [what, recipient, text] of [
  ["that cannot receive", NO_CAPABILITY, /tar ikke imot/],
  ["that does not exist", NOT_THERE, /finner ikke mottakeren|Ingen virksomhet passer/],
  ["whose certificate has expired", EXPIRED, /Sertifikatet til mottakeren er ikke gyldig/],
  ["whose certificate is revoked", REVOKED, /Sertifikatet til mottakeren er ikke gyldig/],
  ["that only eInnsyn reaches", INSIGHT, /eInnsyn, helsenettet eller en annen tjeneste.*Bruk tjenestens eget system/],
  ["that only the health network reaches", HEALTH, /Mottakeren nås på en måte vi ikke sender/],
]) {
  test(`a recipient ${what}`, async () => {
    const page = await ready({ expected: [REFUSED_ANSWER] });
    await page.goto("/ny");
    await page.getByRole("combobox", { name: "Mottaker" }).fill(recipient.orgnr);
    const option = page.getByRole("option", { name: journey.groupedPattern(recipient.orgnr) }).first();
    const refusal = page.getByText(text).first();
    await option.or(refusal).first().waitFor();
    if (await option.count()) await option.click();
    await refusal.waitFor();
    assert.equal(page.submissions, 0);
    assertQuiet(page);
  });
}

test("a registry answer that was changed on the way is refused by the browser", async () => {
  const page = await ready();
  await page.route("**/api/v1/recipients/lookup", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const [header, payload, signature] = body.registryAnswer.split(".");
    const text = Buffer.from(payload, "base64url").toString();
    // The same answer, but with another certificate's bytes: what a relay that wants to read along would do.
    const at = text.indexOf("MII") + 40;
    assert.ok(at > 40, "the answer carries a certificate");
    const swapped = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    body.registryAnswer = [header, Buffer.from(swapped).toString("base64url"), signature].join(".");
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto("/ny");
  await journey.chooseRecipient(page, journey.REPLIER);
  await page.getByText(/adressetjenesten|ikke signert/i).first().waitFor();
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill("Om byggesaken");
  await journey.addDocuments(page, [brev()]);
  await journey.button(page, "Gå til forhåndsvisning").click();
  await journey.problems(page).waitFor();
  assert.equal(page.submissions, 0);
  assertQuiet(page);
});

test("a relay that goes down in the middle of an upload loses nothing and sends nothing twice", async () => {
  const page = await ready({ expected: [LOST_CONNECTION, REFUSED_ANSWER, /status of 5\d\d/] });
  const offsets = [];
  let cut = false;
  await page.route("**/api/v1/uploads/*", async (route) => {
    const request = route.request();
    if (request.method() !== "PATCH") return route.continue();
    offsets.push(Number(await request.headerValue("upload-offset")));
    if (offsets.length === 2 && !cut) {
      cut = true;
      await server.kill();
      await route.abort("connectionreset");
      const lost = "Vi har mistet forbindelsen. Vi prøver igjen. Ikke lukk fanen.";
      await page.getByRole("status").filter({ hasText: lost }).waitFor();
      await server.startAgain();
      return undefined;
    }
    return route.continue();
  });
  await journey.compose(page, letter([file("Stor.pdf", pdf("Stor", 20 * 1024 * 1024))]));
  await journey.preview(page);
  await journey.send(page);
  assert.ok(cut, "the upload has more than one part, so that it can be cut");
  assert.equal(offsets.filter((offset) => offset === 0).length, 1, "it goes on from where it stopped");
  await journey.events(page).getByText("Levert", { exact: true }).waitFor({ timeout: PATIENCE });

  const sent = await page.evaluate(async () => {
    const answer = await fetch("/api/v1/messages?direction=out&organisation=310904007");
    return (await answer.json()).items;
  });
  const stored = sent.filter(({ party }) => party.orgnr === journey.REPLIER.orgnr);
  assert.equal(stored.length, 1, "one message");
  assertQuiet(page);
});
