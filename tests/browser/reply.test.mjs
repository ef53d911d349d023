// A counterpart writes first; the case worker takes it over and answers in the same conversation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { signedIn } from "./support/stage.mjs";

const TAMPERED = { orgnr: "310902713", name: "Tuklet pakke" };

test("a letter that came in is verified, taken over and answered", async () => {
  const page = await signedIn({ expected: [/ERR_FAILED/] });
  await page.route("**/api/v1/messages/*/package", (route) => route.abort(), { times: 1 });
  await journey.openIncoming(page, { name: "Testetaten Solvik" });
  // What could not be fetched is no refusal, and nothing to confirm.
  await journey.button(page, "Prøv igjen").waitFor();
  assert.equal(await journey.button(page, "Bekreft at meldingen er tatt imot").count(), 0);
  await journey.button(page, "Prøv igjen").click();
  await page.getByText("Signaturen er gyldig.").waitFor();
  await page.getByText("De tre stemmer overens.").waitFor();
  assert.equal(await page.getByText("Merknader").count(), 0, "nothing is wrong with a good letter");
  await journey.button(page, "Bekreft at meldingen er tatt imot").click();
  await journey.events(page).getByText("Tatt imot", { exact: true }).first().waitFor();

  await journey.button(page, "Svar").click();
  await journey.heading(page, "Svar").first().waitFor();
  await journey.addDocuments(page, [file("Svar.pdf", pdf("Svar"))]);
  await page.getByRole("textbox", { name: "Tittel på dokument 1" }).waitFor();
  await journey.preview(page);
  await journey.button(page, "Send meldingen").click();
  await journey.events(page).getByText("Levert", { exact: true }).waitFor();

  const { items } = await page.evaluate(async () =>
    (await fetch("/api/v1/messages?organisation=310904007")).json());
  const [answer, letter] = ["out", "in"].map((way) => items.find(({ direction }) => direction === way));
  assert.equal(answer.conversationId, letter.conversationId, "the answer stays in the conversation");
  assert.equal(letter.status, "INNKOMMENDE_LEVERT");
  assertQuiet(page);
});

test("a letter whose signature does not hold says so once, and nobody is asked to confirm it", async () => {
  const page = await signedIn();
  await journey.compose(page, { recipient: TAMPERED, title: "Om byggesaken", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  await journey.send(page);
  await journey.openUnread(page, TAMPERED);
  const refusal = page.getByRole("region", { name: "Signatur", exact: true });
  await refusal.getByRole("heading", { name: "Signaturen stemmer ikke" }).waitFor();
  assert.equal(await refusal.getByText("Signaturen stemmer ikke").count(), 1, "once");
  assert.equal(await refusal.getByText("signature_invalid").count(), 1, "once");
  await journey.button(page, "Svar").waitFor();
  await journey.button(page, "Bekreft at meldingen er tatt imot").waitFor({ state: "detached" });
  await page.getByText("Åpne den, og bekreft at den er tatt imot.", { exact: false }).waitFor({ state: "detached" });
  assert.equal(await journey.documents(page).count(), 0, "nothing of its content is shown");
  assertQuiet(page);
});
