// Answers of registers are kept for some minutes while a letter is written, and the page says how old they are. What a letter is
// sealed to is asked for anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, until } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

const PLAIN = { orgnr: "310900117", name: "Testetaten Solvik" };
const MAILBOX = "01817010136";
/** About agreed messages the registry is asked apart. */
const AGREED = "urn:no:difi:profile:avtalt:avtalt:ver1.0";

/** A page whose clock the test moves, and the questions that it asks the registers. */
async function ready() {
  const page = await signedIn();
  page.answers = [];
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (!/^\/api\/v1\/recipients\/(lookup|contact)$/.test(pathname)) return;
    const { maxAge, process } = response.request().postDataJSON();
    // What a page has not read when it goes is no answer to it.
    const answer = await response.json().catch(() => undefined);
    if (answer) page.answers.push({ what: pathname.split("/").pop(), process, maxAge, age: answer.age });
  });
  return page;
}

/** The answer that fits, once it has come: it is read here later than by the page. */
async function answered(page, what, fits) {
  await until(what, () => page.answers.some(fits));
  return page.answers.find(fits);
}

const about = (page) => page.getByRole("region", { name: "Om mottakeren" });

test("how old an answer is stands beside it, grows with it, and sending asks anew", async () => {
  const page = await ready();
  await page.goto("/ny");
  await journey.chooseRecipient(page, PLAIN);
  await about(page).getByText("Hentet for under ett minutt siden. Vi spør på nytt når du sender.").waitFor();
  const letter = await answered(page, "the registry is asked about letters", ({ process }) => process !== AGREED);
  assert.deepEqual([letter.what, letter.maxAge, letter.age], ["lookup", 300, 0]);

  // What was kept is older than the page that shows it.
  await page.route("**/api/v1/recipients/lookup", async (route) => {
    const { maxAge } = route.request().postDataJSON();
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({ response, json: maxAge > 0 ? { ...json, age: 200 } : json });
  });
  // Time stands still for the page but where the test moves it; its timers run.
  const begun = Date.now();
  await page.clock.setFixedTime(begun);
  await journey.compose(page, { recipient: PLAIN, title: "Om byggesaken", documents: [file("Brev.pdf", pdf("Brev"))] });
  await about(page).getByText("Hentet for 3 minutter siden.", { exact: false }).waitFor();
  await answered(page, "what was kept is told", ({ maxAge, age }) => maxAge === 300 && age === 200);
  await page.clock.setFixedTime(begun + 120_000);
  await about(page).getByText("Hentet for 5 minutter siden.", { exact: false }).waitFor();

  await journey.preview(page);
  assert.ok(page.answers.every(({ maxAge }) => maxAge === 300), JSON.stringify(page.answers));
  await journey.send(page);
  const { what, age } = await answered(page, "the registry itself is asked", ({ maxAge }) => maxAge === 0);
  assert.deepEqual([what, age], ["lookup", 0]);
  assertQuiet(page);
});

test("the relay keeps what a register said, says how old it is, and asks whoever wants it new", async () => {
  const page = await ready();
  const ask = (path, body) =>
    page.evaluate(
      async ({ path, body }) => {
        const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
        return (await fetch(`/api/v1/${path}`, options || {})).json();
      },
      { path, body },
    );
  const registers = {
    registry: (maxAge) => ask("recipients/lookup", { identifier: "310900214", maxAge }),
    kontaktregister: (maxAge) => ask("recipients/contact", { identifier: MAILBOX, maxAge }),
    enhetsregister: async (maxAge) => (await ask(`organisations?query=310900214&maxAge=${maxAge}`))[0] ?? {},
  };
  for (const [service, asked] of Object.entries(registers)) {
    assert.equal((await asked(0)).age, 0, service);
    // Whoever is asked now is down: only what is kept can be told.
    const order = { service, fault: "unavailable" };
    const headers = { "content-type": "application/json" };
    await fetch(new URL("/sandbox/control/faults", server.base), { method: "PUT", headers, body: JSON.stringify(order) });
    let kept;
    do kept = await asked(300);
    while (kept.age === 0);
    assert.ok(kept.age >= 1 && kept.age < 300, `${service}: ${JSON.stringify(kept)}`);
    const anew = await asked(0);
    assert.equal(anew.age, undefined, `${service} is asked anew, and is down: ${JSON.stringify(anew)}`);
    await fetch(new URL("/sandbox/control/faults", server.base), { method: "DELETE" });
  }
});

test("so it is with a person, of whom two registers are asked", async () => {
  const page = await ready();
  await page.route("**/api/v1/recipients/contact", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), age: 130 } });
  });
  // However long it takes to look, it grows no older.
  await page.clock.setFixedTime(Date.now());
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill(MAILBOX);
  await page.getByRole("option", { name: /Privatperson/ }).click();
  // The older of the two.
  await page.getByText("Hentet for 2 minutter siden.", { exact: false }).waitFor();
  await journey.setLanguage(page, "English");
  await page.getByText("Fetched 2 minutes ago.", { exact: false }).waitFor();
  assertQuiet(page);
});
