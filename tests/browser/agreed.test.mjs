// What two organisations have agreed to send each other, offered where the recipient takes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

const TAKER = { orgnr: "310900117", name: "Testetaten Solvik" };
const CHOICE = "Send en avtalt melding i stedet for et brev";

test("an agreed message is offered where it is taken, checked, sent and read by the counterpart", async () => {
  const page = await signedIn();
  await page.goto("/ny");
  await journey.chooseRecipient(page, journey.REPLIER);
  await page.getByRole("combobox", { name: "Type henvendelse" }).waitFor();
  // Both look-ups are answered when this one's answer is shown and the page is still.
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getByRole("checkbox", { name: CHOICE }).count(), 0, "it is not offered to who does not take it");

  await journey.button(page, "Bytt mottaker").click();
  await journey.chooseRecipient(page, TAKER);
  await page.getByRole("checkbox", { name: CHOICE }).check();
  await page.getByText("Uten en slik avtale sender du et brev.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Tittel", exact: true }).count(), 0, "no field that would not arrive");
  assert.equal(await page.getByText("Arkivopplysninger", { exact: true }).count(), 0);
  await journey.addDocuments(page, [file("Liste.pdf", pdf("Liste"))]);
  await page.getByLabel("Avtalte opplysninger").fill("[1]");
  await journey.button(page, "Gå til forhåndsvisning").click();
  await page.getByRole("link", { name: "Skriv navnet på avtalen, høyst 255 tegn." }).waitFor();
  await page.getByRole("link", { name: /^De avtalte opplysningene er ikke et JSON-objekt/ }).waitFor();
  await page.getByLabel("Navn på avtalen").fill("skolebytte");
  await page.getByLabel("Avtalte opplysninger").fill('{"elever": 2}');
  await journey.preview(page);
  assert.match(await journey.shown(page, "Navn på avtalen").textContent(), /skolebytte/);
  await journey.send(page);
  await journey.events(page).getByText("Levert", { exact: true }).waitFor();
  const shown = page.getByRole("region", { name: "Avtalt melding" });
  await shown.getByText('"elever": 2').waitFor();

  const told = await journey.told(page);
  assert.deepEqual([told.documentType, JSON.parse(told.sbd).avtalt], ["avtalt", { identifier: "skolebytte", content: { elever: 2 } }]);
  const { items } = await server.json("/sandbox/mailbox.json");
  const entry = items.find(({ messageId }) => messageId === told.messageId);
  assert.deepEqual([entry.documentType, entry.verdict, entry.documents.map(({ name }) => name).sort()], ["avtalt", "ok", ["Liste.pdf", "manifest.xml"]]);
  assertQuiet(page);
});
