// Four eyes: a case worker sends for approval, somebody else opens the very package in the browser and decides.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { violations } from "./support/axe.mjs";
import { assertQuiet, openPage } from "./support/browser.mjs";
import { file, marker, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { browser, server, signedIn } from "./support/stage.mjs";

/** The sandbox's organisation whose letters must be approved. */
const OFFICE = { orgnr: "310904120", name: "Tilsynet for fire øyne" };
const SOLVIK = { orgnr: "310900117", name: "Testetaten Solvik" };
const TITLE = "Vedtak om tilskudd";

const as = (who, options) => signedIn({ who, organisations: [OFFICE], ...options });

/** Eli writes and sends for approval; the relay's id of the letter. */
async function sendForApproval(page, content) {
  await journey.compose(page, { recipient: SOLVIK, title: TITLE, documents: [file("vedtak.pdf", content)] });
  await journey.preview(page);
  await page.getByText("Hos dere må en annen godkjenne meldingen før den blir sendt.").waitFor();
  assert.equal(await journey.button(page, "Send meldingen").count(), 0);
  await journey.button(page, "Send til godkjenning").click();
  await page.getByText("Ingenting er sendt ennå.").waitFor();
  await journey.events(page).getByText("Av Eli Saksbehandler").waitFor();
  const { id, messageId, status } = await journey.told(page);
  assert.equal(status, "OPPRETTET");
  return { id, messageId };
}

/** The letter in the approver's list, told of on the start page and found from the navigation. */
async function openWaiting(page) {
  await page.goto("/");
  const main = page.getByRole("main");
  await main.getByRole("link", { name: "1 melding venter på godkjenning" }).waitFor();
  assert.equal(await main.getByText(/Be administratoren/).count(), 0, "who approves lacks no role");
  const navigation = page.getByRole("navigation", { name: "Hovedmeny" });
  await navigation.getByText("1 venter").waitFor();
  assert.equal(await navigation.getByRole("link", { name: /^(Ny melding|Utkast)$/ }).count(), 0, "nor may they write");
  await navigation.getByRole("link", { name: "Godkjenning" }).click();
  const list = page.getByRole("list", { name: "Venter på godkjenning" });
  await list.getByText("Eli Saksbehandler").waitFor();
  await list.getByRole("link", { name: `Melding til ${SOLVIK.name}` }).click();
  await journey.heading(page, `Godkjenn melding til ${SOLVIK.name}`).waitFor();
}

/** The word that is asked for where the letter has not been opened. */
const unseen = (page) => page.getByRole("checkbox", { name: "Jeg godkjenner uten å ha sett innholdet" });

/** What the envelope signed. */
async function claims(page, id) {
  const { envelope } = await page.evaluate(async (id) => (await fetch(`/api/v1/messages/${id}`)).json(), id);
  return JSON.parse(Buffer.from(envelope.split(".")[1], "base64url"));
}

async function arrived({ messageId }) {
  const { items } = await server.json("/sandbox/mailbox.json");
  return items.filter((one) => JSON.stringify(one).includes(messageId));
}

test("an approver opens exactly what will be sent and approves it, and it arrives", async () => {
  const content = pdf(marker());
  const eli = await as("eli");
  const letter = await sendForApproval(eli, content);
  const leo = await as("leo");
  await openWaiting(leo);
  await leo.getByText("Pakken er kontrollert i nettleseren din.").waitFor();
  await journey.shown(leo, "Tittel").getByText(TITLE).waitFor();
  await journey.shown(leo, "Skrevet av").getByText("Eli Saksbehandler").waitFor();
  const { piecesSha256 } = (await claims(leo, letter.id)).package;
  await journey.shown(leo, "Pakkens kontrollsum i konvolutten").getByText(piecesSha256).waitFor();
  const saved = await journey.download(leo, journey.button(leo, "Last ned vedtak.pdf"));
  assert.ok(saved.bytes.equals(content), "the very document");
  assert.deepEqual(await violations(leo), []);
  assert.equal((await arrived(letter)).length, 0, "nothing has left");

  assert.equal(await unseen(leo).count(), 0, "what was seen needs no word");
  await journey.button(leo, "Godkjenn og send").click();
  await leo.getByText("Meldingen er godkjent og blir sendt.").waitFor();
  // Whoever wrote it sees it without asking.
  await journey.events(eli).getByText("Av Leo Leder").waitFor();
  await journey.events(eli).getByText("Levert", { exact: true }).waitFor();
  const packages = await arrived(letter);
  assert.equal(packages.length, 1, "once");
  assert.ok(JSON.stringify(packages).includes(createHash("sha256").update(content).digest("hex")), "the same bytes");
  await leo.getByRole("link", { name: "Til listen" }).click();
  await leo.getByText("Ingenting venter på godkjenning.").waitFor();
  assert.deepEqual(await violations(leo), []);
  for (const page of [eli, leo]) assertQuiet(page);
});

test("a letter that is returned is never sent, and its writer reads why", async () => {
  const eli = await as("eli");
  const letter = await sendForApproval(eli, pdf(marker()));
  const leo = await as("leo", { key: false, viewport: { width: 320, height: 640 } });
  await leo.goto(`/godkjenning/${letter.id}`);
  await leo.getByText("Legg inn virksomhetens sertifikat for å se hva meldingen inneholder.").waitFor();
  const wide = () => leo.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(await wide(), false, "usable at 320 pixels");
  await journey.button(leo, "Godkjenn og send").click();
  await leo.getByText("Se på innholdet først, eller kryss av her.", { exact: false }).waitFor();
  assert.equal(await unseen(leo).evaluate((box) => document.activeElement === box), true, "the error is where the focus is");
  await journey.button(leo, "Returner til avsender").click();
  await leo.getByText("Skriv en merknad, så avsenderen vet hva som må rettes.").waitFor();
  assert.deepEqual(await violations(leo), []);
  await leo.getByLabel("Merknad til avsenderen").fill("Vedlegg 2 mangler.");
  await journey.button(leo, "Returner til avsender").click();
  await leo.getByText("Meldingen er returnert til avsenderen.").waitFor();
  await eli.getByText(`Meldingen til ${SOLVIK.name} ble returnert uten å bli sendt.`).first().waitFor();
  await journey.events(eli).getByText("Vedlegg 2 mangler.").waitFor();
  assert.equal((await arrived(letter)).length, 0);
  for (const page of [eli, leo]) assertQuiet(page);
});

test("a package that is not the signed one shows nothing of its content", async () => {
  const eli = await as("eli");
  const letter = await sendForApproval(eli, pdf(marker()));
  const leo = await as("leo");
  await leo.route("**/api/v1/approvals/*/package", async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  });
  await leo.goto(`/godkjenning/${letter.id}`);
  await leo.getByText("konvolutt.pakke").waitFor();
  assert.equal(await journey.documents(leo).count(), 0);
  assert.equal(await leo.getByText("Pakken er kontrollert i nettleseren din.").count(), 0);
  await unseen(leo).waitFor();
  for (const page of [eli, leo]) assertQuiet(page);
});

