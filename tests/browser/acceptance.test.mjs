// Digdir's requirements for integrations with eFormidling, A to D: where each has its browser test, and the tests of
// those that had none. A test here bears its requirement's number, by which `support/acceptance.mjs` has them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { COVERED, ELSEWHERE } from "./support/acceptance.mjs";
import { assertQuiet } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

const DIRECTORATE = { orgnr: "310904015", name: "Direktoratet for prøvepost" };
const PLAIN = { orgnr: "310900117", name: "Testetaten Solvik" };
const BAKERY = { orgnr: "310900311", name: "Solvik Bakeri AS" };
const SMALL = { orgnr: "310901717", name: "Liten postkasse" };
const RECEIPTS = { orgnr: "310900516", name: "Kvitteringsetaten OK" };
const SILENT = { orgnr: "310900915", name: "Treg mottaker" };
const FAILS = { orgnr: "310901016", name: "Feil etter sending" };
const INCOMPLETE = { orgnr: "310902810", name: "Mangelfull avsender" };
const STRANGE_NAMES = { orgnr: "310902918", name: "Rare filnavn" };
const VERY_SLOW = { orgnr: "310903310", name: "Veldig treg" };
const WITHOUT_ROLE = { orgnr: "310903213", name: "Uten taushetsrolle" };
const MAILBOX = "01817010136";
const SPECIAL = "Søknad «æøå» & <b>é</b> – Ŋárgga 100 % \"ja\"";

const letter = (recipient, title = "Om byggesaken", documents = [file("Brev.pdf", pdf("Brev"))]) => ({ recipient, title, documents });

async function send(page, ...what) {
  await journey.compose(page, letter(...what));
  await journey.preview(page);
  await journey.send(page);
}

const event = (page, name) => journey.events(page).getByText(name, { exact: true }).first();
const textbox = (page, name) => page.getByRole("textbox", { name, exact: true });

/** What a counterpart says of a message that it took. */
async function received(messageId) {
  const { items } = await server.json("/sandbox/mailbox.json");
  return items.find((one) => one.messageId === messageId);
}

/** The list of sent messages: the row of a party. */
const row = (page, { name }) => journey.messages(page).getByRole("listitem").filter({ hasText: `Melding til ${name}` });

