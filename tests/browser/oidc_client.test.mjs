// PingOne's client library, as its vendor publishes it, against an environment.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addEnvironment } from "../clients/environment.mjs";
import { startServer } from "../clients/server.mjs";
import { startApplication } from "./application.mjs";
import { launch, visit } from "./chromium.mjs";

const ADA = { username: "ada", password: "ada likes long passwords", email: "ada@example.com" };

const BOB = { username: "bob", password: "bob likes long passwords", email: "bob@example.com" };

let server;
let application;
let browser;
let environment;
let clientId;

before(async () => {
  application = await startApplication();
  server = await startServer({ binary: process.env.COUNTERSIGN });
  browser = await launch();
  environment = await addEnvironment(server, "Shop");
  await environment.addPerson(ADA);
  await environment.addPerson(BOB);
  clientId = await environment.addApplication({
    name: "Shop",
    type: "SINGLE_PAGE_APP",
    tokenEndpointAuthMethod: "NONE",
    pkceEnforcement: "S256_REQUIRED",
    grantTypes: ["AUTHORIZATION_CODE", "IMPLICIT"],
    redirectUris: [`${application.url}/callback`],
    corsSettings: { behavior: "ALLOW_SPECIFIC_ORIGINS", origins: [application.url] },
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  application?.stop();
});

/** A browser at the application, in which the library is ready for use as `client`. */
async function atApplication(settings = {}) {
  const visitor = await visit(browser);
  await visitor.page.goto(application.url);
  await prepare(visitor.page, settings);
  return visitor;
}

/** Sets the library up in a page, as the application does at its start. */
async function prepare(page, settings = {}) {
  const config = {
    clientId,
    redirectUri: `${application.url}/callback`,
    scope: "openid profile email",
    serverConfig: { wellknown: `${environment.issuer}/.well-known/openid-configuration` },
    ...settings,
  };
  const ready = await page.evaluate(async (config) => {
    globalThis.client = await globalThis.oidc({ config });
    return "error" in globalThis.client ? globalThis.client : null;
  }, config);
  assert.equal(ready, null);
}

/** Signs a person on by the flow itself, as an application does that draws the form: its answer. */
function signOnByFlow(page, person) {
  return page.evaluate(async ({ username, password }) => {
    const send = async (url, type, body) => {
      const headers = { Accept: "application/json", ...(type && { "Content-Type": type }) };
      const response = await fetch(url, { method: "POST", credentials: "include", headers, body });
      return response.json();
    };
    const flow = await send(await globalThis.client.authorize.url({ responseMode: "pi.flow" }));
    if (flow.status !== "USERNAME_PASSWORD_REQUIRED") return flow;
    const check = "usernamePassword.check";
    const type = `application/vnd.pingidentity.${check}+json`;
    return send(flow._links[check].href, type, JSON.stringify({ username, password }));
  }, person);
}

/** What the browser says is wrong, but for what the library itself says of answers that are errors. */
function complaintsOf({ complaints }) {
  return complaints.filter((it) => !/^Error (in|dispatching) /.test(it));
}

const background = (page, options) => page.evaluate((it) => globalThis.client.authorize.background(it), options);

const exchange = (page, answer) =>
  page.evaluate(({ code, state }) => globalThis.client.token.exchange(code, state), answer);

test("a person is signed on by the flow, and from then on by their session", async () => {
  const visitor = await atApplication();
  const { page } = visitor;
  const nobody = await background(page);
  assert.equal(nobody.error, "login_required", JSON.stringify(nobody));
  const done = await signOnByFlow(page, ADA);
  assert.equal(done.status, "COMPLETED", JSON.stringify(done));
  const tokens = await exchange(page, done.authorizeResponse);
  assert.ok(tokens.accessToken && tokens.idToken, JSON.stringify(tokens));
  const info = await page.evaluate(() => globalThis.client.user.info());
  assert.equal(info.email, ADA.email);
  // The code comes from the session now, and nobody is asked.
  const again = await background(page);
  assert.equal(typeof again.code, "string", JSON.stringify(again));
  assert.notEqual((await exchange(page, again)).accessToken, tokens.accessToken);
  const renewed = await page.evaluate(() => globalThis.client.token.get({ forceRenew: true }));
  assert.ok(renewed.accessToken, JSON.stringify(renewed));
  // The library answers before it has stored them, and revokes what it has stored.
  await page.evaluate(async (token) => {
    const isStored = async () => (await globalThis.client.token.get()).accessToken === token;
    for (let tries = 500; !(await isStored()); tries--) {
      if (tries === 0) throw new Error("the library has not stored what it was given");
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }, renewed.accessToken);
  const revoked = await page.evaluate(() => globalThis.client.token.revoke());
  assert.deepEqual(revoked, { revokeResponse: null, deleteResponse: null });
  const refused = await fetch(`${environment.issuer}/userinfo`, {
    headers: { Authorization: `Bearer ${renewed.accessToken}` },
  });
  assert.equal(refused.status, 401);
  assert.deepEqual(complaintsOf(visitor), []);
});

test("a person is signed off", async () => {
  const visitor = await atApplication();
  const { page } = visitor;
  const done = await signOnByFlow(page, ADA);
  await exchange(page, done.authorizeResponse);
  const ended = await page.evaluate(() => globalThis.client.user.logout());
  assert.deepEqual(ended, { sessionResponse: null, revokeResponse: null, deleteResponse: null });
  assert.equal((await background(page)).error, "login_required");
  assert.deepEqual(complaintsOf(visitor), []);
});

const session = (page, options) => page.evaluate((it) => globalThis.client.user.session(it), options);

test("an application asks whether its person is still signed on", async () => {
  const visitor = await atApplication();
  const { page } = visitor;
  assert.equal((await session(page)).error, "no_id_token_hint");
  assert.equal((await session(page, { responseType: "id_token" })).error, "login_required");
  const done = await signOnByFlow(page, ADA);
  await exchange(page, done.authorizeResponse);
  // Nothing comes back but that somebody is, or with an ID token who.
  assert.deepEqual(await session(page), { responseType: "none" });
  const subject = done._embedded.user.id;
  const { claims } = await session(page, { responseType: "id_token", subject });
  assert.equal(claims.sub, subject);
  assert.equal(claims.sid, done.session.id);
  // Somebody else is no more the same person than nobody is.
  await page.context().clearCookies();
  assert.equal((await session(page)).error, "login_required");
  await signOnByFlow(page, BOB);
  assert.equal((await session(page)).error, "login_required");
  assert.equal((await session(page, { responseType: "id_token" })).error, "login_required");
  assert.deepEqual(complaintsOf(visitor), []);
});

test("a request is pushed first", async () => {
  const visitor = await atApplication({ par: true });
  const { page } = visitor;
  const pushed = { responseMode: "pi.flow", prompt: "none" };
  assert.equal((await background(page, pushed)).error, "login_required");
  const done = await signOnByFlow(page, ADA);
  assert.equal(done.status, "COMPLETED", JSON.stringify(done));
  const answered = await background(page, pushed);
  assert.ok((await exchange(page, answered)).accessToken, JSON.stringify(answered));
  assert.deepEqual(complaintsOf(visitor), []);
});

test("who is not signed on goes to the pages and comes back", async () => {
  const visitor = await atApplication();
  const { page } = visitor;
  const { redirectUrl } = await background(page);
  await page.goto(redirectUrl);
  await page.fill("#username", ADA.username);
  await page.fill("#password", ADA.password);
  await page.click("button[type=submit]");
  await page.waitForURL(`${application.url}/callback?*`);
  await prepare(page);
  const answer = Object.fromEntries(new URL(page.url()).searchParams);
  assert.ok((await exchange(page, answer)).accessToken);
  assert.deepEqual(complaintsOf(visitor), []);
});

test("what is wrong with a request is told, and to no other application", async () => {
  const { page } = await atApplication({ scope: "openid nothing-like-it" });
  const refused = await background(page);
  assert.equal(refused.error, "invalid_scope");
  assert.ok(refused.error_description);
  const other = await startApplication();
  try {
    await page.goto(other.url);
    await prepare(page).then(
      () => assert.fail("scripts of other origins can read the description"),
      () => {},
    );
  } finally {
    other.stop();
  }
});
