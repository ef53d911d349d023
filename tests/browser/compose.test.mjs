// Writing a letter: the keyboard stays where a person is working, and nothing that was written goes by one click.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./support/browser.mjs";
import { file, pdf } from "./support/documents.mjs";
import * as journey from "./support/journey.mjs";
import { server, signedIn } from "./support/stage.mjs";

/** Waits until the element is the document's active one. */
const focused = (page, element) => element.and(page.locator(":focus")).waitFor();

test("the keyboard stays with the recipient and with the document that is moved or deleted", async () => {
  const page = await signedIn();
  await page.goto("/ny");
  const search = page.getByRole("combobox", { name: "Mottaker" });
  const choose = async () => {
    await search.fill(journey.REPLIER.orgnr);
    await page.getByRole("option", { name: journey.groupedPattern(journey.REPLIER.orgnr) }).first().waitFor();
    await search.press("ArrowDown");
    await search.press("Enter");
    await focused(page, page.getByRole("region", { name: "Om mottakeren" }));
  };
  await choose();
  await journey.button(page, "Bytt mottaker").press("Enter");
  await focused(page, search);
  await choose();

  await journey.addDocuments(page, ["En.pdf", "To.pdf", "Tre.pdf"].map((name) => file(name, pdf(name))));
  await page.getByText(/^Lagt til 3 filer\./).waitFor();
  const remove = journey.button(page, "Slett Tre");
  assert.equal(await remove.innerText(), "Slett", "what is seen does not repeat the title");
  await remove.press("Enter");
  await focused(page, journey.button(page, "Angre"));
  assert.equal(await page.getByText(/^Lagt til 3 filer\./).count(), 0);
  await page.keyboard.press("Enter");
  await focused(page, remove);

  const [up, down] = ["opp", "ned"].map((way) => journey.button(page, `Flytt En ${way}`));
  await down.press("Enter");
  await page.getByText("En er nå dokument 2 av 3.").waitFor();
  await focused(page, down);
  await page.keyboard.press("Enter");
  await page.getByText("En er nå dokument 3 av 3.").waitFor();
  await focused(page, up);
  assertQuiet(page);
});

test("a draft is thrown away only by somebody who says so twice", async () => {
  const page = await signedIn();
  await page.goto("/ny");
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill("Om byggesaken");
  const remove = journey.button(page, "Slett utkast");
  const question = page.getByRole("group", { name: "Slette utkastet?" });
  await remove.press("Enter");
  await focused(page, question.getByRole("button", { name: "Behold" }));
  await page.keyboard.press("Escape");
  await focused(page, remove);
  await remove.click();
  await question.getByRole("button", { name: "Behold" }).click();
  await journey.button(page, "Lagre og lukk").click();
  await page.getByRole("link", { name: "Fortsett på Om byggesaken" }).click();
  await remove.click();
  await question.getByRole("button", { name: "Slett" }).click();
  await journey.heading(page, "Utkast").waitFor();
  assert.equal(await page.getByRole("link", { name: "Fortsett på Om byggesaken" }).count(), 0);
  assertQuiet(page);
});

test("the browser asks before a draft goes with its tab", async () => {
  const page = await signedIn();
  const asked = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    dialog.accept();
  });
  await page.goto("/ny");
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill("Om byggesaken");
  await page.getByText(/^Utkast lagret kl\./).waitFor();
  await page.reload();
  assert.deepEqual(asked, ["beforeunload"]);
  await journey.heading(page, "Ny melding").waitFor();
  await page.reload();
  assert.deepEqual(asked, ["beforeunload"], "with nothing written nobody is asked");
  await page.getByRole("textbox", { name: "Tittel", exact: true }).fill("Om byggesaken");
  await page.getByText(/^Utkast lagret kl\./).waitFor();
  await journey.signOut(page);
  assert.deepEqual(asked, ["beforeunload", "confirm"], "whoever signs out is asked once, while there is a way back");
  assertQuiet(page);
});

test("a session that ends takes no draft along, and shows it to the same person alone", async () => {
  const page = await signedIn({ expected: [/status of 401/] });
  await page.goto("/ny");
  const title = page.getByRole("textbox", { name: "Tittel", exact: true });
  await title.fill("Om byggesaken");
  await page.getByText(/^Utkast lagret kl\./).waitFor();
  const context = page.context();
  await context.clearCookies();
  const menu = page.getByRole("navigation", { name: "Hovedmeny" });
  await menu.getByRole("link", { name: "Utkast" }).click();
  await menu.getByRole("link", { name: "Innboks" }).click();
  await journey.heading(page, "Du er logget ut").waitFor();
  assert.equal(await page.getByText("Om byggesaken").count(), 0);
  await journey.button(page, "Gå videre").click();
  await page.getByText("Du er ikke logget inn ennå.").waitFor();
  const [other] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "Logg inn i en ny fane" }).click(),
  ]);
  await journey.signIn(other, server);
  await journey.button(page, "Gå videre").click();
  await journey.heading(page, "Innboks").waitFor();
  await menu.getByRole("link", { name: "Utkast" }).click();
  await page.getByRole("link", { name: "Fortsett på Om byggesaken" }).click();
  assert.equal(await title.inputValue(), "Om byggesaken");
  assertQuiet(page);
});

test("who cannot be signed out is told so, and stays signed in", async () => {
  const page = await signedIn({ expected: [/net::ERR_FAILED/] });
  await page.route("**/api/v1/session", (route) => (route.request().method() === "DELETE" ? route.abort() : route.continue()));
  await journey.button(page, "Logg ut").click();
  await page.getByRole("alert").getByText("Du er fortsatt logget inn, for vi fikk ikke kontakt.", { exact: false }).waitFor();
  await page.goto("/virksomhet/sertifikater");
  await journey.button(page, /^Fjern sertifikatet til/).first().waitFor();
  await page.unroute("**/api/v1/session");
  await journey.signOut(page);
  assertQuiet(page);
});

test("the preview tells what was set beforehand, and leads to it", async () => {
  const page = await signedIn();
  await journey.compose(page, { title: "Om byggesaken", documents: [file("Brev.pdf", pdf("Brev"))] });
  await journey.preview(page);
  assert.match(await journey.shown(page, "Type henvendelse").innerText(), /^Administrasjon/);
  assert.match(await journey.shown(page, "Taushetsbelagt innhold").innerText(), /^Nei/);
  assert.equal(await journey.button(page, "Vis Brev").innerText(), "Vis");
  await journey.button(page, "Endre type henvendelse").click();
  await focused(page, page.getByRole("combobox", { name: "Type henvendelse" }));
  await journey.preview(page);
  await journey.button(page, "Endre taushetsbelagt innhold").click();
  await focused(page, page.getByRole("checkbox", { name: "Taushetsbelagt innhold" }));
  assertQuiet(page);
});