test("every test that the list of requirements names is there", async () => {
  const names = new Map();
  for (const [requirement, stem, name] of COVERED) {
    if (!names.has(stem)) {
      const text = await readFile(new URL(`${stem}.test.mjs`, import.meta.url), "utf8");
      names.set(stem, [...text.matchAll(/^\s*test\("((?:[^"\\]|\\.)*)"/gm)].map(([, found]) => found));
    }
    assert.ok(names.get(stem).includes(name), `${requirement}: no test "${name}" in ${stem}.test.mjs`);
  }
  for (const [requirement, path, name] of ELSEWHERE) {
    const text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.ok(text.includes(name.includes(" ") ? `"${name}"` : `fn ${name}(`), `${requirement}: no test "${name}" in ${path}`);
  }
  const named = COVERED.filter(([, stem]) => stem === "acceptance").map(([, , name]) => name);
  const numbered = names.get("acceptance").slice(1);
  assert.deepEqual(numbered.toSorted(), named.toSorted(), "every other test here is in the list");
});

test("A3 the list of sent messages shows failed ones, too", async () => {
  const page = await signedIn();
  await send(page, PLAIN);
  await event(page, "Levert").waitFor();
  await send(page, FAILS);
  await event(page, "Avvist av fagsystemet").waitFor();
  await page.goto("/sendt");
  await row(page, PLAIN).getByText("Levert", { exact: true }).waitFor();
  await row(page, FAILS).getByText("Ikke levert", { exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Vis" }).getByRole("link", { name: "Ikke levert" }).click();
  await row(page, PLAIN).waitFor({ state: "detached" });
  await row(page, FAILS).getByRole("link").click();
  await page.getByText(`Fagsystemet til ${FAILS.name} avviste meldingen.`).first().waitFor();
  assertQuiet(page);
});

test("A4 what waits, what is sent and what is delivered are told apart", async () => {
  const page = await signedIn();
  const status = page.getByRole("region", { name: "Status" });
  const notYet = page.getByText("Meldingen er sendt, men ikke levert ennå.", { exact: false });
  await send(page, VERY_SLOW);
  await status.getByText("Meldingen ligger i kø hos oss.").first().waitFor();
  assert.equal(await event(page, "Sendt").count(), 0, "what waits here is not sent");

  await send(page, SILENT);
  await event(page, "Sendt").waitFor();
  await notYet.waitFor();
  assert.equal(await event(page, "Levert").count(), 0, "what is sent is not delivered");

  await send(page, PLAIN);
  await page.getByText(`Levert til ${PLAIN.name} kl.`, { exact: false }).waitFor();
  for (const name of ["Sendt", "Framme i køen", "Levert"]) await event(page, name).waitFor();
  assert.equal(await notYet.count(), 0);
  assertQuiet(page);
});

test("A4 what is just as large as the recipient takes arrives, and a byte more is refused with both sizes", async () => {
  const page = await signedIn();
  const [limit, first] = [1_000_000, Buffer.alloc(400_000, "a")];
  const second = (size) => file("Andre.txt", Buffer.alloc(size - first.length, "b"), "text/plain");
  await journey.compose(page, letter(SMALL, "Akkurat for mye", [file("Første.txt", first, "text/plain"), second(limit + 1)]));
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.locator("#error-summary").getByText(/Filene er til sammen/).waitFor();
  const said = (await page.locator("#error-summary").getByText(/Filene er til sammen/).textContent()).replace(/\s/g, " ");
  assert.match(said, /1 MB/, said);
  assert.equal(await journey.heading(page, "Se over og send").count(), 0);

  await send(page, SMALL, "Akkurat passe", [file("Første.txt", first, "text/plain"), second(limit)]);
  await event(page, "Levert").waitFor();
  const { messageId } = await journey.told(page);
  assert.equal((await received(messageId)).verdict, "ok");
  assertQuiet(page);
});

test("A5 who acts for two organisations sends on behalf of one, and the other does not see it", async () => {
  const page = await signedIn({ who: "ada", organisations: [journey.US, DIRECTORATE] });
  await journey.compose(page, letter(RECEIPTS));
  await journey.preview(page);
  await journey.shown(page, "Fra").getByText(DIRECTORATE.name).waitFor();
  await journey.send(page);
  await page.goto("/sendt");
  await row(page, RECEIPTS).getByRole("link").click();
  await event(page, "Levert").waitFor();
  const { sbd, organisation } = await journey.told(page);
  assert.equal(organisation, DIRECTORATE.orgnr);
  assert.ok(JSON.stringify(JSON.parse(sbd).standardBusinessDocumentHeader.sender).includes(DIRECTORATE.orgnr));

  await journey.actFor(page, journey.US);
  await page.goto("/sendt");
  await journey.messages(page).or(page.getByText("Du har ikke sendt noe ennå.")).first().waitFor();
  assert.equal(await row(page, RECEIPTS).count(), 0, "the other organisation has not sent it");
  assertQuiet(page);
});

test("A6 special characters in a title and in file names arrive as they were written", async () => {
  const page = await signedIn({ who: "ada", organisations: [journey.US, DIRECTORATE] });
  const names = ["Søknad – «æøå» & é 100 %.pdf", "Ŋárgga 😀 (2) [utkast], v1.0.pdf"];
  const contents = names.map((_, index) => pdf(`Dokument ${index}`));
  await send(page, journey.US, SPECIAL, names.map((name, index) => file(name, contents[index])));
  await journey.actFor(page, journey.US);
  await journey.openUnread(page, DIRECTORATE);
  await page.getByText("Signaturen er gyldig.").waitFor();
  await page.getByRole("heading", { level: 1, name: SPECIAL, exact: true }).waitFor();
  const came = await journey.downloads(page);
  for (const [index, name] of names.entries()) {
    await journey.documents(page).getByText(name).first().waitFor();
    const same = came.find((one) => one.name === name);
    assert.ok(same?.bytes.equals(contents[index]), `${name} is not among ${came.map((one) => one.name).join(", ")}`);
  }
  assertQuiet(page);
});

test("A6 a letter with the least that can be said arrives", async () => {
  const page = await signedIn();
  await send(page, PLAIN, "B", [file("b.txt", Buffer.from("b"), "text/plain")]);
  await event(page, "Levert").waitFor();
  await page.getByRole("heading", { level: 1, name: "B", exact: true }).waitFor();
  assertQuiet(page);
});

test("A6 a letter with everything that can be said arrives", async () => {
  const page = await signedIn();
  const many = Array.from({ length: 20 }, (_, index) => file(`Vedlegg ${index + 1}.pdf`, pdf(`Vedlegg ${index + 1}`)));
  await journey.compose(page, letter(RECEIPTS, SPECIAL, many));
  const archive = {
    Saksnummer: "2026/1234",
    Sakstittel: SPECIAL,
    Dokumentdato: "2026-11-23",
    "Vår referanse": "2026/1234-5",
    "Deres referanse": "26/98 & 99",
    Saksbehandler: "Åse Ærlig-Øye",
    Skjerming: "offl. § 13",
  };
  await journey.fillFolded(page, "Arkivopplysninger", archive);
  await page.getByLabel("Frist for levering").selectOption({ label: "2 uker" });
  await journey.preview(page);
  await journey.shown(page, "Arkivopplysninger").getByText(Object.values(archive).join(" · ")).waitFor();
  await page.getByText(`Du sender 20 dokumenter til ${RECEIPTS.name} med eFormidling.`).waitFor();
  await journey.send(page);
  await event(page, "Registrert").waitFor();
  const { messageId } = await journey.told(page);
  const { verdict, documents: taken } = await received(messageId);
  assert.equal(verdict, "ok");
  const came = taken.map(({ name }) => name);
  for (const { name } of many) assert.ok(came.includes(name), name);
  assertQuiet(page);
});

test("A6 a title that is too long is refused, and one that just fits is not", async () => {
  const page = await signedIn();
  await journey.compose(page, letter(PLAIN, "å".repeat(256)));
  await journey.button(page, "Gå til forhåndsvisning").click();
  await journey.problems(page).waitFor();
  await page.locator("#error-summary").getByRole("link").first().click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "title");
  await textbox(page, "Tittel").fill("å".repeat(255));
  await journey.preview(page);
  await journey.send(page);
  await event(page, "Levert").waitFor();
  assertQuiet(page);
});

test("A6 documents with strange names can all be downloaded, by names of their own", async () => {
  const page = await signedIn();
  await send(page, STRANGE_NAMES);
  await event(page, "Levert").waitFor();
  await journey.openUnread(page, STRANGE_NAMES);
  await page.getByText("Signaturen er gyldig.").waitFor();
  await page.getByText("To filer har nesten samme navn").waitFor();
  const came = await journey.downloads(page);
  const names = came.map(({ name }) => name);
  assert.ok(came.length >= 6, names.join("\n"));
  assert.equal(new Set(names).size, names.length, names.join("\n"));
  for (const { name, bytes } of came) {
    assert.doesNotMatch(name, /[:/\\?*"<>|]/, "a character that does not work in a file name");
    if (name.endsWith(".pdf")) assert.equal(bytes.subarray(0, 5).toString(), "%PDF-", name);
  }
  assert.ok(names.some((name) => name.includes("skål")), names.join("\n"));
  assertQuiet(page);
});

test("A6 a letter whose sender left out what must be there can be read", async () => {
  const page = await signedIn();
  await send(page, INCOMPLETE);
  await event(page, "Levert").waitFor();
  await journey.openUnread(page, INCOMPLETE);
  await page.getByText("Signaturen er gyldig.").waitFor();
  await page.getByRole("heading", { level: 1, name: `Melding fra ${INCOMPLETE.name}` }).waitFor();
  const remark = page.getByRole("list", { name: "Merknader" }).getByRole("listitem").filter({ hasText: "arkiv.mangler" });
  await remark.getByText("Du kan lese meldingen likevel.").waitFor();
  assert.equal(await remark.count(), 1, "the same is said once");
  const came = await journey.downloads(page);
  assert.equal(came.filter(({ bytes }) => bytes.subarray(0, 5).toString() === "%PDF-").length, 2);
  assertQuiet(page);
});

test("A7 who may only read cannot send", async () => {
  const page = await signedIn({ who: "lea", expected: [/status of 403/] });
  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(new URL(request.url()).pathname));
  await page.goto("/ny");
  await page.getByText(`Du kan lese meldinger for ${journey.US.name}, men ikke sende.`).waitFor();
  assert.equal(await page.getByRole("main").getByRole("button").count(), 0, "there is no form");
  assert.deepEqual(posted.filter((path) => /^\/api\/v1\/(messages|uploads)/.test(path)), [], "nothing was sent");
  // Nor by whoever goes round the page.
  const refused = await page.evaluate(async () => {
    const headers = { "tus-resumable": "1.0.0", "upload-length": "1" };
    const answer = await fetch("/api/v1/uploads", { method: "POST", headers });
    return { status: answer.status, code: (await answer.json()).code };
  });
  assert.deepEqual(refused, { status: 403, code: "tilgang.mangler" });
  assertQuiet(page);
});

test("B every step up to the case system's receipt is told", async () => {
  const page = await signedIn();
  await send(page, RECEIPTS);
  for (const name of ["Sendt", "Framme i køen", "Levert", "Registrert"]) await event(page, name).waitFor();
  await page.goto("/sendt");
  await row(page, RECEIPTS).first().getByText("Åpnet hos mottaker", { exact: true }).waitFor();
  assertQuiet(page);
});

test("B an answer stays in its conversation and carries the references, both ways", async () => {
  const page = await signedIn({ who: "ada", organisations: [journey.US, DIRECTORATE] });
  const title = "Spørsmål med referanse";
  await journey.compose(page, letter(journey.US, title));
  await journey.fillFolded(page, "Arkivopplysninger", { "Vår referanse": "DIR-2026/7" });
  await journey.preview(page);
  await journey.send(page);
  const question = await journey.told(page);

  await journey.actFor(page, journey.US);
  await journey.openUnread(page, DIRECTORATE);
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await journey.button(page, "Svar").click();
  await textbox(page, "Tittel").waitFor();
  assert.equal(await textbox(page, "Tittel").inputValue(), `Re: ${title}`);
  await journey.addDocuments(page, [file("Svar.pdf", pdf("Svar"))]);
  await textbox(page, "Tittel på dokument 1").waitFor();
  await journey.fillFolded(page, "Arkivopplysninger", { "Vår referanse": "FK-2026/9" });
  assert.equal(await page.getByLabel("Deres referanse", { exact: true }).inputValue(), "DIR-2026/7", "their own is known");
  await journey.preview(page);
  await journey.shown(page, "Arkivopplysninger").getByText("FK-2026/9 · DIR-2026/7").waitFor();
  await journey.send(page);

  await journey.actFor(page, DIRECTORATE);
  await journey.openUnread(page, journey.US);
  await page.getByRole("heading", { level: 1, name: `Re: ${title}` }).waitFor();
  await page.locator("summary", { hasText: "Tekniske opplysninger" }).click();
  await journey.shown(page, "Samtale-ID").getByText(question.conversationId).waitFor();
  const { sbd } = await journey.told(page);
  const scopes = JSON.parse(sbd).standardBusinessDocumentHeader.businessScope.scope;
  const reference = (type) => scopes.find((scope) => scope.type === type)?.instanceIdentifier;
  assert.deepEqual([reference("ReceiverRef"), reference("SenderRef")], ["DIR-2026/7", "FK-2026/9"]);
  assertQuiet(page);
});

/** From an empty page to the preview of confidential post, with a notification of its own. */
async function confidential(page, recipient, notice) {
  await journey.compose(page, letter(recipient, "Varsel"));
  await page.getByRole("checkbox", { name: "Taushetsbelagt innhold" }).check();
  await textbox(page, "Tekst i varselet om taushetsbelagt innhold").fill(notice);
  await journey.preview(page);
}

test("C confidential post reaches an inbox at Altinn with the notification its sender wrote", async () => {
  const page = await signedIn();
  const notice = "Et brev til postfordeleren. Logg inn i Altinn.";
  await confidential(page, BAKERY, notice);
  await journey.shown(page, "Tekst i varselet om taushetsbelagt innhold").getByText(notice).waitFor();
  await journey.send(page);
  await event(page, "Levert i Altinn").waitFor();
  const message = await journey.told(page);
  assert.equal(JSON.parse(message.sbd).arkivmelding.dpv.taushetsbelagtVarselTekst, notice);
  const { correspondences } = await server.json("/sandbox/mailbox.json");
  const came = correspondences.find((one) => one.sendersReference === message.messageId);
  assert.equal(came.isConfidential, true);
  assertQuiet(page);
});

test("C confidential post to somebody without the role for it is not delivered, and that is told", async () => {
  const page = await signedIn();
  await confidential(page, WITHOUT_ROLE, "Et brev til postfordeleren.");
  await journey.send(page);
  await event(page, "Ikke levert").waitFor();
  await page.getByText(`Meldingen til ${WITHOUT_ROLE.name} ble ikke levert.`).first().waitFor();
  assert.equal(await event(page, "Levert i Altinn").count(), 0);
  assertQuiet(page);
});

test("D a decision with a link outside the letter and a sender id is delivered", async () => {
  const page = await signedIn();
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill(MAILBOX);
  await page.getByRole("option", { name: /Privatperson/ }).click();
  await page.getByText(/^Sendes til den digitale postkassen til mottakeren/).first().waitFor();
  await textbox(page, "Tittel").fill("Vedtak om plass");
  await journey.addDocuments(page, [file("Vedtak.pdf", pdf("Vedtak"))]);
  await textbox(page, "Tittel på dokument 1").waitFor();
  await journey.fillFolded(page, "Flere valg", { "Avsender-ID": "avd-skole" });
  await page.getByRole("checkbox", { name: "Legg til en lenke utenfor brevet" }).check();
  const link = {
    "Adressen til lenken": "https://solvik.example/svar",
    "Tekst til lenken": "Du kan svare på nett.",
    "Tekst på knappen": "Svar her",
  };
  for (const [name, value] of Object.entries(link)) await textbox(page, name).fill(value);
  await journey.preview(page);
  for (const [name, value] of Object.entries({ "Avsender-ID": "avd-skole", ...link })) {
    await journey.shown(page, name).getByText(value).waitFor();
  }
  await journey.send(page);
  await event(page, "Levert i digital postkasse").waitFor();
  // The link lies sealed in the package, whose manifest the provider checks before it delivers.
  const { messageId, sbd } = await journey.told(page);
  assert.equal(JSON.parse(sbd).standardBusinessDocument.digital.avsender.avsenderidentifikator, "avd-skole");
  assert.ok(!sbd.includes(link["Adressen til lenken"]), "the relay sees the link");
  assert.equal((await received(messageId)).verdict, "ok");
  assertQuiet(page);
});