test("a package that could not be fetched is fetched again", async () => {
  const eli = await as("eli");
  const letter = await sendForApproval(eli, pdf(marker()));
  const leo = await as("leo", { expected: [/ERR_FAILED/] });
  await leo.route("**/api/v1/approvals/*/package", (route) => route.abort(), { times: 1 });
  await leo.goto(`/godkjenning/${letter.id}`);
  await journey.button(leo, "Prøv igjen").click();
  await leo.getByText("Pakken er kontrollert i nettleseren din.").waitFor();
  await unseen(leo).waitFor({ state: "detached" });
  for (const page of [eli, leo]) assertQuiet(page);
});

test("what is sealed to KS the approver cannot open, and sender and approver are told what to do", async () => {
  const eli = await as("eli");
  const municipality = { orgnr: "310903604", name: "Samlevik kommune" };
  const content = pdf(marker());
  await journey.compose(eli, { recipient: municipality, title: TITLE, documents: [file("vedtak.pdf", content)] });
  await journey.preview(eli);
  await eli.getByText("Godkjenneren kan ikke åpne dokumentene", { exact: false }).waitFor();
  await eli.getByText("Vis dem til godkjenneren på en annen måte.", { exact: false }).waitFor();
  await journey.button(eli, "Send til godkjenning").click();
  await eli.getByText("Ingenting er sendt ennå.").waitFor();
  const { id, messageId } = await journey.told(eli);
  const leo = await as("leo");
  await leo.goto(`/godkjenning/${id}`);
  await leo.getByText("Be avsenderen vise deg dokumentene før du godkjenner.", { exact: false }).waitFor();
  await leo.getByText("konvolutt.pakke").or(leo.getByText("Pakken er kontrollert i nettleseren din.")).waitFor({ state: "detached" });
  assert.equal(await journey.documents(leo).count(), 0, "nothing is shown as if it had been opened");
  await journey.button(leo, "Godkjenn og send").click();
  await leo.getByText("Se på innholdet først, eller kryss av her.", { exact: false }).waitFor();
  assert.equal((await arrived({ messageId })).length, 0, "nothing has left without the word");
  await unseen(leo).check();
  await journey.button(leo, "Godkjenn og send").click();
  await leo.getByText("Meldingen er godkjent og blir sendt.").waitFor();
  await journey.events(eli).getByText("Levert til SvarInn", { exact: true }).first().waitFor();
  for (const page of [eli, leo]) assertQuiet(page);
});

test("nobody decides about their own letter, nor without the role", async () => {
  const eli = await as("eli");
  const letter = await sendForApproval(eli, pdf(marker()));
  await eli.goto(`/godkjenning/${letter.id}`);
  await eli.getByText("Du har sendt denne meldingen selv. En annen må godkjenne den.").waitFor();
  assert.equal(await journey.button(eli, "Godkjenn og send").count(), 0);
  assertQuiet(eli);
  const lea = await openPage(browser, server.base);
  await journey.signIn(lea, server, journey.US.orgnr, "lea");
  assert.equal(await lea.getByRole("link", { name: "Godkjenning" }).count(), 0);
  await lea.goto("/godkjenning");
  await lea.getByText(`Be administratoren hos ${journey.US.name} om rollen «Godkjenner».`).waitFor();
  assertQuiet(lea);
});
