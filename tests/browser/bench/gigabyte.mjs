// One large letter through the portal as a person sends and opens it, from a file on disk: how long the page was held up
// (tasks of more than 50 ms on its main thread, as the browser counts them), and how much memory the renderers took.
import { mkdtemp, open, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchProfile } from "../support/browser.mjs";
import * as journey from "../support/journey.mjs";
import { Server } from "../support/server.mjs";
import { withMemory } from "./memory.mjs";

const BYTES = Number(process.env.KONVOLUTT_BENCH_BYTES ?? 1_000_000_000);
const BLOCK = 1_000_000;
/** Ours too, so that the same person can open it. */
const SECOND = { orgnr: "310904015", name: "Direktoratet for prøvepost" };

async function letter(path) {
  const file = await open(path, "w");
  for (let at = 0; at < BYTES; at += BLOCK) {
    const block = randomBytes(Math.min(BLOCK, BYTES - at));
    // What is sent must be what its name says.
    if (at === 0) block.write("%PDF-1.7\n");
    if (at + BLOCK >= BYTES) block.write("\n%%EOF\n", block.length - 7);
    await file.write(block);
  }
  await file.close();
  return path;
}

/** Counts from now on; what `longTasks` answers begins anew with each call. */
function watch() {
  window.held = [];
  new PerformanceObserver((list) => window.held.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
}

async function measure(page, name, work) {
  await page.evaluate(watch);
  const start = performance.now();
  const { added } = await withMemory(work);
  const seconds = (performance.now() - start) / 1000;
  const held = await page.evaluate(() => window.held);
  const longest = held.length ? `, the longest ${Math.max(...held).toFixed(0)} ms` : "";
  console.log(
    `${name}: ${(BYTES / 1e6 / seconds).toFixed(1)} MB/s, +${(added / 1e6).toFixed(0)} MB, ` +
      `${held.length} tasks of more than 50 ms on the main thread${longest}`,
  );
}

const folder = await mkdtemp(join(tmpdir(), "konvolutt-gigabyte-"));
const server = await Server.start();
const context = await launchProfile(join(folder, "profile"), server.base);
context.setDefaultTimeout(Number(process.env.KONVOLUTT_PATIENCE ?? 900_000));
try {
  const path = await letter(join(folder, "stor.pdf"));
  const page = await context.newPage();
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  await journey.compose(page, { recipient: SECOND, title: "Stor sending", documents: [path] });
  await journey.preview(page);
  console.log(`A letter of ${BYTES / 1e6} MB in the portal, in headless Chromium`);
  await measure(page, "seal and upload", () => journey.send(page));
  await journey.signOut(page);
  await journey.signIn(page, server, SECOND.orgnr);
  await journey.addKey(page, server, SECOND.orgnr);
  await page.goto("/innboks");
  const incoming = journey.messages(page).getByRole("link", { name: /Solvik fylkeskommune/ }).first();
  await incoming.waitFor();
  await measure(page, "download, open and verify", async () => {
    await incoming.click();
    await page.getByText("Signaturen er gyldig.").waitFor();
  });
} finally {
  await context.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
