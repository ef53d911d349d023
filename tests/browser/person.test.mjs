// Letters to people: to a digital mailbox, on paper, and to Altinn's inbox. The page says how a letter goes, why, and who
// can read it; the person's number and what is written stand in no file of the relay's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, openPage } from "./support/browser.mjs";
import { disguises, file, marker, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { browser, enter, server } from "./support/stage.mjs";

const MAILBOX = "01817010136";
const RESERVED = "03817010376";
const WITHOUT_MAILBOX = "04817010496";
const RETURNED = "09817010986";
const REFUSED = "18817011892";

/** A page whose every address is kept: no number may stand in one. */
async function ready() {
  const page = await openPage(browser, server.base);
  page.addresses = [];
  page.on("request", (request) => page.addresses.push(request.url()));
  return enter(page);
}

async function choosePerson(page, number) {
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill(number);
  await page.getByRole("option", { name: /Privatperson/ }).click();
  await page.getByRole("region", { name: "Om mottakeren" }).getByText("Privatperson").waitFor();
}

const delivery = (page) => page.getByRole("region", { name: "Leveringsmåte" });
const textbox = (page, name) => page.getByRole("textbox", { name, exact: true });
const radio = (page, name) => page.getByRole("radio", { name, exact: true });

async function write(page, title, documents) {
  await textbox(page, "Tittel").fill(title);
  await journey.addDocuments(page, documents);
  await textbox(page, `Tittel på dokument ${documents.length}`).waitFor();
}

/** The sender's own address; the register's is the operator's. */
async function fillReturnAddress(page) {
  const back = page.getByRole("group", { name: "Returadresse" });
  const fields = { Navn: journey.US.name, "Adresselinje 1": "Postboks 1", Postnummer: "4321", Poststed: "Solvik" };
  for (const [name, value] of Object.entries(fields)) await back.getByRole("textbox", { name, exact: true }).fill(value);
}

async function nothingTold(page, number) {
  const told = page.addresses.filter((address) => address.includes(number.slice(0, 6)));
  assert.deepEqual(told, [], "the number stood in an address");
  assert.ok(!(await page.title()).includes(number.slice(0, 6)), "the number stood in the title");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!kept.includes(number), "the number was stored");
}

test("a decision goes to the mailbox, and is opened", async () => {
  const secret = marker();
  const page = await ready();
  await choosePerson(page, MAILBOX);
  await delivery(page).getByText(/^Sendes til den digitale postkassen til mottakeren/).waitFor();
  await journey.button(page, "Hvorfor denne leveringsmåten?").click();
  await delivery(page).getByText("Mottakeren har en aktiv digital postkasse.").waitFor();
  assert.ok(await radio(page, "Vedtak").isChecked());
  const documents = [file("Vedtak.pdf", pdf(`Vedtak ${secret}`)), file("Vedlegg æøå.pdf", pdf(`Vedlegg ${secret}`))];
  await write(page, "Vedtak om plass", documents);
  await radio(page, "Høyt").check();
  await page.getByRole("checkbox", { name: "Be om åpningskvittering" }).check();
  await textbox(page, "Hvorfor trenger du åpningskvittering?").fill("Klagefristen løper fra den dagen.");
  await textbox(page, "SMS til mottaker").fill("Du har fått brev fra Solvik.");
  await journey.preview(page);
  await page.getByText(/^Dokumentene blir kryptert til postkasseleverandøren\./).waitFor();
  await page.getByText("Mottakeren kan ikke svare her.", { exact: false }).waitFor();
  await page.getByText("Du har fått brev fra Solvik.").waitFor();
  await journey.send(page);
  const events = journey.events(page);
  await events.getByText("Levert i digital postkasse").waitFor();
  await events.getByText("Åpnet av mottakeren").waitFor();
  await page.getByRole("heading", { level: 1, name: "Vedtak om plass" }).waitFor();
  await page.getByText("Melding til Privatperson").first().waitFor();
  await page.goto("/sendt");
  await journey.messages(page).getByRole("link", { name: "Melding til Privatperson" }).first().waitFor();
  await nothingTold(page, MAILBOX);
  const holding = await server.filesHolding([...disguises(secret), ...disguises(MAILBOX)]);
  assert.deepEqual(holding.filter((path) => !path.includes("sandbox")), [], "the relay kept what it may not know");
  assertQuiet(page);
});

