// A letter whose sending a reload or a closed tab breaks off: it goes on by itself, or what was written is there again.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./support/axe.mjs";
import { assertQuiet, launch, openPage, until } from "./support/browser.mjs";
import { disguises, file, marker, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Line } from "./support/line.mjs";
import { Server } from "./support/server.mjs";

const FORTY_MEGABYTES = 40 * 1024 * 1024;
const TWELVE_MEGABYTES = 12 * 1024 * 1024;
/** What goes in one request. */
const PIECE = 1024 * 1024;
/** A page that goes away breaks off what it asks for, and the browser says so. The relay takes nothing else before it has
 *  read what was on its way. */
const BROKEN_OFF = [/net::ERR_/, /Failed to fetch/, /status of 409 .*\/uploads\//];

let server, browser, line;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => (line = await Line.to(server)));
afterEach(async () => line.close());

/** Runs in the page: every file of the origin's own, with its size. */
async function ownFiles() {
  const files = [];
  const walk = async (folder, path) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "directory") await walk(handle, `${path}${name}/`);
      else files.push({ name: `${path}${name}`, size: (await handle.getFile()).size });
    }
  };
  await walk(await navigator.storage.getDirectory(), "");
  return files;
}

/** Runs in the page: the names of its own files and the rows of its databases that hold one of the byte strings. */
async function holding(needles) {
  const wanted = needles.map((needle) => String.fromCharCode(...needle));
  const found = [];
  const look = (name, bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    if (wanted.some((needle) => text.includes(needle))) found.push(name);
  };
  const walk = async (folder) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "directory") await walk(handle);
      else look(name, await (await handle.getFile()).arrayBuffer());
    }
  };
  await walk(await navigator.storage.getDirectory());
  const done = (request) => new Promise((resolve, reject) => ([request.onsuccess, request.onerror] = [() => resolve(request.result), reject]));
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      for (const row of await done(database.transaction(store).objectStore(store).getAll())) {
        for (const [member, value] of Object.entries(row)) {
          if (typeof value === "string") look(`${name}.${member}`, new TextEncoder().encode(value));
          if (value instanceof Uint8Array) look(`${name}.${member}`, value);
        }
      }
    }
    database.close();
  }
  for (const [key, value] of Object.entries(localStorage)) look(key, new TextEncoder().encode(value));
  return found;
}

const region = (page) => page.getByRole("region", { name: "Avbrutte sendinger" });

/** Runs in the page: how many letters lie in the browser, as files or as rows. */
async function countKept() {
  let count = 0;
  for await (const name of (await navigator.storage.getDirectory()).keys()) count += name.startsWith("sending-") ? 1 : 0;
  const names = (await indexedDB.databases()).map(({ name }) => name);
  if (!names.includes("konvolutt-sendings")) return count;
  const request = indexedDB.open("konvolutt-sendings");
  const database = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const all = database.transaction("sendings").objectStore("sendings").getAll();
  const rows = await new Promise((resolve) => (all.onsuccess = () => resolve(all.result.length)));
  database.close();
  return count + rows;
}

/** Waits until none of the letters lies in the browser any more. */
async function nothingKept(page) {
  await until("nothing is kept", async () => (await page.evaluate(countKept)) === 0);
  assert.deepEqual(await page.evaluate(ownFiles), []);
}

async function ready(expected = []) {
  const page = await openPage(browser, line.base, { expected: [...BROKEN_OFF, ...expected] });
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  return page;
}

/** Begins to send a letter and stops the line in the middle; answers the size of its sealed package in bytes. */
async function brokenOff(page, title, bytes = TWELVE_MEGABYTES, secret = "Tegninger") {
  const documents = [file("Tegninger.pdf", pdf(secret, bytes))];
  await journey.compose(page, { title, documents });
  await journey.preview(page);
  const half = line.stopAfter(bytes / 2);
  await journey.button(page, "Send meldingen").click();
  await half;
  // Sealing is ahead: it is told how large the package is when it is sealed and signed.
  await page.getByText(/^Laster opp .* av /).waitFor();
  const files = await page.evaluate(ownFiles);
  return files.map(({ size }) => size).reduce((sum, size) => sum + size, 0);
}

