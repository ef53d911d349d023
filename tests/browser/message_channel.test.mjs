// An organisation with a message channel of its own: what it sends names the channel, and what is answered comes back on it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const CHANNEL = "konvolutt-1";
/** Acknowledges every letter from its case system. */
const RECEIPTS = { orgnr: "310900516", name: "Kvitteringsetaten OK" };

let server, browser;
before(async () => {
  server = await Server.start({ KONVOLUTT_MESSAGE_CHANNELS: `[{orgnr = "${journey.US.orgnr}", name = "${CHANNEL}"}]` });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The channel that a document names. */
function channelIn(sbd) {
  const scopes = JSON.parse(sbd).standardBusinessDocumentHeader.businessScope.scope;
  return scopes.filter(({ type }) => type === "MessageChannel").map(({ identifier }) => identifier);
}

test("a letter names the channel of its sender, and the recipient's answers come back on it", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  const documents = [file("Brev.pdf", pdf("Brev"))];
  await journey.compose(page, { recipient: RECEIPTS, title: "Brev fra en kanal", documents });
  await journey.preview(page);
  await journey.send(page);
  await journey.events(page).getByText("Registrert", { exact: true }).waitFor();
  const { messageId, sbd } = await journey.told(page);
  assert.deepEqual(channelIn(sbd), [CHANNEL]);
  const { items } = await server.json("/sandbox/mailbox.json");
  const came = items.find((one) => one.messageId === messageId);
  assert.deepEqual([came.verdict, came.messageChannel], ["ok", CHANNEL], "the recipient has read it in the document");
  assertQuiet(page);
});