test("a mailbox shows an event or a proof beside the letter", async () => {
  const page = await ready();
  const seen = async () => {
    const told = await journey.told(page);
    const { items } = await server.json("/sandbox/mailbox.json");
    return items.find(({ messageId }) => messageId === told.messageId);
  };
  const begin = async (title) => {
    await choosePerson(page, MAILBOX);
    await write(page, title, [file("Brev.pdf", pdf(title))]);
    await page.locator("summary", { hasText: "Flere valg" }).click();
  };
  await begin("Innkalling til time");
  const choice = page.getByLabel("Vis i tillegg i postkassen");
  await choice.selectOption({ label: "Arrangement, for eksempel en time eller et møte" });
  await page.getByLabel("Begynner", { exact: true }).fill("2026-12-24T10:00");
  await page.getByLabel("Slutter", { exact: true }).fill("2026-12-24T09:00");
  await textbox(page, "Hva arrangementet er").fill("Time hos tannlegen");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: "Sted: fyll ut feltet." }).waitFor();
  await page.getByRole("link", { name: "Slutter: rett feltet." }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "event-until");
  await page.getByLabel("Slutter", { exact: true }).fill("2026-12-24T11:00");
  await textbox(page, "Sted").fill("Solvik tannklinikk");
  await journey.preview(page);
  await journey.shown(page, "Begynner").getByText("2026-12-24 10:00").waitFor();
  await journey.shown(page, "Sted").getByText("Solvik tannklinikk").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Levert i digital postkasse").waitFor();
  const event = await seen();
  assert.deepEqual([event.verdict, event.shown], ["ok", ["arrangement"]]);
  assert.ok(event.documents.some(({ name, mediaType }) => name === "arrangement.xml" && mediaType === "application/vnd.difi.dpi.arrangement+xml"));

  await begin("Beviset ditt");
  await choice.selectOption({ label: "Bevis, for eksempel et kort eller en tillatelse" });
  await textbox(page, "Navn på beviset").fill("Båtførerprøven");
  await textbox(page, "Fornavn til den beviset gjelder").fill("Prøve");
  await textbox(page, "Etternavn til den beviset gjelder").fill("Person");
  await textbox(page, "Nummeret på beviset").fill("A-17");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: "Hva nummeret på beviset heter: fyll ut feltet." }).waitFor();
  await textbox(page, "Hva nummeret på beviset heter").fill("Bevisnummer");
  await journey.preview(page);
  await journey.shown(page, "Navn på beviset").getByText("Båtførerprøven").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Levert i digital postkasse").waitFor();
  assert.deepEqual((await seen()).shown, ["bevis"]);
  await nothingTold(page, MAILBOX);
  assertQuiet(page);
});

