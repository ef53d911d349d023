// Another site shows the compose page in a frame: it learns that a letter was sent, and nothing of what was in it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import { file, marker, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

let server, browser, host, hostAddress;
before(async () => {
  server = await Server.start();
  browser = await launch();
  host = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(hostPage());
  });
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  hostAddress = host.address().port;
});
after(async () => {
  host?.close();
  await browser?.close();
  await server?.stop();
});

const hostPage = () => `<!doctype html><html lang="nb"><title>Fagsystem</title><h1>Fagsystem</h1>
<script type="module" src="${server.base}/embed/v1/efm-send.js"></script>
<efm-send client-id="pk_test_sandbox" lang="nb"></efm-send>
<script>
  window.seen = [];
  for (const name of ["efm-ready", "efm-change", "efm-recipient", "efm-progress", "efm-sent", "efm-status", "efm-error"])
    addEventListener(name, (event) => window.seen.push({ name, detail: event.detail }));
  addEventListener("message", (event) => window.seen.push({ name: "message", detail: event.data }));
</script></html>`;

test("a host page that may embed sends a letter and sees nothing of it", async () => {
  const secret = marker();
  // localhost is on the sandbox's list of allowed origins, whatever its port.
  const page = await openPage(browser, `http://localhost:${hostAddress}`);
  await page.goto("/");
  await page.locator("efm-send iframe").waitFor();
  const frame = page.frameLocator("efm-send iframe");
  assert.equal(await page.locator("efm-send iframe").getAttribute("title"), "Send melding med eFormidling");

  await journey.chooseKeyInFrame(page, frame, server);
  await journey.chooseRecipient(frame, journey.REPLIER);
  await frame.getByRole("textbox", { name: "Tittel", exact: true }).fill(`Om ${secret}`);
  await journey.addDocumentsIn(page, frame, [file("Brev.pdf", pdf(`Brev ${secret}`))]);
  await journey.preview(frame);
  await journey.button(frame, "Send meldingen").click();
  await journey.heading(frame, "Sendt").waitFor();

  await page.waitForFunction(() => window.seen.some(({ name }) => name === "efm-sent"));
  const seen = await page.evaluate(() => JSON.stringify(window.seen));
  assert.ok(!seen.includes(secret), "the host page saw the title or the text");
  assert.ok(!seen.includes("Brev.pdf"), "the host page saw a file name");
  const { detail } = JSON.parse(seen).find(({ name }) => name === "efm-sent");
  assert.match(detail.messageId, /^[0-9a-f-]{36}$/);
  assert.equal(detail.status, "SENDT");
  const reachable = await page.evaluate(() => document.querySelector("efm-send").shadowRoot.querySelector("iframe").contentDocument);
  assert.equal(reachable, null, "the host page can reach into the frame");
  assertQuiet(page);
});

test("a site that is not on the list gets no frame", async () => {
  const blocked = [];
  const page = await openPage(browser, `http://127.0.0.1:${hostAddress}`, { expected: [/frame-ancestors|Refused to frame|Framing/] });
  page.on("console", (message) => blocked.push(message.text()));
  await page.goto(`http://fremmed.localhost:${hostAddress}/`);
  await assert.rejects(
    journey.button(page.frameLocator("efm-send iframe"), "Velg filer").waitFor({ timeout: 5_000 }),
    "a foreign site may not show the compose page",
  );
  assert.ok(blocked.some((text) => /frame-ancestors/.test(text)), blocked.join("\n"));
});
