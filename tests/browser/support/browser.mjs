// A browser, and pages that must not complain: no script error, no console error, no breach of the content policy.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const BINARY = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
/** How often a person would click a button that does nothing. */
const CLICKS = 3;
/** Long, because it only decides when a failed test gives up. */
export const PATIENCE = Number(process.env.KONVOLUTT_PATIENCE ?? 120_000);

const OPTIONS = {
  executablePath: BINARY,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export async function launch() {
  return chromium.launch(OPTIONS);
}

/** A browser with a profile on disk, as people have: only there the origin's private files are files. */
export async function launchProfile(folder, base) {
  const context = await chromium.launchPersistentContext(folder, { ...OPTIONS, baseURL: base, locale: "nb-NO", bypassCSP: true });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** Asking who is signed in, before anybody is: the browser reports the refusal, and nothing is wrong. */
const NOBODY_YET = /status of 401 .*\/api\/v1\/session$/;

/**
 * A page of a fresh profile. `complaints` fills with everything that went wrong in it; `quiet(page)` asserts that it is
 * empty. `expected` are patterns of complaints that a test provokes on purpose.
 */
export async function openPage(browser, base, { expected = [], ...options } = {}) {
  const context = await browser.newContext({ baseURL: base, locale: "nb-NO", acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE);
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  const page = await context.newPage();
  page.complaints = [];
  const complain = (text) => {
    if (![NOBODY_YET, ...expected].some((pattern) => pattern.test(text))) page.complaints.push(text);
  };
  context.on("console", (message) => {
    if (message.type() === "error") complain(`console: ${message.text()} ${message.location().url}`);
  });
  context.on("weberror", (error) => complain(`script: ${error.error().stack ?? error.error()}`));
  return page;
}

export function assertQuiet(page) {
  assert.deepEqual(page.complaints, [], "the page complained");
}

/** Waits until something is so that no locator can wait for. */
export async function until(what, isSo) {
  const end = Date.now() + PATIENCE;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `${what}: not in ${PATIENCE} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Clicks something that opens a file chooser and gives it the files. A click that meets a page being drawn anew is
 *  lost, as it is for a person, who clicks again. */
export async function chooseFiles(page, opener, files) {
  for (let attempt = 1; ; attempt += 1) {
    const opened = page.waitForEvent("filechooser", { timeout: attempt < CLICKS ? PATIENCE / 10 : PATIENCE }).catch(() => null);
    await opener.click();
    const chooser = await opened;
    if (chooser) return chooser.setFiles(files);
    assert.ok(attempt < CLICKS, "no file chooser opened");
  }
}
