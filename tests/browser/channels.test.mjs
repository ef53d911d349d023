// Letters that do not go by eFormidling's own way: to a municipality by KS SvarUt, whose answer comes back by SvarInn, and to
// an organisation's inbox at Altinn. The person is told who can read them before they are sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, openPage } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";
import { browser, server, signedIn } from "./support/stage.mjs";

/** It answers every letter. */
const MUNICIPALITY = { orgnr: "310903604", name: "Samlevik kommune" };
const NO_ROLE = { orgnr: "310903116", name: "Ingen rolle" };
const BAKERY = { orgnr: "310900311", name: "Solvik Bakeri AS" };
/** Its archive never takes anything, so that KS puts it on paper. */
const PAPER = { orgnr: "310903248", name: "Avvisvik kommune" };
/** Its system has level 4. */
const HIGH = { orgnr: "310903256", name: "Høyvik kommune" };

/** Asks for the preview and is told what is wrong instead. */
async function refused(page, ...texts) {
  await journey.button(page, "Gå til forhåndsvisning").click();
  const summary = page.getByRole("region").filter({ has: journey.problems(page) }).last();
  for (const text of texts) await summary.getByRole("link", { name: text }).waitFor();
  assert.equal(await summary.getByRole("link").count(), texts.length);
  return summary;
}