test("who has reserved themselves gets decisions on paper and information digitally", async () => {
  const page = await ready();
  await choosePerson(page, RESERVED);
  await delivery(page).getByText("Mottakeren har reservert seg mot digital post.", { exact: false }).waitFor();
  assert.equal(await radio(page, "Brev på papir").count(), 0, "there is nothing to choose");
  await write(page, "Vedtak på papir", [file("Vedtak.pdf", pdf("Vedtak"))]);
  const to = page.getByRole("group", { name: "Adressen til mottakeren" });
  assert.notEqual(await to.getByRole("textbox", { name: "Navn" }).inputValue(), "", "the register's address is filled in");
  await page.getByRole("checkbox", { name: "Skriv ut i farger" }).check();
  await fillReturnAddress(page);
  await journey.preview(page);
  await page.getByText(/^Dokumentene blir kryptert til utskriftsleverandøren\./).waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Overlevert til utskrift og post").waitFor();
  await journey.events(page).getByText("Kilde: Utskriftsleverandøren").waitFor();
  await page.getByText(/^Overlevert til utskrift og post kl\. \d/).waitFor();
  assert.equal(await page.getByText(/^Levert til/).count(), 0, "paper is not delivered when it is posted");

  await choosePerson(page, RESERVED);
  await radio(page, "Informasjon").check();
  await delivery(page).getByText(/^Sendes til (den digitale postkassen|Altinn-innboksen) til mottakeren/).waitFor();
  await nothingTold(page, RESERVED);
  assertQuiet(page);
});

test("on paper goes what is chosen for paper, and nothing that was typed for the mailbox", async () => {
  const page = await ready();
  await choosePerson(page, MAILBOX);
  await delivery(page).getByText("Digital postkasse tar ikke med disse feltene: vedtak eller informasjon.").waitFor();
  await write(page, "Faktura", [file("Faktura.pdf", pdf("Faktura"))]);
  await journey.fillFolded(page, "Flere valg", { "Avsender-ID": "postkassen", Fakturareferanse: "P".repeat(41) });
  await radio(page, "Brev på papir").check();
  await delivery(page).getByText("Brev på papir tar ikke med disse feltene: vedtak eller informasjon, tittel.").waitFor();
  await fillReturnAddress(page);
  await journey.preview(page);
  assert.equal(await journey.shown(page, "Avsender-ID").count(), 0, "what was typed for the mailbox is shown");
  await journey.button(page, "Tilbake til utkastet").click();
  await journey.fillFolded(page, "Flere valg", { "Avsender-ID": "trykkeriet", Fakturareferanse: "F".repeat(41) });
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: /^Fakturareferanse: teksten er 1 tegn for lang/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "print-invoice-reference");
  await textbox(page, "Fakturareferanse").fill("F-2");
  await journey.preview(page);
  await journey.shown(page, "Avsender-ID").getByText("trykkeriet").waitFor();
  await journey.shown(page, "Fakturareferanse").getByText("F-2").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Overlevert til utskrift og post").waitFor();
  const { sbd } = await journey.told(page);
  const { avsenderidentifikator, fakturaReferanse } = JSON.parse(sbd).standardBusinessDocument.utskrift.avsender;
  assert.deepEqual([avsenderidentifikator, fakturaReferanse], ["trykkeriet", "F-2"]);
  assertQuiet(page);
});

test("paper that nobody could deliver comes back, and what to do is said", async () => {
  const page = await ready();
  await choosePerson(page, RETURNED);
  await delivery(page).getByText(/^Skrives ut og sendes i posten\./).waitFor();
  await write(page, "Vedtak som kommer i retur", [file("Vedtak.pdf", pdf("Vedtak"))]);
  await fillReturnAddress(page);
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Overlevert til utskrift og post").waitFor();
  await journey.events(page).getByText("Kom i retur").waitFor();
  await page.getByText("Sjekk adressen, og send brevet på nytt.").first().waitFor();
  await nothingTold(page, RETURNED);
  await page.goto("/sendt");
  await journey.messages(page).getByText("Kom i retur", { exact: true }).first().waitFor();
  assertQuiet(page);
});

/** Somebody of whom there is no number. */
async function chooseUnnumbered(page) {
  await page.goto("/ny");
  await journey.button(page, "Send på papir uten fødselsnummer").click();
  await page.getByRole("region", { name: "Om mottakeren" }).getByText("Person uten kjent fødselsnummer").waitFor();
}

