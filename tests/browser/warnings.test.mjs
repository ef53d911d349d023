// What goes wrong with something sent is said without being asked for, wherever in the portal the case worker is:
// refused at once, failed later, failed after delivery, run out of time (A2 of `support/acceptance.mjs`).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, launch, openPage, PATIENCE, until } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const PLAIN = { orgnr: "310900117", name: "Testetaten Solvik" };
const FAILS = { orgnr: "310901016", name: "Feil etter sending" };
const FAILS_LATER = { orgnr: "310901113", name: "Feil etter levering" };
const SLOW = { orgnr: "310900915", name: "Treg mottaker" };
const CONTRADICTS = { orgnr: "310901210", name: "Utløpt etter levering" };
const UNORDERED = { orgnr: "310902519", name: "Uordnede statuser" };
const NOT_THERE = { orgnr: "310901318", name: "Finnes ikke" };
/** How long a letter waits between two tries when it has been tried for minutes, in milliseconds (`relay/src/deliver/backoff.rs`). */
const BACK_OFF = 540_000;
const REFUSED_ANSWER = /Failed to load resource: the server responded with a status of 4\d\d/;

let server, browser;
// A server for each test: what needs attention is counted.
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

async function ready(t, options) {
  server = await Server.start();
  t.after(() => server.stop());
  const page = await openPage(browser, server.base, options);
  await journey.signIn(page, server);
  await journey.addKey(page, server);
  return page;
}

const warnings = (page) => page.getByRole("region", { name: "Varsler" });
const letter = (recipient) => ({ recipient, title: "Om byggesaken", documents: [file("Brev.pdf", pdf("Brev"))] });

async function send(page, recipient) {
  await journey.compose(page, letter(recipient));
  await journey.preview(page);
  await journey.send(page);
}

/** Sends, and goes on to something else at once: sending goes on without its page. */
async function sendAndLeave(page, recipient, elsewhere) {
  await journey.compose(page, letter(recipient));
  await journey.preview(page);
  await journey.button(page, "Send meldingen").click();
  await go(page, elsewhere);
}

/** To another page without a fresh load. */
const go = (page, name) => page.getByRole("navigation", { name: "Hovedmeny" }).getByRole("link", { name, exact: true }).click();

/** Has the page keep what it opens of live streams. From its next load on. */
const watchStreams = (page) =>
  page.addInitScript(() => {
    window.streams = [];
    window.EventSource = class extends window.EventSource {
      constructor(...how) {
        super(...how);
        window.streams.push(this);
      }
    };
  });

/** Waits until the page holds so many live streams. */
async function holds(page, count) {
  const open = () => page.evaluate(() => window.streams.filter(({ readyState }) => readyState !== EventSource.CLOSED).length);
  await until(`${count} live streams are held`, async () => (await open()) === count);
}

/** Tells the page that its tab is hidden, or shown again. */
const turn = (page, hidden) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("a failure after sending reaches the case worker on another page, and leads to the message", async (t) => {
  const page = await ready(t);
  await sendAndLeave(page, FAILS, "Innstillinger");
  const warning = warnings(page).getByRole("listitem");
  // The recipient's case system has turned it down, and says why.
  await warning.getByText(`Fagsystemet til ${FAILS.name} avviste meldingen.`).waitFor();
  assert.equal(await warning.count(), 1);
  await page.getByRole("navigation", { name: "Hovedmeny" }).getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  assert.ok(!(await page.title()).includes(FAILS.name), "no recipient in the window's title");
  await warning.getByRole("link", { name: "Se hva du kan gjøre" }).click();
  await page.waitForURL("**/melding/*");
  await journey.events(page).getByText("Avvist av fagsystemet").waitFor();
  assert.equal(await warnings(page).getByRole("listitem").count(), 0, "who follows the link has seen it");
  await page.getByRole("navigation", { name: "Hovedmeny" }).getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  assertQuiet(page);
});

