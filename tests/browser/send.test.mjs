// The main job, end to end: a letter goes out, is read, and the answer comes back and holds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { disguises, file, marker, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const TWENTY_MEGABYTES = 20 * 1024 * 1024;
/** The worker that large documents are digested in. */
const DIGESTER = /\/assets\/digester-boot-/;
/** The worker that starts it. */
const WORKER = /\/assets\/worker-boot-/;
let server, browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a letter with three documents is sent, read and answered, and nobody on the way could read it", async () => {
  const secret = marker();
  const secretTitle = marker();
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await journey.addKey(page, server);

  await journey.compose(page, {
    search: "Svaretaten",
    title: `Søknad om bruksendring ${secretTitle}`,
    documents: [
      file("Hovedbrev.pdf", pdf(`Hovedbrev ${secret}`)),
      file("Søknad – vedlegg æøå.pdf", pdf(`Vedlegg ${secret}`)),
      file("Tegninger.pdf", pdf(`Tegninger ${secret}`, TWENTY_MEGABYTES)),
    ],
  });
  const digesting = page.waitForEvent("worker", (worker) => DIGESTER.test(worker.url()));
  await journey.preview(page);
  await journey.send(page);
  await digesting;

  const events = journey.events(page);
  await events.getByText("Levert", { exact: true }).waitFor();
  await events.getByText("Åpnet hos mottaker").waitFor();

  await journey.openIncoming(page, journey.REPLIER);
  await page.getByText("Signaturen er gyldig.").waitFor();
  await page.getByText("De tre stemmer overens.").waitFor();

  const documents = page.getByRole("list", { name: "Dokumenter" });
  const downloads = documents.getByRole("button", { name: /^Last ned / });
  const count = await downloads.count();
  assert.ok(count >= 2, `the answer has two documents, ${count} can be downloaded`);
  const shown = new Set();
  for (let at = 0; at < count; at += 1) {
    const { name, bytes } = await journey.download(page, downloads.nth(at));
    assert.ok(bytes.length > 0, `${name} is empty`);
    if (name.endsWith(".pdf")) assert.equal(bytes.subarray(0, 5).toString(), "%PDF-", name);
    shown.add(name);
  }
  assert.equal(shown.size, count, "every document has its own name");

  const needles = [...disguises(secret), ...disguises(secretTitle)];
  assert.deepEqual(await server.filesHolding(needles), [], "a marker was written on the way");
  assertQuiet(page);
});

test("everything is as it was after a restart", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await page.goto("/sendt");
  const read = () => journey.messages(page).getByText("Åpnet hos mottaker").first();
  await read().waitFor();
  await page.goto("about:blank");
  await server.kill();
  await server.startAgain();
  await page.goto("/sendt");
  await read().waitFor();
  assertQuiet(page);
});

test("where no other worker can be started, a large letter is sealed all the same", async () => {
  const gone = "/assets/digester-gone-";
  const page = await openPage(browser, server.base, { expected: [/404.*digester-gone/] });
  // Requests of a worker's worker cannot be relied on to be seen from here, so its address leads nowhere instead.
  await page.context().route(WORKER, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(DIGESTER, gone);
    await route.fulfill({ response, body });
  });
  const tried = page.waitForEvent("worker", (worker) => worker.url().includes(gone));
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  await journey.compose(page, { title: "Tegninger", documents: [file("Tegninger.pdf", pdf("Tegninger", TWENTY_MEGABYTES / 4))] });
  await journey.preview(page);
  await journey.send(page);
  // The counterpart has held every digest against the document.
  await journey.events(page).getByText("Levert", { exact: true }).waitFor();
  await tried;
  assertQuiet(page);
});