/** The messages with this conversation that the recipient has, by the relay's own list of what was sent. */
async function sentSince(page, before) {
  const sent = await page.evaluate(async () => (await (await fetch("/api/v1/messages?direction=out&organisation=310904007")).json()).items);
  return sent.filter(({ id }) => !before.includes(id));
}

const ids = async (page) => (await sentSince(page, [])).map(({ id }) => id);

async function finishes(page, title, size, earlier) {
  await region(page).getByText(`«${title}» er sendt.`).waitFor();
  // A piece that comes while another is still on its way is refused.
  const most = Math.max(size * 1.05, size + PIECE * 1.1);
  assert.ok(line.uploaded <= most, `${line.uploaded} bytes went up for a package of ${size}`);
  assert.ok(line.uploaded >= size, "all of it went up");
  assert.equal((await sentSince(page, earlier)).length, 1, "one message");
  await nothingKept(page);
  await region(page).getByRole("link", { name: "Se meldingen" }).click();
  await journey.events(page).getByText("Levert", { exact: true }).waitFor();
}

test("a reload in the middle of a large letter costs nothing: it goes on, and no byte goes twice", async () => {
  const page = await ready();
  const earlier = await ids(page);
  const [secret, secretTitle] = [marker(), marker()];
  const size = await brokenOff(page, secretTitle, FORTY_MEGABYTES, secret);
  assert.ok(size > FORTY_MEGABYTES && size < FORTY_MEGABYTES * 1.02, `${size} bytes are kept`);
  const needles = [...disguises(secret), ...disguises(secretTitle)].map((needle) => [...needle]);
  assert.deepEqual(await page.evaluate(holding, needles), [], "what is kept can be read");

  await page.reload();
  await region(page).getByText(`Sendingen av «${secretTitle}» ble avbrutt. Vi fortsetter der den stoppet.`).waitFor();
  line.open();
  await finishes(page, secretTitle, size, earlier);
  await page.goto("/sendt");
  await journey.messages(page).getByRole("listitem").first().waitFor();
  assertQuiet(page);
});

test("a closed tab costs nothing: a new one goes on, and of two only one", async () => {
  const page = await ready();
  const earlier = await ids(page);
  const size = await brokenOff(page, "Lukket fane");
  const context = page.context();
  // It waits for the first, which is still sending.
  const second = await context.newPage();
  await second.goto("/innboks");
  await journey.heading(second, "Innboks").waitFor();
  assert.equal(await region(second).getByRole("listitem").count(), 0);
  await page.close();
  await region(second).getByText(/Lukket fane.* ble avbrutt/).waitFor();
  const third = await context.newPage();
  await third.goto("/sendt");
  await journey.heading(third, "Sendt").waitFor();
  line.open();
  await finishes(second, "Lukket fane", size, earlier);
  assert.equal(await region(third).getByRole("listitem").count(), 0);
  assert.equal(line.submissions, 1);
});

