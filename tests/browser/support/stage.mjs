// What most files of tests begin with: a server that nobody has used, a browser, and pages of people who have signed in. Each
// file runs in a process of its own, so that importing this starts both for that file alone.
import { after, before } from "node:test";
import { launch, openPage } from "./browser.mjs";
import * as journey from "./journey.mjs";
import { Server } from "./server.mjs";

export let server, browser;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Signs in on a page, as whoever may act for the first organisation or the one with this id, and adds each one's key. */
export async function enter(page, { who, organisations = [journey.US], key = true } = {}) {
  await journey.signIn(page, server, organisations[0].orgnr, who);
  for (const [index, organisation] of organisations.entries()) {
    if (index > 0) await journey.actFor(page, organisation);
    if (key) await journey.addKey(page, server, organisation.orgnr);
  }
  return page;
}

/** A page of a fresh profile on which somebody has signed in; other options are the page's. */
export async function signedIn({ who, organisations, key, ...options } = {}) {
  return enter(await openPage(browser, server.base, options), { who, organisations, key });
}
