// People without a second factor set one up on their way: on our own pages, and in PingFederate's widget.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { addClient, administrate, startServer } from "../clients/server.mjs";
import { totp } from "../clients/totp.mjs";
import { authenticator, inspect, launch, NARROW, PHONE, PLATFORM, visit } from "./chromium.mjs";
import { enterPassword } from "./journey.mjs";
import { startMailbox } from "./mailbox.mjs";
import { startPortal } from "./portal.mjs";

const PASSWORD = "likes plain water";
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frida"];
const SECRET = "a secret that is long enough for a client";
const LANGUAGES = ["de", "fr", "es"];

let server;
let portal;
let browser;
let mailbox;

before(async () => {
  // Passkeys are for names, and not for addresses.
  portal = await startPortal(() => server.issuer, "localhost");
  const people = NAMES.map((username) => ({ username, password: PASSWORD, email: `${username}@example.com` }));
  const configure = async (directory) => {
    mailbox = await startMailbox(directory);
    const policy = { COUNTERSIGN_SIGN_ON_SECOND_FACTOR: "required", COUNTERSIGN_SIGN_ON_ENROLMENT: "when_required" };
    const origins = { COUNTERSIGN_WEBAUTHN_RELATED_ORIGINS: portal.url };
    return { ...mailbox.environment, ...policy, ...origins };
  };
  server = await startServer({ binary: process.env.COUNTERSIGN, people, configure, host: "localhost" });
  browser = await launch();
  const client = {
    name: "Shop",
    grantTypes: ["AUTHORIZATION_CODE"],
    redirectUris: [`${portal.url}/callback`],
    clientAuth: { type: "SECRET", secret: SECRET },
  };
  await addClient(server, { ...client, clientId: "shop", bypassApprovalPage: true });
  await addClient(server, {
    ...client,
    clientId: "app",
    allowAuthenticationApiInit: true,
    restrictedScopes: ["openid"],
  });
  const application = { id: "portal", name: "Portal", url: `${portal.url}/app` };
  await administrate(server, "POST", "/authenticationApi/applications", application);
  await administrate(server, "PUT", "/authenticationApi/settings", { apiEnabled: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  mailbox?.stop();
  portal?.stop();
});

/** What a client asks, and what it keeps to itself. */
function asking(clientId) {
  const verifier = randomBytes(32).toString("base64url");
  const parameters = {
    client_id: clientId,
    response_type: "code",
    scope: "openid",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  return { parameters, verifier };
}

/** The claims of the ID token that a code is redeemed for. */
async function redeem(clientId, code, verifier, redirectUri) {
  const form = new URLSearchParams({ grant_type: "authorization_code", code, code_verifier: verifier });
  if (redirectUri) form.set("redirect_uri", redirectUri);
  const credentials = Buffer.from(`${clientId}:${encodeURIComponent(SECRET)}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}` };
  const response = await fetch(`${server.issuer}/as/token.oauth2`, { method: "POST", headers, body: form });
  const tokens = await response.json();
  assert.equal(response.status, 200, JSON.stringify(tokens));
  return JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
}

/** Signs on by the shop as far as to where a second factor is set up. */
async function begun(username, options = {}) {
  const visitor = await visit(browser, options);
  const { parameters, verifier } = asking("shop");
  const callback = `${portal.url}/callback`;
  const query = new URLSearchParams({ ...parameters, redirect_uri: callback });
  await visitor.page.goto(`${server.issuer}/as/authorization.oauth2?${query}`);
  await enterPassword(visitor.page, { username, password: PASSWORD });
  await visitor.page.waitForSelector("#set-up");
  const arrived = async () => {
    await visitor.page.waitForURL(`${callback}?*`);
    const code = new URL(visitor.page.url()).searchParams.get("code");
    return redeem("shop", code, verifier, callback);
  };
  return { ...visitor, arrived };
}

/** In every other language, the page is as good. */
async function inspectAll(visitor, name) {
  await inspect(visitor, `enrolment/${name}`);
  const address = visitor.page.url().split("?")[0];
  for (const language of LANGUAGES) {
    await visitor.page.goto(`${address}?ui_locales=${language}`);
    await inspect(visitor, `enrolment/${name}-${language}`, language);
  }
  await visitor.page.goto(`${address}?ui_locales=en`);
}

test("an app is set up on the way, and named", async () => {
  const visitor = await begun("alice");
  const { page } = visitor;
  await inspectAll(visitor, "methods");
  assert.equal(await page.locator("#skip").count(), 0, "it is required");
  await page.click("#method-totp");
  await page.waitForSelector("#secret");
  await inspectAll(visitor, "totp");
  const secret = (await page.locator("#secret").innerText()).replace(/\s/g, "");
  await page.fill("#code", "000000");
  await page.click("#submit");
  await page.waitForSelector("[role=alert]");
  await inspect(visitor, "enrolment/totp-wrong");
  await page.fill("#code", totp(secret));
  await page.click("#submit");
  await page.waitForSelector("#set-up-done");
  await inspectAll(visitor, "done");
  assert.equal(await page.locator("#codes li").count(), 10);
  await page.fill("#name", "My phone");
  await page.click("#submit");
  const claims = await visitor.arrived();
  assert.deepEqual(claims.amr, ["pwd", "otp", "mfa"]);
  // The next time it is asked for.
  const again = await visit(browser);
  await again.page.goto(`${server.issuer}/account`);
  await enterPassword(again.page, { username: "alice", password: PASSWORD });
  await again.page.waitForSelector("#one-time-code");
});

test("a mailbox is set up on the way, on a phone", async () => {
  const visitor = await begun("bob", { viewport: NARROW, colorScheme: "dark" });
  const { page } = visitor;
  await inspect(visitor, "enrolment/methods-narrow");
  await page.click("#method-email");
  await page.waitForSelector("#set-up-target");
  await inspectAll(visitor, "target");
  await page.click("#back");
  await page.waitForSelector("#set-up");
  await page.click("#method-email");
  await page.fill("#target", "bob@home.example");
  const before = mailbox.count();
  await page.click("#submit");
  await page.waitForSelector("#set-up-activate");
  await inspectAll(visitor, "code");
  await page.fill("#code", await mailbox.code(before, /\b\d{6}\b/));
  await page.click("#submit");
  await page.waitForSelector("#set-up-done");
  await inspect(visitor, "enrolment/done-narrow");
  await page.click("#submit");
  assert.deepEqual((await visitor.arrived()).amr, ["pwd", "otp", "mfa"]);
});

test("devices are seen to on the way, once one of them has answered", async () => {
  const visitor = await visit(browser);
  const { page } = visitor;
  const { parameters, verifier } = asking("shop");
  const callback = `${portal.url}/callback`;
  const query = new URLSearchParams({ ...parameters, redirect_uri: callback });
  await page.goto(`${server.issuer}/as/authorization.oauth2?${query}`);
  const before = mailbox.count();
  await enterPassword(page, { username: "bob", password: PASSWORD });
  await page.waitForSelector("#one-time-code");
  await page.click("#other-ways summary");
  await inspect(visitor, "enrolment/manage-offered");
  await page.click("#manage");
  await page.waitForSelector("#manages");
  await inspect(visitor, "enrolment/manage-next");
  await page.fill("#code", await mailbox.code(before, /\b\d{6}\b/));
  await page.click("#submit", { timeout: 2000 }).catch(() => {});
  await page.waitForSelector("#manage-devices");
  await inspectAll(visitor, "manage");
  assert.equal(await page.locator("#devices > li").count(), 2);
  assert.equal(await page.locator("#remove-1").count(), 0, "the sign-on rests on it");
  await page.click("#remove-2");
  await page.waitForFunction(() => document.querySelectorAll("#devices > li").length === 1);
  await page.click("#done");
  await page.waitForURL(`${callback}?*`);
  const code = new URL(page.url()).searchParams.get("code");
  assert.deepEqual((await redeem("shop", code, verifier, callback)).amr, ["pwd", "otp", "mfa"]);
});

test("a passkey is made on the way", async () => {
  const visitor = await begun("carol");
  const { page } = visitor;
  await authenticator(visitor, PLATFORM);
  await page.click("#method-passkey");
  await page.waitForSelector("#passkey");
  await inspectAll(visitor, "passkey");
  await page.click("#passkey");
  await page.waitForSelector("#set-up-done");
  await page.click("#submit");
  const { amr } = await visitor.arrived();
  assert.ok(amr.includes("pwd") && amr.includes("mfa"), amr.join());
});

test("an authenticator is connected on the way", async () => {
  const visitor = await begun("dave");
  const { page } = visitor;
  await page.click("#method-authenticator");
  await page.waitForSelector("#pairing-key");
  await inspectAll(visitor, "authenticator");
  const phone = await visit(browser, { viewport: PHONE });
  await phone.page.goto(await page.getAttribute("#pair-here", "href"));
  await phone.page.click("#connect");
  await phone.page.waitForSelector("#accounts li");
  // The page notices by itself.
  await page.waitForSelector("#set-up-done");
  await page.click("#submit");
  assert.deepEqual((await visitor.arrived()).amr, ["pwd", "swk", "mfa"]);
});

/** Opens the application with the widget, in which nobody is signed on. */
async function inWidget(username) {
  const visitor = await visit(browser);
  const { page } = visitor;
  const { parameters, verifier } = asking("app");
  await page.goto(`${portal.url}/app?${new URLSearchParams(parameters)}`);
  await page.fill("#username", username);
  await page.fill("#password", PASSWORD);
  await page.click("#submit");
  await page.waitForSelector("text=Setup MFA");
  await page.click("#submit");
  await page.waitForSelector("[data-mfa-device-pairing-selection]");
  const arrived = async () => {
    const answered = await page.waitForFunction(() => window.answered).then((it) => it.jsonValue());
    assert.deepEqual(visitor.complaints.splice(0), []);
    return redeem("app", answered.code, verifier);
  };
  return { ...visitor, arrived };
}

test("the widget sets up an app, after a mailbox was given up", async () => {
  const visitor = await inWidget("erin");
  const { page } = visitor;
  await page.click('[data-mfa-device-pairing-selection^="Email"]');
  await page.waitForSelector("input[name=email]");
  await page.fill("input[name=email]", "erin@home.example");
  const before = mailbox.count();
  await page.click("#submit");
  await page.waitForSelector("input[name=otp]");
  assert.match(await mailbox.code(before, /\b\d{6}\b/), /^\d{6}$/);
  await page.click("text=Cancel");
  await page.waitForSelector("[data-mfa-device-pairing-selection]");
  await page.click('[data-mfa-device-pairing-selection^="TOTP"]');
  await page.waitForSelector("input[name=otp]");
  const shown = await page.locator("#authnwidget").innerText();
  const [secret] = shown.match(/\b[A-Z2-7]{32}\b/);
  await page.fill("input[name=otp]", "000000");
  await page.click("#submit");
  await page.waitForSelector(".feedback--error");
  await page.fill("input[name=otp]", totp(secret));
  await page.click("#submit");
  assert.deepEqual((await visitor.arrived()).amr, ["pwd", "otp", "mfa"]);
});

test("the widget makes a passkey", async () => {
  const visitor = await inWidget("frida");
  await authenticator(visitor, PLATFORM);
  await visitor.page.click('[data-mfa-device-pairing-selection^="FIDO2"]');
  const { amr } = await visitor.arrived();
  assert.ok(amr.includes("pwd") && amr.includes("mfa"), amr.join());
});
