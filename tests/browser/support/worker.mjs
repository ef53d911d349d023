// The page's own worker, spoken to as the portal does; for tests and measurements of what no page has a button for.
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KEYSTORE_PASSWORD, keystoreOf, US } from "./journey.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ENVELOPE = process.env.KONVOLUTT_ENVELOPE ?? join(ROOT, "target/debug/envelope");

/** Runs in the page: `window.ask` sends a request and its files, and answers with the last answer to it. */
function connect() {
  const worker = window.efmWorker();
  const waiting = new Map();
  let next = 1;
  let taken = 0;
  window.blobsGiven = 0;
  worker.onmessage = ({ data }) => {
    if ("part" in data) {
      taken += data.blobs[0].size;
      worker.postMessage({ id: 0, body: JSON.stringify({ Taken: { message_id: window.sending, bytes: taken } }), blobs: [] });
    }
    if (!("body" in data)) return;
    window.blobsGiven += data.blobs?.length ?? 0;
    waiting.get(data.id)(JSON.parse(data.body));
    waiting.delete(data.id);
  };
  window.ask = (body, blobs = []) =>
    new Promise((resolve) => {
      if (body.Send) [window.sending, taken] = [body.Send.message_id, 0];
      waiting.set(next, resolve);
      worker.postMessage({ id: next, body: JSON.stringify(body), blobs });
      next += 1;
    });
  window.json = async (path, body) => {
    const options = body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
    return (await fetch(path, options)).json();
  };
  const input = Object.assign(document.createElement("input"), { type: "file", id: "worker-file" });
  document.body.append(input);
  window.chosenFile = () => input.files[0];
}

/** Runs in the page: opens the chosen file as a package from us to us. */
async function prepareOpening({ us, main }) {
  const trust = await window.json("/trust.json");
  const revocation = await window.json("/api/v1/revocation-lists");
  const party = { identifier: { authority: "iso6523-actorid-upis", value: `0192:${us.orgnr}` } };
  const standard = "urn:no:difi:arkivmelding:xsd::arkivmelding";
  const process = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
  const sbd = JSON.stringify({
    standardBusinessDocumentHeader: {
      headerVersion: "1.0", sender: [party], receiver: [party],
      documentIdentification: { standard, typeVersion: "1.0", instanceIdentifier: crypto.randomUUID(), type: "arkivmelding", creationDateAndTime: "2026-11-23T10:00:00+01:00" },
      businessScope: { scope: [{ type: "ConversationId", instanceIdentifier: crypto.randomUUID(), identifier: process, scopeInformation: [{ expectedResponseDateTime: "2099-01-01T10:00:00+01:00" }] }] },
    },
    arkivmelding: { sikkerhetsnivaa: 3, hoveddokument: main },
  });
  window.openChosen = () => window.ask({ Open: { sbd, broker_sender: us.orgnr, trust, revocation } }, [window.chosenFile()]);
}

export async function connectWorker(page, main) {
  await page.evaluate(connect);
  await page.evaluate(prepareOpening, { us: US, main });
}

export const chooseForWorker = (page, path) => page.setInputFiles("#worker-file", path);

/** Our own key store and certificate as files, for the program. */
export async function ownIdentity(server, folder) {
  const keystore = join(folder, "ours.p12");
  await writeFile(keystore, (await keystoreOf(server, US.orgnr)).buffer);
  const certificate = join(folder, "ours.pem");
  const openssl = (...rest) =>
    execFileSync("openssl", ["pkcs12", "-in", keystore, "-passin", `pass:${KEYSTORE_PASSWORD}`, "-nodes", ...rest]);
  await writeFile(certificate, openssl("-nokeys", "-clcerts"));
  return { keystore, certificate, openssl };
}

/** A package from us to us, made by the program. */
export function packForUs({ keystore, certificate }, document, out, suite = "oaep-cbc") {
  execFileSync(ENVELOPE, [
    ...["pack", "--key", keystore, "--password", KEYSTORE_PASSWORD, "--recipient", certificate, "--profile", "dpo"],
    ...["--suite", suite, "--sender", US.orgnr, "--receiver", US.orgnr, "--out", out, document],
  ]);
}