test("what somebody has dealt with counts no more, and who did it and when stays in its history", async (t) => {
  const page = await ready(t);
  await send(page, FAILS);
  await journey.events(page).getByText("Avvist av fagsystemet").waitFor();
  const menu = page.getByRole("navigation", { name: "Hovedmeny" });
  await menu.getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  const { id } = await journey.told(page);
  await go(page, "Sendt");
  await page.getByText("1 melding trenger oppfølging.").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Se hva du kan gjøre" }).click();
  await page.waitForURL("**/sendt?status=oppfolging");
  await journey.messages(page).getByRole("link", { name: new RegExp(FAILS.name) }).click();
  const main = page.getByRole("main");
  await main.getByText("Les hva de skriver, rett det, og send en ny melding.").waitFor();
  await main.getByRole("link", { name: "Ny melding" }).waitFor();
  await journey.button(page, "Marker som håndtert").click();
  const event = journey.events(page).getByRole("listitem").filter({ hasText: "Markert som håndtert" });
  await event.getByText("Av Siri Saksbehandler").waitFor();
  await journey.button(page, "Marker som håndtert").waitFor({ state: "detached" });
  await main.getByText("Les hva de skriver, rett det, og send en ny melding.").waitFor({ state: "detached" });
  await menu.getByText(/trenger oppfølging/).waitFor({ state: "detached" });
  await go(page, "Sendt");
  const filters = page.getByRole("navigation", { name: "Vis" });
  await filters.getByRole("link", { name: "Trenger oppfølging" }).click();
  await page.getByText("Ingen meldinger trenger oppfølging.").waitFor();
  await filters.getByRole("link", { name: "Ikke levert" }).click();
  await journey.messages(page).getByRole("link", { name: new RegExp(FAILS.name) }).waitFor();
  assert.equal(await page.getByText("1 melding trenger oppfølging.").count(), 0);

  const counted = await page.evaluate(async () => (await fetch("/api/v1/attention?organisation=310904007")).json());
  assert.deepEqual(counted, { sent: 0, received: 0 });
  const again = await page.evaluate(async (id) => (await fetch(`/api/v1/messages/${id}/handled`, { method: "POST" })).status, id);
  assert.equal(again, 204, "twice is once");
  const { events } = await page.evaluate(async (id) => (await fetch(`/api/v1/messages/${id}`)).json(), id);
  assert.equal(events.filter(({ handledBy }) => handledBy === "Siri Saksbehandler").length, 1);
  assertQuiet(page);
});

test("two failures have one card, which leads to what was sent", async (t) => {
  const page = await ready(t);
  for (const n of [1, 2]) {
    await sendAndLeave(page, FAILS, "Innstillinger");
    const said = n === 1 ? `Fagsystemet til ${FAILS.name} avviste meldingen.` : "2 meldinger er ikke levert.";
    await warnings(page).getByText(said).waitFor();
  }
  const warning = warnings(page).getByRole("listitem");
  assert.equal(await warning.count(), 1);
  await warning.getByRole("button", { name: "Lukk varselet om 2 meldinger" }).waitFor();
  await warning.getByRole("link", { name: "Gå til sendte meldinger" }).click();
  await page.waitForURL("**/sendt?status=oppfolging");
  const listed = journey.messages(page).getByRole("link", { name: new RegExp(FAILS.name) });
  await listed.nth(1).waitFor();
  assert.equal(await listed.count(), 2);
  await warning.waitFor({ state: "detached" });
  assertQuiet(page);
});

test("a failure after delivery is told as what it is", async (t) => {
  const page = await ready(t);
  await sendAndLeave(page, FAILS_LATER, "Innboks");
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Meldingen til ${FAILS_LATER.name} var meldt levert, men nå er det meldt feil.`).waitFor();
  await warning.getByText("Ikke regn med at mottakeren har den.").waitFor();
  await warning.getByRole("link", { name: "Se hva du kan gjøre" }).click();
  await journey.events(page).getByText("Feil etter levering", { exact: true }).waitFor();
  await journey.events(page).getByText("Levert", { exact: true }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Hva statusene betyr" }).click();
  for (const label of ["Feil etter levering", "Overlevert til utskrift og post", "Markert som håndtert"]) {
    await page.getByRole("term").getByText(label, { exact: true }).waitFor();
  }
  // Lists have the word of the message's own page.
  for (const address of ["/sendt", "/"]) {
    await page.goto(address);
    const row = journey.messages(page).getByRole("listitem").filter({ hasText: `Melding til ${FAILS_LATER.name}` });
    await row.getByText("Feil etter levering", { exact: true }).waitFor();
    assert.equal(await row.getByText("Ikke levert", { exact: true }).count(), 0, address);
  }
  assertQuiet(page);
});

test("a deadline that passes is told, and what to do", async (t) => {
  const page = await ready(t);
  // The page offers an hour at least; here its worker is asked for some seconds, in which the letter must still be sealed and sent.
  await page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function shortened(message, ...rest) {
      const body = typeof message?.body === "string" ? JSON.parse(message.body) : undefined;
      if (body?.Send) {
        body.Send.draft.deadlineSeconds = 20;
        message.body = JSON.stringify(body);
      }
      return postMessage.call(this, message, ...rest);
    };
  });
  await sendAndLeave(page, SLOW, "Utkast");
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Fristen gikk ut før ${SLOW.name} hentet meldingen.`).waitFor();
  await warning.getByText("Ring mottakeren før du sender igjen, så de ikke får den to ganger.").waitFor();

  // It is there again after a fresh load, until somebody has seen it.
  await page.goto("/innboks");
  await warning.getByText(SLOW.name).first().waitFor();
  await warning.getByRole("button", { name: `Lukk varselet om ${SLOW.name}` }).click();
  await warning.first().waitFor({ state: "detached" });
  await page.goto("/sendt");
  await page.getByRole("navigation", { name: "Hovedmeny" }).getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  await journey.messages(page).getByText("Fristen gikk ut").waitFor();
  assert.equal(await warning.count(), 0);
  assertQuiet(page);
});

