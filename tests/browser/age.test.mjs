// Answers of registers are kept for some minutes while a letter is written, and the page says how old they are. What a letter is
// sealed to is asked for anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

const PLAIN = { orgnr: "310900117", name: "Testetaten Solvik" };
const MAILBOX = "01817010136";

/** A page whose clock the test moves, and the questions that it asks the registers. */
async function ready() {
  const page = await signedIn();
  page.answers = [];
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (!/^\/api\/v1\/recipients\/(lookup|contact)$/.test(pathname)) return;
    const { maxAge } = response.request().postDataJSON();
    page.answers.push({ what: pathname.split("/").pop(), maxAge, age: (await response.json()).age });
  });
  return page;
}

const about = (page) => page.getByRole("region", { name: "Om mottakeren" });

test("how old an answer is stands beside it, grows with it, and sending asks anew", async () => {
  const page = await ready();
  await page.goto("/ny");
  await journey.chooseRecipient(page, PLAIN);
  await about(page).getByText("Hentet for under ett minutt siden. Vi spør på nytt når du sender.").waitFor();
  // Of letters, and of agreed messages.
  const [letter] = page.answers;
  assert.deepEqual([letter.maxAge, letter.age], [300, 0]);

  // What was kept is older than the page that shows it.
  await page.route("**/api/v1/recipients/lookup", async (route) => {
    const { maxAge } = route.request().postDataJSON();
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({ response, json: maxAge > 0 ? { ...json, age: 200 } : json });
  });
  await page.clock.install();
  await journey.compose(page, { recipient: PLAIN, title: "Om byggesaken", documents: [file("Brev.pdf", pdf("Brev"))] });
  await about(page).getByText("Hentet for 3 minutter siden.", { exact: false }).waitFor();
  assert.ok(page.answers.some(({ maxAge, age }) => maxAge === 300 && age === 200), JSON.stringify(page.answers));
  await page.clock.fastForward("02:00");
  await about(page).getByText("Hentet for 5 minutter siden.", { exact: false }).waitFor();

  await journey.preview(page);
  await journey.send(page);
  assert.deepEqual(page.answers.at(-1), { what: "lookup", maxAge: 0, age: 0 }, "the registry itself has been asked");
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
  await page.goto("/ny");
  await page.getByRole("combobox", { name: "Mottaker" }).fill(MAILBOX);
  await page.getByRole("option", { name: /Privatperson/ }).click();
  // The older of the two.
  await page.getByText("Hentet for 2 minutter siden.", { exact: false }).waitFor();
  await journey.setLanguage(page, "English");
  await page.getByText("Fetched 2 minutes ago.", { exact: false }).waitFor();
  assertQuiet(page);
});
