// What the server says about its pages, so that a browser holds them to it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "./support/server.mjs";

let server;
before(async () => {
  server = await Server.start();
});
after(async () => server?.stop());

const PAGES = ["/", "/innboks", "/lab", "/logg-inn"];

for (const path of PAGES) {
  test(`${path} is served under the strict policy`, async () => {
    const { headers, status } = await fetch(server.base + path);
    assert.equal(status, 200);
    const policy = headers.get("content-security-policy");
    for (const part of ["default-src 'none'", "require-trusted-types-for 'script'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(part), `${part} in ${policy}`);
    }
    for (const part of ["'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*"]) {
      assert.ok(!policy.includes(part), `no ${part} in ${policy}`);
    }
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.ok(headers.get("permissions-policy"));
  });
}

test("every script and style sheet of a page has an integrity value and may be cached for ever", async () => {
  for (const path of PAGES) {
    const page = await (await fetch(server.base + path)).text();
    const tags = page.match(/<(?:script|link)[^>]*(?:src|href)="\/assets\/[^>]*>/g) ?? [];
    assert.ok(tags.length >= 2, path);
    for (const tag of tags) {
      assert.match(tag, /integrity="sha384-/, tag);
      const asset = await fetch(server.base + /(?:src|href)="([^"]+)"/.exec(tag)[1]);
      assert.equal(asset.status, 200, tag);
      assert.match(asset.headers.get("cache-control"), /immutable/);
    }
  }
});

test("the interface is not cached, and refuses who is not signed in with a problem", async () => {
  const answer = await fetch(`${server.base}/api/v1/messages?direction=in&organisation=310904007`);
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
  assert.equal((await answer.json()).code, "innlogging.utlopt");
  assert.match(answer.headers.get("cache-control"), /no-store/);
});
