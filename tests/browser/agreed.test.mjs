// What two organisations have agreed to send each other, offered where the recipient takes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, until } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

const TAKER = { orgnr: "310900117", name: "Testetaten Solvik" };
const CHOICE = "Send en avtalt melding i stedet for et brev";
const PROCESS = "urn:no:difi:profile:avtalt:avtalt:ver1.0";

/** Has the page keep for which processes its worker has judged the registry's answers. From its next load on. */
const watchJudgements = (page) =>
  page.addInitScript(() => {
    window.judged = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function watched(message, ...rest) {
      const asked = typeof message?.body === "string" ? JSON.parse(message.body).Address : undefined;
      if (asked) this.addEventListener("message", ({ data }) => data.id === message.id && window.judged.push(asked.process));
      return postMessage.call(this, message, ...rest);
    };
  });

test("an agreed message is offered where it is taken, checked, sent and read by the counterpart", async () => {
  const page = await signedIn();
  await watchJudgements(page);
  await page.goto("/ny");
  await journey.chooseRecipient(page, journey.REPLIER);
  await page.getByRole("combobox", { name: "Type henvendelse" }).waitFor();
  // About letters and about agreed messages the registry is asked apart; the choice would be there once the latter is judged.
  await until("both answers are judged", async () => {
    const judged = new Set(await page.evaluate(() => window.judged));
    return judged.size === 2 && judged.has(PROCESS);
  });
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
