// An organisation without a certificate of its own sends by its supplier, and the recipient sees both.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const SUPPLIER = { orgnr: "310900117", name: "Testetaten Solvik" };
const THEIRS = { orgnr: "310904015", name: "Direktoratet for prøvepost" };

let browser;
let server;

before(async () => {
  server = await Server.start({
    KONVOLUTT_DELEGATIONS: `[{signer = "${SUPPLIER.orgnr}", sender = "${journey.US.orgnr}", from = "2020-01-01", to = "2099-12-31"}]`,
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a supplier signs for the sender, and the recipient is shown both names and no mismatch", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server, journey.US.orgnr, "siri");
  await page.goto("/ny");
  await page.getByText(`${SUPPLIER.name} kan signere for ${journey.US.name}.`).waitFor();
  await journey.button(page, `Bruk testsertifikatet for ${SUPPLIER.name}`).click();
  await page.getByText(`Du sender på vegne av ${journey.US.name}. ${SUPPLIER.name} signerer.`).waitFor();
  await journey.compose(page, { recipient: THEIRS, title: "Brev fra leverandøren", documents: [file("Brev.pdf", pdf("Brev"))] });
  await page.getByText(`${SUPPLIER.name} signerer. Mottakeren ser begge navnene.`).waitFor();
  await journey.preview(page);
  assert.match(await journey.shown(page, "Signeres av").textContent(), new RegExp(SUPPLIER.name));
  assert.match(await journey.shown(page, "Fra").textContent(), new RegExp(journey.US.name));
  await journey.send(page);
  await journey.events(page).getByText("Framme i køen", { exact: true }).waitFor();
  assertQuiet(page);

  const other = await openPage(browser, server.base);
  await journey.signIn(other, server, THEIRS.orgnr, "jon");
  await journey.addKey(other, server, THEIRS.orgnr);
  await journey.openIncoming(other, journey.US);
  await other.getByText("Signaturen er gyldig.").waitFor();
  const envelope = (await journey.shown(other, "Konvolutten sier").textContent()).replace(/\s/g, " ");
  assert.equal(envelope, "310 900 117 på vegne av 310 904 007");
  await other.getByText("De tre stemmer overens: en leverandør har signert for avsenderen").waitFor();
  assert.equal(await other.getByText("Merknader").count(), 0, "nothing is wrong with it");
  assertQuiet(other);
});

test("KS SvarUt and Altinn's inbox know the sender alone, and take what the supplier has signed", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server, journey.US.orgnr, "siri");
  await page.goto("/ny");
  await journey.button(page, `Bruk testsertifikatet for ${SUPPLIER.name}`).click();
  await page.getByText(`${SUPPLIER.name} signerer.`).waitFor();
  for (const [recipient, status] of [
    [{ orgnr: "310903604", name: "Samlevik kommune" }, "Levert til SvarInn"],
    [{ orgnr: "310900311", name: "Solvik Bakeri AS" }, "Levert i Altinn"],
  ]) {
    await journey.compose(page, { recipient, title: "Brev fra leverandøren", documents: [file("Brev.pdf", pdf("Brev"))] });
    await page.getByText(`${SUPPLIER.name} signerer.`).waitFor();
    assert.equal(await page.getByText("Mottakeren ser begge navnene.").count(), 0, "they do not");
    await journey.preview(page);
    await journey.send(page);
    await journey.events(page).getByText(status, { exact: true }).first().waitFor();
    const { sender } = JSON.parse((await journey.told(page)).sbd).standardBusinessDocumentHeader;
    assert.equal(sender[0].identifier.value, `0192:${journey.US.orgnr}`);
  }
  assertQuiet(page);
});

test("to a person the sender signs itself", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server, journey.US.orgnr, "siri");
  await page.goto("/ny");
  await journey.button(page, `Bruk testsertifikatet for ${SUPPLIER.name}`).click();
  await page.getByText(`${SUPPLIER.name} signerer.`).waitFor();
  await page.getByRole("combobox", { name: "Mottaker" }).fill("14837121133");
  await page.getByRole("listbox").getByRole("option").first().click();
  await page.getByText(`Det er ikke lagt inn noe sertifikat for ${journey.US.name}`).waitFor();
});