/** Has a counterpart write to us. */
async function writes({ base }, { orgnr }) {
  const body = JSON.stringify({ from: orgnr, to: journey.US.orgnr, kind: "good" });
  const answer = await fetch(new URL("/sandbox/control/write", base), { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.ok(answer.ok, `${answer.status}`);
}

test("a letter to a municipality is carried by KS, and its answer is shown as not signed", async () => {
  const page = await signedIn();
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

test("what KS may not print or its recipients may cut is told before a letter is sent", async () => {
  const page = await signedIn();
  const documents = [file("Brev.pdf", pdf("Brev")), file("Tall.txt", Buffer.from("1 2 3"), "text/plain")];
  const title = "Høring om reguleringsplan ".repeat(4).trim();
  await journey.compose(page, { recipient: MUNICIPALITY, title, documents });
  await page.getByText("Bruk PDF. Mottakeren kan ta imot andre filtyper, men det er ikke sikkert.", { exact: false }).waitFor();
  await journey.preview(page);
  await journey.heading(page, "Verdt å vite før du sender").waitFor();
  await page.getByText("Tittelen har mer enn 80 tegn. Noen mottakere ser bare begynnelsen.").waitFor();
  await page.getByText("«Tall.txt» er ikke PDF.", { exact: false }).waitFor();
  await journey.button(page, "Tilbake til utkastet").click();
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill("Høring");
  await journey.button(page, "Slett Tall").click();
  await journey.preview(page);
  await journey.button(page, "Send meldingen").waitFor();
  assert.equal(await journey.heading(page, "Verdt å vite før du sender").count(), 0);
  assertQuiet(page);
});

test("what came by SvarInn is taken over and answered, and KS is told which shipment it answers", async () => {
  const page = await signedIn();
  await writes(server, MUNICIPALITY);
  await journey.openUnread(page, MUNICIPALITY);
  await page.getByText("Ikke signert").waitFor();
  const letter = await journey.told(page);
  assert.equal(letter.channel, "DPF");
  await journey.button(page, "Bekreft at meldingen er tatt imot").click();
  await journey.events(page).getByText("Tatt imot", { exact: true }).first().waitFor();

  await journey.button(page, "Svar").click();
  await journey.heading(page, "Svar").first().waitFor();
  await journey.addDocuments(page, [file("Svar.pdf", pdf("Svar"))]);
  await page.getByRole("textbox", { name: "Tittel på dokument 1" }).waitFor();
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Åpnet hos mottaker", { exact: true }).first().waitFor();
  const answer = await journey.told(page);
  assert.equal(answer.channel, "DPF");
  assert.equal(answer.details.shipment.replyTo, letter.details.id, "the shipment that is answered");
  assert.equal(answer.party.orgnr, MUNICIPALITY.orgnr);
  assertQuiet(page);
});

test("what KS puts on paper is not said to lie in the recipient's archive", async () => {
  const page = await signedIn();
  await journey.compose(page, { recipient: PAPER, title: "Høring på papir", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  await journey.send(page);
  const printed = journey.events(page).getByRole("listitem").filter({ hasText: "PRINTET" });
  await printed.getByText("Overlevert til utskrift og post", { exact: true }).waitFor();
  await printed.getByText("Brevet er skrevet ut og går i posten. Mottakerens sakarkiv får det ikke.").waitFor();
  assert.equal(await printed.getByText("Levert til SvarInn").count(), 0);
  for (const [language, words] of [["Norsk nynorsk", "Sakarkivet til mottakaren får det ikkje."], ["English", "The recipient's archive does not get it."]]) {
    await journey.setLanguage(page, language);
    await page.getByText(words, { exact: false }).first().waitFor();
  }
  assertQuiet(page);
});

test("a letter to an inbox at Altinn says that Altinn can read it, and arrives", async () => {
  const page = await signedIn();
  const documents = [file("Varsel.pdf", pdf("Varsel"))];
  await journey.compose(page, { recipient: BAKERY, title: "Varsel om tilsyn", documents });
  await page.getByText(`Sendes til Altinn-innboksen til ${BAKERY.name}.`, { exact: false }).waitFor();
  await page.getByText(`${BAKERY.name} kan ikke svare her.`, { exact: false }).waitFor();
  await journey.preview(page);
  await page.getByText("Dokumentene blir kryptert på vei til Altinn. Altinn kan åpne dem.").waitFor();
  await journey.send(page);
  await journey.events(page).getByText("Levert i Altinn", { exact: true }).first().waitFor();
  assertQuiet(page);
});

test("a letter that nobody at the recipient can open says so, and what to do", async () => {
  const page = await signedIn();
  await journey.compose(page, { recipient: NO_ROLE, title: "Om tjenestene", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Ikke levert", { exact: true }).waitFor();
  await page.getByText("Ingen hos mottakeren kan åpne meldingen", { exact: false }).first().waitFor();
  assertQuiet(page);
});

test("over which resource at Altinn a letter goes is the registry's to say, and signed", async () => {
  const page = await signedIn();
  const documents = [file("Epikrise.pdf", pdf("Epikrise"))];
  await journey.compose(page, { recipient: BAKERY, title: "Om tjenestene", documents });
  await page.getByRole("combobox", { name: "Type henvendelse" }).selectOption({ label: "Helse, sosial og omsorg" });
  await page.getByText(`Sendes til Altinn-innboksen til ${BAKERY.name}.`, { exact: false }).waitFor();
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Levert i Altinn", { exact: true }).first().waitFor();
  const message = await journey.told(page);
  assert.deepEqual(message.details, { resource: "eformidling-meldingsteneste-helse" });
  const { correspondences } = await server.json("/sandbox/mailbox.json");
  const arrived = correspondences.find((one) => one.sendersReference === message.messageId);
  assert.equal(arrived.resourceId, "eformidling-meldingsteneste-helse");
  assertQuiet(page);
});

test("paper goes to the address that the registry has, unless a person writes another", async () => {
  const page = await signedIn();
  const documents = [file("Brev.pdf", pdf("Brev"))];
  await journey.compose(page, { recipient: MUNICIPALITY, title: "Høring", documents });
  await page.getByText("bruker vi adressen fra adressetjenesten: Prøveveien 1, 0001 SOLVIK.", { exact: false }).waitFor();
  const line = page.getByRole("textbox", { name: "Gate eller postboks" });
  await line.fill("Kaia 2");
  await refused(page, "Skriv postnummeret med fire siffer.", "Skriv poststedet.");
  await line.fill("");
  await journey.preview(page);
  await journey.shown(page, "Adresse for papir").getByText("Prøveveien 1, 0001 SOLVIK (fra adressetjenesten)").waitFor();
  await journey.send(page);
  const { details } = await journey.told(page);
  assert.deepEqual(details.shipment.recipient.address, { lines: ["Prøveveien 1"], postalCode: "0001", place: "SOLVIK" });
  assertQuiet(page);
});

test("an organisation may have chosen digital delivery only, and a person turns it off for a letter", async () => {
  const own = await Server.start({ KONVOLUTT_DPF__DIGITAL_ONLY: journey.US.orgnr });
  try {
    const page = await openPage(browser, own.base);
    await journey.signIn(page, own, journey.US.orgnr, "ada");
    await journey.addKey(page, own);
    const documents = [file("Brev.pdf", pdf("Brev"))];
    await journey.compose(page, { recipient: MUNICIPALITY, title: "Bare digitalt", documents });
    const choice = page.getByRole("checkbox", { name: "Bare digital levering" });
    await page.getByText("Virksomheten din har valgt bare digital levering som vanlig.").waitFor();
    assert.ok(await choice.isChecked());
    await journey.preview(page);
    await journey.shown(page, "Adresse for papir").getByText("Bare digital levering").waitFor();
    await journey.button(page, "Tilbake til utkastet").click();
    await choice.uncheck();
    await journey.button(page, "Lagre og lukk").click();
    await page.getByRole("link", { name: /Bare digitalt/ }).click();
    assert.ok(!(await choice.isChecked()), "what the person said is kept with the draft");
    await choice.check();
    await journey.preview(page);
    await journey.send(page);
    assert.equal((await journey.told(page)).details.shipment.digitalOnly, true);
    assertQuiet(page);

    // Who acts for another organisation, too, finds nothing chosen there.
    const other = { orgnr: "310904015", name: "Direktoratet for prøvepost" };
    await journey.actFor(page, other);
    await journey.addKey(page, own, other.orgnr);
    await page.goto("/ny");
    await journey.chooseRecipient(page, MUNICIPALITY);
    await choice.waitFor();
    assert.ok(!(await choice.isChecked()));
  } finally {
    await own.stop();
  }
});

test("how an inbox at Altinn is notified, and when an answer is due, is the sender's to decide", async () => {
  const page = await signedIn();
  const documents = [file("Varsel.pdf", pdf("Varsel"))];
  await journey.compose(page, { recipient: BAKERY, title: "Varsel om tilsyn", documents });
  await page
    .getByText(
      "Altinn-innboks tar ikke med disse feltene: type henvendelse, saksnummer, sakstittel, dokumentdato, vår referanse, deres referanse, saksbehandler, skjerming.",
    )
    .waitFor();
  await page.getByLabel("Varsle med").selectOption({ label: "Bare SMS" });
  await page.getByRole("checkbox", { name: "Send påminnelse" }).uncheck();
  const notice = page.getByRole("textbox", { name: "Tekst i varselet", exact: true });
  await notice.fill("x".repeat(2145));
  const days = page.getByRole("textbox", { name: "Svarfrist i dager" });
  await days.fill("to uker");
  const summary = await refused(
    page,
    "Teksten i varselet er for lang. Den kan ha høyst 2144 tegn.",
    "Skriv et helt antall dager, fra 0 til 3650.",
  );
  await summary.getByRole("link", { name: /^Skriv et helt antall dager/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "days-to-reply");
  await days.fill("14");
  const add = journey.button(page, "Legg til svarlenke");
  await add.click();
  await add.click();
  await page.getByLabel("Adresse for svarlenke 1").fill("http://svar.example");
  await page.getByLabel("Adresse for svarlenke 2").fill("https://svar.example/skjema");
  await page.getByLabel("Tekst på svarlenke 2").fill("x".repeat(51));
  await notice.fill("");
  const links = await refused(
    page,
    "Adressen for svarlenke 1 må begynne med https:// og ha høyst 255 tegn, uten mellomrom.",
    "Teksten på svarlenke 2 er for lang. Den kan ha høyst 50 tegn.",
  );
  await links.getByRole("link", { name: /^Adressen for svarlenke 1/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "reply-link-0-url");
  await journey.button(page, "Fjern svarlenke 1").click();
  await page.getByLabel("Tekst på svarlenke 1").fill("Svar på varselet");
  await notice.fill("Brev fra $reporterName$. Logg inn i Altinn.");
  const from = page.getByLabel("Tilgjengelig fra");
  await from.fill("2020-01-02");
  await refused(page, "Velg en dato fra i dag til 330 dager fram i tid.");
  const today = new Date().toLocaleDateString("sv-SE", { timeZone: "Europe/Oslo" });
  await from.fill(today);
  await page.getByLabel("Frist for levering").selectOption({ label: "3 døgn" });
  await journey.preview(page);
  for (const [name, text] of [
    ["Varsel til mottakeren", "Bare SMS, uten påminnelse"],
    ["Svarfrist i dager", "14"],
    ["Tilgjengelig fra", today],
    ["Svarlenker", "Svar på varselet (https://svar.example/skjema)"],
    ["Frist for levering", "3 døgn"],
  ]) {
    await journey.shown(page, name).getByText(text).waitFor();
  }
  await journey.send(page);
  await journey.events(page).getByText("Levert i Altinn", { exact: true }).first().waitFor();

  const message = await journey.told(page);
  assert.deepEqual(JSON.parse(message.sbd).arkivmelding.dpv, {
    varselType: "VarselDPVUtenRevarsel",
    varselTransportType: "SMS",
    varselTekst: "Brev fra $reporterName$. Logg inn i Altinn.",
    dagerTilSvarfrist: 14,
    tilgjengeligFra: today,
    svarvalg: [{ url: "https://svar.example/skjema", tekst: "Svar på varselet" }],
  });
  const hours = (new Date(message.expires) - new Date(message.created)) / 3_600_000;
  assert.ok(hours > 71 && hours < 73, `${hours} hours`);
  // A notification waits some minutes; what Altinn was asked for stands at once.
  const seen = async () => {
    const { correspondences } = await server.json("/sandbox/mailbox.json");
    return correspondences.find((one) => one.sendersReference === message.messageId);
  };
  const letter = await seen();
  assert.deepEqual(letter.replyOptions, [{ linkURL: "https://svar.example/skjema", linkText: "Svar på varselet" }]);
  assert.deepEqual(
    letter.notifications.map(({ isReminder, notificationChannel }) => [isReminder, notificationChannel]),
    [[false, "Sms"]],
  );
  const due = (new Date(letter.dueDateTime) - new Date(letter.created)) / 86_400_000;
  assert.ok(due > 13.9 && due < 14.1, `${due} days`);
  assertQuiet(page);
});

test("confidential post has a notification of its own", async () => {
  const page = await signedIn();
  await journey.compose(page, { recipient: BAKERY, title: "Varsel", documents: [file("Varsel.pdf", pdf("Varsel"))] });
  await page.getByRole("textbox", { name: "Tekst i varselet", exact: true }).fill("Et vanlig brev.");
  await page.getByRole("checkbox", { name: "Taushetsbelagt innhold" }).check();
  await page.getByRole("textbox", { name: "Tekst i varselet om taushetsbelagt innhold" }).fill("Et brev til postfordeleren.");
  await journey.preview(page);
  await journey.shown(page, "Tekst i varselet om taushetsbelagt innhold").getByText("Et brev til postfordeleren.").waitFor();
  assert.equal(await page.getByText("Et vanlig brev.").count(), 0, "the other text is not used");
  assertQuiet(page);
});

test("what KS SvarUt shall do with a letter is the sender's to decide", async () => {
  const page = await signedIn();
  const documents = [file("Søknad.pdf", pdf("Søknad"))];
  await journey.compose(page, { recipient: HIGH, title: "Søknad om dispensasjon", documents });
  await page
    .getByText("KS SvarUt tar ikke med disse feltene: type henvendelse, titler på dokumentene, sakstittel, vår referanse, skjerming.")
    .waitFor();
  await page.getByLabel("Type forsendelse").selectOption({ label: "Byggesøknad" });
  await page.getByRole("textbox", { name: "Poststed" }).fill("Høyvik");
  const level = page.getByLabel("Sikkerhetsnivå");
  assert.equal(await level.locator("option:checked").innerText(), "Høyt (nivå 4)", "what the recipient's system has");
  const field = await level.elementHandle();
  await level.selectOption({ label: "Betydelig (nivå 3)" });
  await page.getByText("Sendes til Altinn-innboksen til").waitFor();
  assert.ok(await field.evaluate((one) => one.isConnected), "whoever chose has not lost the place");
  await level.selectOption({ label: "Høyt (nivå 4)" });
  await page.getByLabel("Type forsendelse").waitFor();
  await refused(page, "Skriv gate eller postboks, høyst 70 tegn.", "Skriv postnummeret med fire siffer.");
  await page.getByRole("textbox", { name: "Gate eller postboks" }).fill("Rådhusgata 1");
  await page.getByRole("textbox", { name: "Postnummer" }).fill("0001");
  await journey.preview(page);
  for (const [name, text] of [
    ["Type forsendelse", "Byggesøknad"],
    ["Sikkerhetsnivå", "Høyt (nivå 4)"],
    ["Adresse for papir", "Rådhusgata 1, 0001, Høyvik"],
  ]) {
    await journey.shown(page, name).getByText(text).waitFor();
  }
  await journey.send(page);
  await journey.events(page).getByText("Levert til SvarInn", { exact: true }).first().waitFor();
  const { details } = await journey.told(page);
  assert.equal(details.shipment.shipmentType, "Byggesøknad");
  assert.equal(details.shipment.securityLevel, "HOYESTE");
  assert.equal(details.shipment.digitalOnly, false);
  assert.deepEqual(details.shipment.recipient.address, { lines: ["Rådhusgata 1"], postalCode: "0001", place: "Høyvik" });
  assertQuiet(page);
});

test("digital only leaves the address out, and a list of types that does not come stops nobody", async () => {
  const page = await signedIn({ expected: [/status of 503/] });
  await page.route("**/api/v1/shipment-types", (route) => route.fulfill({ status: 503, body: "" }));
  const documents = [file("Søknad.pdf", pdf("Søknad"))];
  await journey.compose(page, { recipient: MUNICIPALITY, title: "Søknad", documents });
  await page.getByText("Vi får ikke hentet typene fra KS SvarUt nå. Du kan sende uten type.").waitFor();
  await page.getByText("Sikkerhetsnivå: Betydelig (nivå 3)").waitFor();
  await page.getByRole("checkbox", { name: "Bare digital levering" }).check();
  assert.equal(await page.getByRole("textbox", { name: "Poststed" }).count(), 0);
  await journey.preview(page);
  await journey.shown(page, "Adresse for papir").getByText("Bare digital levering").waitFor();
  await journey.send(page);
  const { shipment } = (await journey.told(page)).details;
  assert.equal(shipment.digitalOnly, true);
  assert.equal(shipment.recipient.address, undefined, "what is never printed goes to no address");
  assertQuiet(page);
});