test("who has no known number gets paper at the address that is filled in", async () => {
  const secret = marker();
  const page = await ready();
  await chooseUnnumbered(page);
  await delivery(page).getByText("Skrives ut og sendes i posten.", { exact: true }).waitFor();
  await journey.button(page, "Hvorfor denne leveringsmåten?").click();
  await delivery(page).getByText(/^Ingen blir slått opp\./).waitFor();
  assert.equal(await radio(page, "Vedtak").count(), 0, "paper is one way, whatever the letter is");
  await write(page, "Brev uten nummer", [file("Brev.pdf", pdf(`Brev ${secret}`))]);
  await fillReturnAddress(page);
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: "Adressen til mottakeren: navn mangler." }).waitFor();
  const to = page.getByRole("group", { name: "Adressen til mottakeren" });
  const fields = { Navn: "Uten Nummer", "Adresselinje 1": "Prøveveien 2", Postnummer: "0001", Poststed: "Solvik" };
  for (const [name, value] of Object.entries(fields)) await to.getByRole("textbox", { name, exact: true }).fill(value);
  await journey.preview(page);
  await page.getByText("Person uten kjent fødselsnummer").waitFor();
  await page.getByText(/^Dokumentene blir kryptert til utskriftsleverandøren\./).waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Overlevert til utskrift og post").waitFor();
  const { messageId } = await journey.told(page);
  const { items } = await server.json("/sandbox/mailbox.json");
  assert.equal(items.find((one) => one.messageId === messageId).verdict, "ok");
  const holding = await server.filesHolding(disguises(secret));
  assert.deepEqual(holding.filter((path) => !path.includes("sandbox")), [], "the relay kept what it may not know");
  assertQuiet(page);
});

test("another's certificate than the pinned print provider's is refused by the browser", async () => {
  const page = await ready();
  await page.route("**/api/v1/print-certificate", async (route) => {
    // It leads to the same root, and is the relay's own.
    const { transit } = await server.json("/trust.json");
    await route.fulfill({ json: { certificate: transit } });
  });
  await chooseUnnumbered(page);
  await page.getByText(/Sertifikatet til mottakeren er ikke gyldig/).first().waitFor();
  assertQuiet(page);
});

test("without a mailbox the sender chooses, and what is missing is listed at once", async () => {
  const page = await ready();
  await choosePerson(page, WITHOUT_MAILBOX);
  await delivery(page).getByText("Mottakeren har ikke valgt digital postkasse.", { exact: false }).waitFor();
  await radio(page, "Brev på papir").check();
  await delivery(page).getByText("Skrives ut og sendes i posten.", { exact: true }).waitFor();
  const back = page.getByRole("group", { name: "Returadresse" });
  await fillReturnAddress(page);
  await back.getByRole("textbox", { name: "Navn" }).fill("");
  await back.getByRole("textbox", { name: "Postnummer" }).fill("43");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await journey.problems(page).waitFor();
  const listed = page.locator("#error-summary").getByRole("link");
  const texts = await listed.allTextContents();
  assert.deepEqual(texts, [
    "Legg til minst ett dokument.",
    "Returadresse: navn mangler.",
    "Returadresse, Postnummer: rett feltet.",
  ]);
  await listed.nth(1).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "back-name");

  await radio(page, "Altinn-innboks").check();
  await delivery(page).getByText(/^Sendes til Altinn-innboksen til mottakeren\./).waitFor();
  await write(page, "Invitasjon til møte", [file("scan_0012.pdf", pdf("Program"))]);
  await textbox(page, "Tittel på dokument 1").fill("Programmet for møtet");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: "Meldingstekst: fyll ut feltet." }).click();
  await page.keyboard.type("Velkommen til møte.");
  await journey.button(page, "Legg til svarlenke").click();
  await page.getByLabel("Adresse for svarlenke 1").fill("http://svar.example");
  await textbox(page, "Svarfrist i dager").fill("to uker");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: /^Adressen for svarlenke 1 må begynne med https/ }).waitFor();
  await page.getByLabel("Adresse for svarlenke 1").fill("https://svar.example/paamelding");
  await page.getByRole("link", { name: "Skriv et helt antall dager, fra 0 til 3650." }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "days-to-reply");
  await textbox(page, "Svarfrist i dager").fill("14");
  await journey.preview(page);
  await journey.shown(page, "Svarfrist i dager").getByText("14").waitFor();
  await journey.shown(page, "Svarlenker").getByText("https://svar.example/paamelding").waitFor();
  await page.getByText("Altinn kan åpne dem.", { exact: false }).waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Åpnet hos mottaker").waitFor();
  const { messageId } = await journey.told(page);
  const { correspondences } = await server.json("/sandbox/mailbox.json");
  const came = correspondences.find((one) => one.sendersReference === messageId);
  assert.deepEqual(came.replyOptions.map(({ linkURL }) => linkURL), ["https://svar.example/paamelding"]);
  assert.equal(Date.parse(came.dueDateTime) - Date.parse(came.requestedPublishTime), 14 * 24 * 3600 * 1000);
  assert.deepEqual(came.content.attachments.map(({ displayName }) => displayName), ["Programmet for møtet"]);
  assert.equal(came.resourceId, "eformidling-meldingsteneste-innbygger", "as the registry names it");
  await nothingTold(page, WITHOUT_MAILBOX);
  assertQuiet(page);
});

