// Every page, light and dark, in every language: no violation that axe can see, and no sideways scrolling when narrow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./support/axe.mjs";
import { assertQuiet, launch, openPage } from "./support/browser.mjs";
import * as journey from "./support/journey.mjs";
import { Server } from "./support/server.mjs";

const OPEN = ["/logg-inn", "/lab"];
const SIGNED_IN = [
  "/",
  "/innboks",
  "/sendt",
  "/utkast",
  "/ny",
  "/virksomhet/sertifikater",
  "/innstillinger",
  "/hjelp/statuser",
  "/hjelp/feil/dokument.like-navn",
  "/finnes-ikke",
];
const LANGUAGES = { nb: "Norsk bokmål", nn: "Norsk nynorsk", en: "English" };

let server, browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The page has drawn itself: it has its heading and nothing more to fetch. */
async function visit(page, path) {
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
}

for (const [language, name] of Object.entries(LANGUAGES)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`no violations: ${name}, ${colorScheme}`, async () => {
      const page = await openPage(browser, server.base, { colorScheme, reducedMotion: "reduce" });
      const found = {};
      const look = async (path) => {
        await visit(page, path);
        if (path !== "/lab") assert.equal(await page.locator("html").getAttribute("lang"), language, path);
        const list = await violations(page);
        if (list.length) found[path] = list;
      };
      await page.goto("/logg-inn");
      await journey.setLanguage(page, name);
      for (const path of OPEN) await look(path);
      await journey.signIn(page, server);
      for (const path of SIGNED_IN) await look(path);
      assert.deepEqual(found, {});
      assertQuiet(page);
    });
  }
}

test("usable at 320 pixels", async () => {
  const page = await openPage(browser, server.base, { viewport: { width: 320, height: 640 } });
  const wide = [];
  const look = async (path) => {
    await visit(page, path);
    if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) wide.push(path);
  };
  for (const path of OPEN) await look(path);
  await journey.signIn(page, server);
  for (const path of SIGNED_IN) await look(path);
  assert.deepEqual(wide, []);
  assertQuiet(page);
});

/** The fields that come with a recipient's channel, and what the recipient's card says. */
const CHANNELS = [
  { orgnr: "310900311", name: "Solvik Bakeri AS", field: "Varsle med" },
  { orgnr: "310903256", name: "Høyvik kommune", field: "Type forsendelse" },
];

for (const colorScheme of ["light", "dark"]) {
  test(`no violations in the fields of each channel: ${colorScheme}`, async () => {
    const page = await openPage(browser, server.base, { colorScheme, reducedMotion: "reduce", viewport: { width: 320, height: 640 } });
    await journey.signIn(page, server);
    for (const { field, ...recipient } of CHANNELS) {
      await visit(page, "/ny");
      await journey.chooseRecipient(page, recipient);
      await page.getByLabel(field).waitFor();
      assert.deepEqual(await violations(page), [], recipient.name);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.ok(!wide, `${recipient.name}: sideways scrolling`);
    }
    assertQuiet(page);
  });
}

test("the first thing the keyboard reaches skips to the content", async () => {
  const page = await openPage(browser, server.base);
  await journey.signIn(page, server);
  await visit(page, "/innboks");
  await page.keyboard.press("Tab");
  const link = page.getByRole("link", { name: "Hopp til hovedinnhold" });
  assert.ok(await link.evaluate((element) => element === document.activeElement));
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement?.closest("main") !== null));
  assertQuiet(page);
});
