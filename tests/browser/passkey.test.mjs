// People add passkeys and security keys on the account pages, and sign in with them. The authenticators are
// Chromium's own virtual ones, by way of the DevTools protocol.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../clients/server.mjs";
import { authenticator, inspect, launch, PHONE, picture, PLATFORM, visit } from "./chromium.mjs";
import { enterPassword } from "./journey.mjs";

const PASSWORD = "likes plain water";
const NAMES = ["alice", "bob", "carol", "dave", "erin"];

const KEY = { transport: "usb", hasResidentKey: false, hasUserVerification: false };

let server;
let browser;

before(async () => {
  const people = NAMES.map((username) => ({ username, password: PASSWORD, email: `${username}@example.com` }));
  server = await startServer({ binary: process.env.COUNTERSIGN, people, host: "localhost" });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page whose browser has an authenticator. */
async function visitWith(options, look = {}) {
  const visitor = await visit(browser, look);
  return { ...visitor, ...(await authenticator(visitor, options)) };
}

async function signOn({ page }, username) {
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, { username, password: PASSWORD });
  await page.waitForSelector("#go-devices");
}

async function add({ page }, kind, name, see = () => {}) {
  await page.goto(`${server.issuer}/account/devices`);
  await page.click(`#add-${kind}`);
  await page.fill("#name", name);
  await page.click("#device-new #submit");
  await page.waitForSelector("#device-activate");
  await see(`account/device-activate-${kind}`);
  await page.fill("#current_password", PASSWORD);
  await page.click("#device-activate #passkey");
  await page.waitForSelector("#flash");
  assert.ok(await page.locator("#devices", { hasText: name }).count());
  await see(`account/devices-${kind}`);
}

test("a passkey signs its person in by the button, without a password", async () => {
  const visitor = await visitWith(PLATFORM);
  const { page, context, touch, credentials } = visitor;
  await signOn(visitor, "alice");
  await add(visitor, "passkey", "Laptop", (name) => inspect(visitor, name));
  const [credential] = (await credentials()).credentials;
  assert.ok(credential.isResidentCredential, "it is found without a user name");
  assert.equal(credential.rpId, "localhost");

  await context.clearCookies();
  // What the page offers of itself waits for a touch.
  await touch(false);
  await page.goto(`${server.issuer}/account`);
  await page.waitForSelector("#passkey");
  await touch(true);
  await page.click("#passkey");
  await page.waitForSelector("#go-devices");
  // Nothing more is to be confirmed for a while: the passkey was two factors.
  await page.goto(`${server.issuer}/account/devices`);
  await page.click("#device-1");
  await inspect(visitor, "account/device");
  assert.equal(await page.locator("#current_password").count(), 0);
  await page.goto(`${server.issuer}/account/devices`);
  await page.click("#add-recovery");
  await page.click("#recovery-codes #submit");
  await page.waitForSelector("#codes");
  assert.equal(await page.locator("#codes li").count(), 10);
  await inspect(visitor, "account/recovery-codes");
  await context.close();
});

test("a passkey is offered in the field of the user name", async () => {
  const visitor = await visitWith(PLATFORM, PHONE);
  const { page, context } = visitor;
  await signOn(visitor, "bob");
  await add(visitor, "passkey", "Phone");
  await context.clearCookies();
  await page.goto(`${server.issuer}/account`);
  // The virtual authenticator takes what is offered at once.
  await page.waitForSelector("#go-devices");
  await context.close();
});

test("a security key is the second factor after the password", async () => {
  const visitor = await visitWith(KEY);
  const { page, context } = visitor;
  await signOn(visitor, "carol");
  await add(visitor, "security-key", "Key ring", (name) => inspect(visitor, name));
  await context.clearCookies();
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, { username: "carol", password: PASSWORD });
  await page.waitForSelector("#assertion-form");
  await inspect(visitor, "assertion");
  await page.click("#passkey");
  await page.waitForSelector("#go-devices");
  await context.close();
});

test("a passkey that the device has already is not made twice, and the page says so", async () => {
  const visitor = await visitWith(PLATFORM);
  const { page, context, credentials } = visitor;
  await signOn(visitor, "dave");
  await add(visitor, "passkey", "Laptop");
  await page.goto(`${server.issuer}/account/devices/new/passkey`);
  await page.click("#device-new #submit");
  await page.waitForSelector("#device-activate");
  // The passkey was proven just now: nothing more is to be confirmed.
  await page.click("#device-activate #passkey");
  await page.waitForSelector("#passkey-status:not(:empty)");
  await page.locator("#passkey-status", { hasText: "already" }).waitFor();
  assert.equal((await credentials()).credentials.length, 1);
  await page.click("#device-cancel #cancel");
  await page.waitForSelector("#flash");
  await context.close();
});

test("who has no scripts, or a browser without passkeys, is told so and can go another way", async () => {
  const visitor = await visitWith(KEY);
  await signOn(visitor, "erin");
  await add(visitor, "security-key", "Key ring");
  const { page } = visitor;
  await page.goto(`${server.issuer}/account/devices`);
  await page.click("#add-recovery");
  await page.click("#recovery-codes #submit");
  await page.waitForSelector("#codes");
  await visitor.context.close();

  const plain = await visit(browser, { javaScriptEnabled: false });
  await plain.page.goto(`${server.issuer}/account`);
  const hint = plain.page.locator("#passkey-no-script");
  assert.match(await hint.textContent(), /need scripts/);
  assert.ok(await plain.page.locator("#passkey").isHidden(), "no button that does nothing");
  await enterPassword(plain.page, { username: "erin", password: PASSWORD });
  await plain.page.waitForSelector("#assertion-form");
  assert.ok(await hint.isVisible());
  assert.ok(await plain.page.locator("#passkey").isHidden());
  await picture(plain, "assertion-without-scripts");
  await plain.page.click("#other-ways summary");
  await plain.page.click("#other-ways .choice");
  await plain.page.waitForSelector("#one-time-code");
  await plain.context.close();

  const old = await visit(browser);
  await old.page.addInitScript(() => delete window.PublicKeyCredential);
  await old.page.goto(`${server.issuer}/account`);
  const told = old.page.locator("#passkey-status");
  assert.match(await told.textContent(), /can’t use passkeys/);
  assert.ok(await old.page.locator("#passkey").isHidden());
  await inspect(old, "sign-on-without-webauthn");
  await enterPassword(old.page, { username: "erin", password: PASSWORD });
  await old.page.waitForSelector("#assertion-form");
  assert.match(await told.textContent(), /can’t use passkeys/);
  assert.ok(await old.page.locator("#passkey").isHidden());
  await inspect(old, "assertion-without-webauthn");
  await old.page.click("#other-ways summary");
  await old.page.click("#other-ways .choice");
  await old.page.waitForSelector("#one-time-code");
  await old.context.close();
});