test("what is to be read later lies at Altinn until that day, and is not overdue before", async () => {
  const page = await ready();
  await choosePerson(page, WITHOUT_MAILBOX);
  await radio(page, "Altinn-innboks").check();
  await write(page, "Invitasjon til neste uke", [file("Program.pdf", pdf("Program"))]);
  await textbox(page, "Meldingstekst").fill("Velkommen.");
  const day = new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  await page.getByLabel("Tilgjengelig fra").fill(day);
  await journey.preview(page);
  await journey.shown(page, "Tilgjengelig fra").getByText(day).waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Sendt", { exact: true }).first().waitFor();
  const { messageId, expires } = await journey.told(page);
  const { correspondences } = await server.json("/sandbox/mailbox.json");
  const came = correspondences.find((one) => one.sendersReference === messageId);
  const published = new Date(came.requestedPublishTime);
  assert.equal(published.toLocaleString("sv-SE", { timeZone: "Europe/Oslo" }), `${day} 00:00:00`);
  assert.equal(came.published, null);
  assert.equal(new Date(expires) - published, 24 * 3600 * 1000, "a day from when it can be read");
  assertQuiet(page);
});

test("wrong numbers are told apart, and nothing is asked about them", async () => {
  const page = await ready();
  await page.goto("/ny");
  const box = page.getByRole("combobox", { name: "Mottaker" });
  const told = page.locator("#recipient-message");
  for (const [number, words] of [
    ["01817010137", "Fødselsnummeret er ikke gyldig. Sjekk sifrene."],
    ["1817010136", "Fødselsnummeret har 10 sifre."],
    ["018170", "Skriv hele nummeret: 9 sifre for en virksomhet, 11 for en person."],
  ]) {
    await box.fill(number);
    await told.getByText(words, { exact: false }).waitFor();
  }
  await nothingTold(page, MAILBOX);
  assertQuiet(page);
});

test("a letter that the mailbox refuses says what to do", async () => {
  const page = await ready();
  await choosePerson(page, REFUSED);
  await delivery(page).getByText(/^Sendes til den digitale postkassen til mottakeren/).waitFor();
  await write(page, "Brev som blir avvist", [file("Brev.pdf", pdf("Brev"))]);
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Avvist av leverandøren").waitFor();
  await page.getByText("Skriv brevet på nytt og send det igjen.", { exact: false }).waitFor();
  assert.equal(await journey.button(page, "Send på nytt").count(), 0, "it cannot be sent again as it is");
  assertQuiet(page);
});