test("a carrier that refuses the service's own access is told of while the letter waits, and it leaves once that is mended", async (t) => {
  const page = await ready(t);
  const carrier = (method, body) =>
    fetch(new URL("/sandbox/control/faults", server.base), { method, headers: { "content-type": "application/json" }, body });
  const order = { service: "broker", tenant: journey.US.orgnr, fault: "unauthorized" };
  assert.equal((await carrier("PUT", JSON.stringify(order))).status, 201);
  await sendAndLeave(page, PLAIN, "Innstillinger");
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Meldingen til ${PLAIN.name} er ikke sendt.`).waitFor();
  await warning.getByText("Ikke send den på nytt.").waitFor();
  assert.equal(await warning.count(), 1);
  await page.getByRole("navigation", { name: "Hovedmeny" }).getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  await go(page, "Sendt");
  const row = journey.messages(page).getByRole("listitem").filter({ hasText: PLAIN.name });
  await row.getByText("Slipper ikke inn").waitFor();
  await row.getByText("Trenger oppfølging").waitFor();
  await warning.getByRole("link", { name: "Se hva du kan gjøre" }).click();
  await page.getByRole("region", { name: "Status" }).getByText("Slipper ikke inn").first().waitFor();
  assert.equal(await journey.events(page).getByText("Sendt", { exact: true }).count(), 0);

  assert.equal((await carrier("DELETE")).status, 204);
  await journey.events(page).getByText("Levert", { exact: true }).waitFor({ timeout: BACK_OFF + PATIENCE });
  await page.getByRole("navigation", { name: "Hovedmeny" }).getByText(/trenger oppfølging/).waitFor({ state: "detached" });
  assert.equal(await journey.events(page).getByText("Slipper ikke inn", { exact: true }).count(), 1, "told once, and kept");
  assertQuiet(page);
});

test("a recipient that is not there is refused at once", async (t) => {
  const page = await ready(t, { expected: [REFUSED_ANSWER] });
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill(NOT_THERE.orgnr);
  const option = page.getByRole("option", { name: journey.groupedPattern(NOT_THERE.orgnr) }).first();
  await option.click();
  const alert = page.getByRole("alert").filter({ hasText: "Vi finner ikke mottakeren" });
  await alert.getByText("Ble noe sendt?").waitFor();
  assertQuiet(page);
});

test("a letter that is refused after its page was left is told of, and its draft is there", async (t) => {
  const page = await ready(t, { expected: [REFUSED_ANSWER] });
  await journey.compose(page, letter(journey.REPLIER));
  await journey.preview(page);
  // The recipient is asked about once more when sending begins; by then it is gone.
  let release;
  const left = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/recipients/lookup", async (route) => {
    await left;
    const problem = { type: "x", title: "x", status: 404, detail: "x", code: "mottaker.ukjent", sent: "no", retryable: false, traceId: "x" };
    await route.fulfill({ status: 404, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await journey.button(page, "Send meldingen").click();
  await go(page, "Innboks");
  await journey.heading(page, "Innboks").waitFor();
  release();
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Meldingen til ${journey.REPLIER.name} ble ikke sendt.`).waitFor();
  await warning.getByText("Vi finner ikke mottakeren.").waitFor();
  await warning.getByRole("link", { name: "Gå til utkastet" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Tittel", exact: true }).inputValue(), "Om byggesaken");
  assertQuiet(page);
});

test("what contradicts itself, and what comes too late, is explained among the events", async (t) => {
  const page = await ready(t);
  await send(page, CONTRADICTS);
  await page.getByRole("region", { name: "Status" }).getByText("Motstridende status").first().waitFor();
  await page.getByText(`Meldingen til ${CONTRADICTS.name} er meldt både levert og ikke levert.`).first().waitFor();
  assert.equal(await warnings(page).getByRole("listitem").count(), 0, "the page itself says it");
  await page.goto("/sendt");
  await journey.messages(page).getByText("Trenger oppfølging").waitFor();

  await send(page, UNORDERED);
  const late = "Meldt for sent: vi hadde alt hørt at meldingen var kommet lenger. Statusen er uendret.";
  await journey.events(page).getByText(late).first().waitFor();
  await page.getByRole("region", { name: "Status" }).getByText("Åpnet hos mottaker").first().waitFor();
  assertQuiet(page);
});

test("a hidden tab holds no live stream, and catches up when it is shown again", async (t) => {
  const page = await ready(t);
  await watchStreams(page);
  await page.goto("/sendt");
  await page.getByText("Du har ikke sendt noe ennå.").waitFor();
  await holds(page, 1);
  await turn(page, true);
  await holds(page, 0);
  // What one has seen in another tab of the same browser is no news.
  const other = await openPage(browser, server.base);
  await journey.signIn(other, server);
  await journey.addKey(other, server);
  await send(other, FAILS);
  await journey.events(other).getByText("Avvist av fagsystemet").waitFor();
  assert.equal(await journey.messages(page).count(), 0, "nothing comes in while it is hidden");
  await turn(page, false);
  await journey.messages(page).getByText("Ikke levert", { exact: true }).waitFor();
  await warnings(page).getByText(`Fagsystemet til ${FAILS.name} avviste meldingen.`).waitFor();
  await holds(page, 1);
  for (const one of [page, other]) assertQuiet(one);
});

test("a warning that was closed stays closed when the tab is shown again, and the others are shown still", async (t) => {
  const page = await ready(t);
  await watchStreams(page);
  await sendAndLeave(page, FAILS, "Innstillinger");
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Fagsystemet til ${FAILS.name} avviste meldingen.`).waitFor();
  await sendAndLeave(page, FAILS_LATER, "Sendt");
  const two = warning.getByRole("button", { name: "Lukk varselet om 2 meldinger" });
  await two.waitFor();
  // Who is on a message's page has seen what went wrong with it.
  const failed = journey.messages(page).getByRole("link", { name: new RegExp(FAILS.name) });
  await failed.click();
  await page.waitForURL("**/melding/*");
  const other = warning.getByText(`Meldingen til ${FAILS_LATER.name} var meldt levert, men nå er det meldt feil.`);
  await other.waitFor();
  await go(page, "Innstillinger");
  await holds(page, 1);
  await turn(page, true);
  await holds(page, 0);

  // One more meanwhile: who is told of it has asked for all of them anew.
  const colleague = await openPage(browser, server.base);
  await journey.signIn(colleague, server);
  await journey.addKey(colleague, server);
  await send(colleague, FAILS);
  await journey.events(colleague).getByText("Avvist av fagsystemet").waitFor();
  assert.equal(await other.count(), 1, "nothing comes in while it is hidden");
  await turn(page, false);
  await two.waitFor();
  await go(page, "Sendt");
  await failed.first().click();
  await page.waitForURL(`**${new URL(colleague.url()).pathname}`);
  await other.waitFor();
  assert.equal(await warning.count(), 1);
  for (const one of [page, colleague]) assertQuiet(one);
});

test("a warning of what was dealt with while the tab was hidden goes when it is shown again", async (t) => {
  const page = await ready(t);
  await watchStreams(page);
  await sendAndLeave(page, FAILS, "Innstillinger");
  const warning = warnings(page).getByRole("listitem");
  await warning.getByText(`Fagsystemet til ${FAILS.name} avviste meldingen.`).waitFor();
  const menu = page.getByRole("navigation", { name: "Hovedmeny" });
  await menu.getByText("1 trenger oppfølging").waitFor({ state: "attached" });
  await holds(page, 1);
  await turn(page, true);
  await holds(page, 0);
  const colleague = await openPage(browser, server.base);
  await journey.signIn(colleague, server);
  const handled = await colleague.evaluate(async () => {
    const { items } = await (await fetch("/api/v1/messages?direction=out&organisation=310904007")).json();
    const answers = items.map(({ id }) => fetch(`/api/v1/messages/${id}/handled`, { method: "POST" }));
    return (await Promise.all(answers)).map(({ status }) => status);
  });
  assert.deepEqual(handled, [204]);
  assert.equal(await warning.count(), 1, "nothing comes in while it is hidden");
  await turn(page, false);
  await warning.waitFor({ state: "detached" });
  await menu.getByText(/trenger oppfølging/).waitFor({ state: "detached" });
  await holds(page, 1);
  for (const one of [page, colleague]) assertQuiet(one);
});
