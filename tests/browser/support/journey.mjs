// The steps a case worker takes, by role and name only.
import assert from "node:assert/strict";
import { chooseFiles } from "./browser.mjs";
import { file } from "./documents.mjs";

export const US = { orgnr: "310904007", name: "Solvik fylkeskommune" };
export const REPLIER = { orgnr: "310900419", name: "Svaretaten" };
export const KEYSTORE_PASSWORD = "test1234";

/** Matches the number with any kind of space between its groups. */
export const groupedPattern = (orgnr) => new RegExp(orgnr.replace(/(\d{3})(?=\d)/g, "$1\\s?"));

export const button = (page, name) => page.getByRole("button", { name, exact: typeof name === "string" });
export const heading = (page, name) => page.getByRole("heading", { name });
export const problems = (page) => heading(page, "For å gå videre må du rette opp følgende feil");

/** Signs in as the first person who may act for the organisation, or as the one with this id. */
export async function signIn(page, server, organisation = US.orgnr, id = undefined) {
  const people = await server.json("/sandbox/openid/people.json");
  const mayAct = (one) => one.organisations.some(({ orgnr }) => orgnr === organisation);
  const person = people.find((one) => mayAct(one) && (id === undefined || one.id === id));
  assert.ok(person, `nobody may act for ${organisation}`);
  await page.goto("/logg-inn");
  await page.getByRole("link", { name: /^(Logg inn|Sign in)$/ }).click();
  await button(page, new RegExp(person.name)).click();
  const choice = heading(page, /^(Velg virksomhet|Vel verksemd|Choose organisation)$/);
  const onBehalf = button(page, /^(På vegne av|På vegner av|On behalf of)/);
  const { name } = person.organisations.find(({ orgnr }) => orgnr === organisation);
  await onBehalf.or(choice).first().waitFor();
  if (await choice.isVisible()) await button(page, name).click();
  await onBehalf.waitFor();
  if (!(await onBehalf.textContent()).includes(name)) {
    await onBehalf.click();
    await button(page, name).last().click();
  }
  return person;
}

/** Chooses on whose behalf one goes on. */
export async function actFor(page, { name }) {
  await button(page, /^På vegne av/).click();
  await page.getByRole("list", { name: "Velg virksomhet" }).getByRole("button", { name }).click();
  await button(page, `På vegne av ${name}`).waitFor();
}

/** Another person is to sign in. */
export async function signOut(page) {
  await button(page, "Logg ut").click();
  await page.waitForURL("**/logg-inn");
}

/** Fills in the certificate form; says nothing about how it goes. */
export async function offerKey(page, keystore, password) {
  await page.goto("/virksomhet/sertifikater");
  await chooseFiles(page, button(page, "Velg sertifikatfil"), keystore);
  await page.getByLabel("Passord til filen").fill(password);
  await button(page, "Legg inn sertifikatet").click();
}

export async function keystoreOf(server, organisation) {
  const bytes = await server.bytes(`/sandbox/keystores/${organisation}.p12`);
  return file(`${organisation}.p12`, bytes, "application/x-pkcs12");
}

/** Adds the organisation's own test certificate. */
export async function addKey(page, server, organisation = US.orgnr) {
  await offerKey(page, await keystoreOf(server, organisation), KEYSTORE_PASSWORD);
  await page.getByText("Sertifikatet er lagt inn.").waitFor();
}

export async function chooseRecipient(page, { orgnr }, search = orgnr) {
  await page.getByRole("combobox", { name: "Mottaker" }).fill(search);
  await page.getByRole("option", { name: groupedPattern(orgnr) }).first().click();
}

export const addDocuments = (page, files) => addDocumentsIn(page, page, files);

/** The file chooser belongs to the page, the button perhaps to a frame in it. */
export const addDocumentsIn = (page, frame, files) => chooseFiles(page, button(frame, "Velg filer"), files);

/** The frame has its own certificate form, with the same names. */
export async function chooseKeyInFrame(page, frame, server, organisation = US.orgnr) {
  await chooseFiles(page, button(frame, "Velg sertifikatfil"), await keystoreOf(server, organisation));
  await frame.getByLabel("Passord til filen").fill(KEYSTORE_PASSWORD);
  await button(frame, "Legg inn sertifikatet").click();
  await frame.getByRole("combobox", { name: "Mottaker" }).waitFor();
}

/** Chooses the language by its own name. */
export async function setLanguage(page, name) {
  await button(page, /^(Språk|Language): /).click();
  await button(page, name).last().click();
}

/** From an empty compose page to the preview. */
export async function compose(page, { recipient = REPLIER, search, title, documents }) {
  await page.goto("/ny");
  await chooseRecipient(page, recipient, search);
  await page.getByRole("region", { name: "Om mottakeren" }).getByText(recipient.name).first().waitFor();
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill(title);
  await addDocuments(page, documents);
  await page.getByRole("textbox", { name: `Tittel på dokument ${documents.length}` }).waitFor();
}

/** Fills fields that a heading folds away; a value by the field's label. */
export async function fillFolded(page, summary, values) {
  await page.locator("summary", { hasText: summary }).click();
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

export async function preview(page) {
  await button(page, "Gå til forhåndsvisning").click();
  await heading(page, "Se over og send").waitFor();
}

/** The value beside a name, in the preview and among the facts of a message. */
export const shown = (page, name) => page.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd");

/** Sends what the preview shows, and waits until the relay has taken it: then the message's page is shown, with its events. How it
 *  fares from there on is theirs to tell. */
export async function send(page) {
  await button(page, "Send meldingen").click();
  await page.waitForURL("**/melding/*");
  await events(page).waitFor();
}

export const events = (page) => page.getByRole("list", { name: "Hendelser" });

export const messages = (page) => page.getByRole("list", { name: "Meldinger" });

/** Goes to the newest message from a party, waiting for it to come; it opens by itself when there is a key. */
export async function openIncoming(page, party) {
  await page.goto("/innboks");
  await messages(page).getByRole("link", { name: new RegExp(party.name) }).first().click();
}

/** The message whose page is shown, as the relay tells it. */
export const told = (page) =>
  page.evaluate(async () => (await fetch(`/api/v1/messages/${location.pathname.split("/").pop()}`)).json());

/** Goes to the one message from a party that nobody has opened yet, waiting for it to come. */
export async function openUnread(page, { name }) {
  await page.goto("/innboks");
  const rows = messages(page).getByRole("listitem").filter({ hasText: `Melding fra ${name}` });
  await rows.filter({ hasText: "Ulest" }).getByRole("link").click();
}

/** Downloads a document and returns its bytes. */
export async function download(page, opener) {
  const [download] = await Promise.all([page.waitForEvent("download"), opener.click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

/** The documents of the letter that is shown. */
export const documents = (page) => page.getByRole("list", { name: "Dokumenter" });

/** Everything that can be downloaded from the letter shown. */
export async function downloads(page) {
  const buttons = documents(page).getByRole("button", { name: /^Last ned / });
  await buttons.first().waitFor();
  const all = [];
  for (const opener of await buttons.all()) all.push(await download(page, opener));
  return all;
}