test("a reload before everything is sealed keeps what was written, and says what to do", async () => {
  const page = await ready();
  const earlier = await ids(page);
  await journey.compose(page, { title: "For tidlig", documents: [file("Tegninger.pdf", pdf("Tegninger", TWELVE_MEGABYTES))] });
  await journey.preview(page);
  // The signature that ends it never comes.
  for (const worker of page.workers()) await worker.evaluate(() => (SubtleCrypto.prototype.sign = () => new Promise(() => {})));
  await journey.button(page, "Send meldingen").click();
  await until("sealing has begun", async () => (await page.evaluate(ownFiles)).length > 1);
  await page.reload();
  await region(page).getByText("Sendingen av «For tidlig» ble avbrutt før alt var kryptert, og kan ikke fortsette.").waitFor();
  await region(page).getByText(/Ingenting er sendt\. .*Tegninger\.pdf/).waitFor();
  assert.deepEqual(await page.evaluate(ownFiles), []);
  await region(page).getByRole("link", { name: "Gå til utkastet" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Tittel", exact: true }).inputValue(), "For tidlig");
  await page.getByText(journey.REPLIER.name).first().waitFor();
  assert.deepEqual(await sentSince(page, earlier), []);

  await journey.addDocuments(page, [file("Tegninger.pdf", pdf("Tegninger"))]);
  await journey.preview(page);
  await journey.send(page);
  await nothingKept(page);
  assert.equal((await sentSince(page, earlier)).length, 1, "the same letter goes once");
});

test("a letter can wait over a reload, go on, and be cancelled for good", async () => {
  const page = await ready();
  const earlier = await ids(page);
  await brokenOff(page, "Angret");
  await page.reload();
  const ours = region(page);
  await ours.getByText(/Angret.* ble avbrutt/).waitFor();
  await ours.getByText(/^Laster opp .* av /).waitFor();
  assert.deepEqual(await violations(page), []);
  await journey.button(ours, "Sett på pause").click();
  await ours.getByText("Sendingen av «Angret» er satt på pause.").waitFor();
  assert.deepEqual(await violations(page), []);
  line.open();
  await page.reload();
  await ours.getByText("Sendingen av «Angret» ble ikke fullført.").waitFor();
  const before = line.uploaded;
  const stopped = line.stopAfter(0);
  await journey.button(ours, "Fortsett sendingen").click();
  await stopped;
  assert.equal(line.uploaded, before, "nothing went before a person said so");
  await journey.button(ours, "Avbryt sendingen").click();
  await ours.getByText("Sendingen av «Angret» er avbrutt.").waitFor();
  assert.deepEqual(await violations(page), []);
  await ours.getByText(/Tegninger\.pdf/).waitFor();
  assert.deepEqual(await page.evaluate(ownFiles), []);
  line.open();
  await journey.button(ours, /^Lukk meldingen om/).click();
  await nothingKept(page);
  await page.getByRole("link", { name: "Utkast" }).click();
  await page.getByRole("link", { name: /Angret/ }).waitFor();
  assert.deepEqual(await sentSince(page, earlier), []);
  await page.reload();
  await journey.heading(page, "Utkast").waitFor();
  await nothingKept(page);
  assert.equal(await ours.getByRole("listitem").count(), 0);
});

test("the next person at the same computer sees nothing of it, and it is gone", async () => {
  const page = await ready();
  const earlier = await ids(page);
  const [first] = (await server.json("/sandbox/openid/people.json")).filter(mayAct);
  await brokenOff(page, "Ikke din");
  await page.goto("about:blank");
  line.open();
  await page.context().clearCookies();
  const other = (await server.json("/sandbox/openid/people.json")).find((one) => mayAct(one) && one.id !== first.id);
  await journey.signIn(page, server, journey.US.orgnr, other.id);
  await nothingKept(page);
  assert.equal(await page.getByText("Ikke din").count(), 0);
  assert.equal(await region(page).getByRole("listitem").count(), 0);
  assert.deepEqual(await sentSince(page, earlier), []);
});

const mayAct = (one) => one.organisations.some(({ orgnr }) => orgnr === journey.US.orgnr);

test("the same person, signed in again, has it go on", async () => {
  const page = await ready();
  const earlier = await ids(page);
  const size = await brokenOff(page, "Innlogget igjen");
  await page.goto("about:blank");
  line.open();
  await page.context().clearCookies();
  await journey.signIn(page, server);
  await finishes(page, "Innlogget igjen", size, earlier);
});

test("a session that ends while a letter is gone on with takes neither it nor a draft along", async () => {
  const page = await ready([/status of 401/]);
  const earlier = await ids(page);
  const size = await brokenOff(page, "Midt i økten");
  const goesOn = line.stopAfter(0);
  await page.goto("/ny");
  const interrupted = region(page).getByText("Sendingen av «Midt i økten» ble avbrutt. Vi fortsetter der den stoppet.");
  await interrupted.waitFor();
  await goesOn;
  const title = page.getByRole("textbox", { name: "Tittel", exact: true });
  await title.fill("Et annet brev");
  await page.getByText(/^Utkast lagret kl\./).waitFor();

  const context = page.context();
  await context.clearCookies();
  const menu = page.getByRole("navigation", { name: "Hovedmeny" });
  await menu.getByRole("link", { name: "Innboks" }).click();
  await journey.heading(page, "Du er logget ut").waitFor();
  assert.equal(await page.getByText(/Midt i økten|Et annet brev/).count(), 0);
  const [other] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "Logg inn i en ny fane" }).click(),
  ]);
  await journey.signIn(other, server);
  // While the first tab shows nothing, the new one may have the letter in hand.
  await other.goto("about:blank");
  await journey.button(page, "Gå videre").click();
  await interrupted.waitFor();
  assert.deepEqual(await sentSince(page, earlier), [], "nothing is sent yet");
  line.open();
  await finishes(page, "Midt i økten", size, earlier);
  await menu.getByRole("link", { name: "Utkast" }).click();
  await page.getByRole("link", { name: "Fortsett på Et annet brev" }).click();
  assert.equal(await title.inputValue(), "Et annet brev");
  assertQuiet(page);
});

