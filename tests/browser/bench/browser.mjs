// Sealing and opening in headless Chromium, in a worker, from a file on disk: ours against PKI.js and against the
// browser's own AES-CBC over the whole buffer. Prints ratios of the same run; no figure is asserted.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { launchProfile } from "../support/browser.mjs";
import * as journey from "../support/journey.mjs";
import { Server } from "../support/server.mjs";
import { chooseForWorker, connectWorker, ownIdentity, packForUs } from "../support/worker.mjs";
import { atRest, withMemory } from "./memory.mjs";

const SIZES = (process.env.KONVOLUTT_BENCH_MB ?? "1,10,100,500").split(",").map(Number);
const LARGEST_FOR_PEERS = 500;
const ROUNDS = Number(process.env.KONVOLUTT_BENCH_ROUNDS ?? 3);
const PROCESS = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

async function run() {
  const page = await context.newPage();
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  await connectWorker(page, "plain.pdf");
  await page.evaluate(prepare, { process: PROCESS, us: journey.US, them: journey.REPLIER });
  await page.evaluate(startPeers, await bundled());
  await page.evaluate(peerKeys, await keysForPeers());
  console.log("In headless Chromium, in a worker, from a file on disk (MB/s, medians of the same run; added renderer memory)");
  for (const megabytes of SIZES) await measure(page, megabytes);
}

async function measure(page, megabytes) {
  const plain = await randomFile(join(folder, `plain-${megabytes}.pdf`), megabytes);
  const sealed = join(folder, `sealed-${megabytes}.cms`);
  packForUs(identity, plain, sealed);
  const jobs = [["ours, seal", plain, "ourSeal"]];
  if (megabytes <= LARGEST_FOR_PEERS) jobs.push(["PKI.js, seal", plain, "pkijsSeal"], ["WebCrypto AES-CBC, whole buffer", plain, "wholeSeal"]);
  jobs.push(["ours, open", sealed, "ourOpen"]);
  if (megabytes <= LARGEST_FOR_PEERS) jobs.push(["PKI.js, open", sealed, "pkijsOpen"]);
  const speed = {};
  // The rounds go through all jobs, so that a slow moment of the machine meets each of them.
  const seen = Object.fromEntries(jobs.map(([, , job]) => [job, []]));
  for (let round = 0; round < (megabytes > 100 ? 1 : ROUNDS); round += 1) {
    for (const [, path, job] of jobs) {
      await chooseForWorker(page, path);
      await atRest();
      const { result, added } = await withMemory(() => page.evaluate((name) => window.bench[name](), job));
      seen[job].push({ ...result, added });
    }
  }
  for (const [name, , job] of jobs) {
    const failed = seen[job].find((one) => one.error);
    if (failed) {
      console.log(`${String(megabytes).padStart(5)} MB  ${name.padEnd(32)} failed: ${failed.error}`);
      continue;
    }
    const milliseconds = median(seen[job].map((one) => one.milliseconds));
    speed[job] = (megabytes * 1000) / milliseconds;
    const added = Math.max(...seen[job].map((one) => one.added)) / 1e6;
    console.log(`${String(megabytes).padStart(5)} MB  ${name.padEnd(32)} ${speed[job].toFixed(1).padStart(7)} MB/s  +${added.toFixed(0)} MB`);
  }
  const ratio = (of, to) => (speed[of] && speed[to] ? (speed[of] / speed[to]).toFixed(2) : "–");
  console.log(
    `${String(megabytes).padStart(5)} MB  ratios: seal/PKI.js ${ratio("ourSeal", "pkijsSeal")}, seal/whole buffer ${ratio("ourSeal", "wholeSeal")}, ` +
      `open/PKI.js ${ratio("ourOpen", "pkijsOpen")}, open/seal ${ratio("ourOpen", "ourSeal")}`,
  );
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

async function randomFile(path, megabytes) {
  const file = await open(path, "w");
  for (let at = 0; at < megabytes; at += 1) {
    const block = randomBytes(1_000_000);
    // What is sealed must be what its name says.
    if (at === 0) block.write("%PDF-1.7\n");
    await file.write(block);
  }
  await file.close();
  return path;
}

async function keysForPeers() {
  await writeFile(join(folder, "ours.key"), identity.openssl("-nocerts"));
  const der = (...command) => [...execFileSync("openssl", command)];
  return {
    recipient: der("x509", "-in", identity.certificate, "-outform", "DER"),
    pkcs8: der("pkcs8", "-topk8", "-nocrypt", "-in", join(folder, "ours.key"), "-outform", "DER"),
  };
}

async function bundled() {
  const entryPoints = [new URL("peers.mjs", import.meta.url).pathname];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: "iife", logLevel: "error" });
  return outputFiles[0].text;
}

// What follows runs in the page.

async function prepare({ process, us, them }) {
  const trust = await window.json("/trust.json");
  const revocation = await window.json("/api/v1/revocation-lists");
  const found = await window.json("/api/v1/recipients/lookup", { identifier: them.orgnr, process });
  const { Keys } = await window.ask("Keys");
  const address = { registry_answer: found.registryAnswer, recipient: them.orgnr, process, trust, revocation };
  const timed = async (work) => {
    const start = performance.now();
    const answer = await work();
    if (answer.Refused) return { error: JSON.stringify(answer.Refused) };
    return { milliseconds: performance.now() - start };
  };
  const draft = () => ({
    sender: us.orgnr, senderName: us.name, recipient: them.orgnr, recipientName: them.name, title: "Måling", process,
    documents: [{ id: "1", name: "dokument.pdf", title: "Dokument", mediaType: "application/pdf", size: window.chosenFile().size, main: true }],
    case: { caseTitle: "Måling", documentDate: "2026-11-23", caseWorker: "Måler" },
  });
  // As the portal does: the sealed package is kept in a file, and gone when it has been sent.
  const keep = { owner: "siri", organisation: us.orgnr, letter: "{}" };
  const ourSeal = async () => {
    const ids = { message_id: crypto.randomUUID(), conversation_id: crypto.randomUUID(), receiver_reference: null };
    const send = { draft: draft(), key: Keys[0].id, address, keep, ...ids };
    const measured = await timed(() => window.ask({ Send: send }, [window.chosenFile()]));
    await window.ask({ ForgetSending: { message_id: ids.message_id } });
    return measured;
  };
  const ourOpen = () => timed(window.openChosen);
  window.bench = { ourSeal, ourOpen };
}

function startPeers(code) {
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const ask = (job, more = {}) =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage({ job, file: document.querySelector("#worker-file").files[0], ...more });
    });
  window.bench.ask = ask;
}

async function peerKeys({ recipient, pkcs8 }) {
  const { ask } = window.bench;
  const bytes = (numbers) => new Uint8Array(numbers).buffer;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("pkcs8", bytes(pkcs8), algorithm, false, ["sign"]);
  window.bench.pkijsSeal = () => ask("pkijsSeal", { recipient: bytes(recipient), key });
  window.bench.pkijsOpen = () => ask("pkijsOpen", { recipient: bytes(recipient), pkcs8: bytes(pkcs8) });
  window.bench.wholeSeal = () => ask("wholeSeal");
}

const folder = await mkdtemp(join(tmpdir(), "konvolutt-bench-"));
const server = await Server.start();
const identity = await ownIdentity(server, folder);
const context = await launchProfile(join(folder, "profile"), server.base);
try {
  await run();
} finally {
  await context.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