test("an upload that the relay has forgotten begins anew, and nobody need do anything", async () => {
  const page = await ready();
  const earlier = await ids(page);
  const size = await brokenOff(page, "Glemt opplasting");
  const goesOn = line.stopAfter(0);
  await page.goto("/utkast");
  await goesOn;
  const gone = await page.evaluate(async (path) => (await fetch(path, { method: "DELETE", headers: { "tus-resumable": "1.0.0" } })).status, line.upload);
  assert.equal(gone, 204);
  const before = line.uploaded;
  line.open();
  await region(page).getByText("«Glemt opplasting» er sendt.").waitFor();
  const again = line.uploaded - before;
  assert.ok(again <= size + 2 * PIECE, `${again} bytes went: the package of ${size} and what was on its way into the lost one`);
  assert.equal((await sentSince(page, earlier)).length, 1, "one message");
  await nothingKept(page);
});

test("who lost the answer to the very last request is told that it is sent, and nothing goes again", async () => {
  const page = await ready();
  const earlier = await ids(page);
  await journey.compose(page, { title: "Uten svar", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  line.losesAnswers = true;
  await journey.button(page, "Send meldingen").click();
  await until("the relay has it", async () => (await sentSince(page, earlier)).length === 1);
  await page.reload();
  const before = line.uploaded;
  line.losesAnswers = false;
  await region(page).getByText("«Uten svar» er sendt.").waitFor();
  assert.equal(line.uploaded, before);
  assert.equal((await sentSince(page, earlier)).length, 1, "one message");
  await nothingKept(page);
});

test("a letter whose time is over is a draft again", async () => {
  const page = await ready();
  const earlier = await ids(page);
  await brokenOff(page, "For sent");
  // The envelope is taken for six hours.
  await page.clock.setFixedTime(Date.now() + 6 * 3600 * 1000);
  await page.reload();
  line.open();
  await region(page).getByText("Sendingen av «For sent» ble avbrutt for lenge siden til å fortsette.").waitFor();
  await region(page).getByText(/Ingenting er sendt\. .*Tegninger\.pdf/).waitFor();
  assert.deepEqual(await page.evaluate(ownFiles), []);
  assert.deepEqual(await sentSince(page, earlier), []);
  const status = await page.evaluate(async (path) => (await fetch(path, { method: "HEAD", headers: { "tus-resumable": "1.0.0" } })).status, line.upload);
  assert.equal(status, 404, "the relay was told to forget it");
});

test("who signs out is asked, and then nothing is left at the computer", async () => {
  const page = await ready();
  await brokenOff(page, "Logger ut");
  await page.goto("/innboks");
  await region(page).getByText(/Logger ut.* ble avbrutt/).waitFor();
  const answers = [false, true];
  const asked = [];
  page.on("dialog", async (dialog) => {
    asked.push(dialog.message());
    await (answers.shift() ? dialog.accept() : dialog.dismiss());
  });
  await journey.button(page, "Logg ut").click();
  await until("the person is asked", async () => asked.length === 1);
  assert.match(asked[0], /^Et brev er ikke ferdig sendt\./);
  assert.equal(await region(page).getByRole("listitem").count(), 1, "a no changes nothing");
  await journey.signOut(page);
  line.open();
  await nothingKept(page);
});
