// What somebody approves: it is shown before it is approved, and the shop gets a receipt.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { authenticator, inspect, launch, PLATFORM, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, goToSignOn, signOn } from "./journey.mjs";

let demo;
let browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** The code in the newest message of the demo's inbox. */
async function newestCode() {
  const inbox = await (await fetch(new URL("inbox", demo.shop))).text();
  const code = inbox.match(/(?<!\d)\d{6}(?!\d)/);
  assert.ok(code, inbox);
  return code[0];
}

test("a payment is approved with a code for it alone, and the shop shows the receipt", async () => {
  const visitor = await visit(browser);
  const { page } = visitor;
  await signOn(page, demo, demo.people.withApp);
  await page.goto(demo.shop);
  await page.click("#pay");
  await page.waitForSelector("#one-time-code");
  const shown = await page.textContent("#transaction");
  for (const told of ["99.95", "EUR", "Demo Shop"]) assert.match(shown, new RegExp(told));
  await inspect(visitor, "approval/payment");
  await page.fill("#code", await newestCode());
  await arriveAtShop(page);
  assert.match(await page.textContent("#receipt-text"), /99\.95/);
  const receipt = await page.textContent("#receipt-raw");
  assert.equal(receipt.split(".").length, 3);
  await inspect(visitor, "approval/receipt");
});

/** Gives the person who is signed on a passkey that is asked first, on the pages of their account. */
async function addPasskey(page, { password }) {
  await page.goto(`${demo.issuer}/account/devices/new/passkey`);
  await page.fill("#name", "Laptop");
  await page.click("#device-new #submit");
  await page.waitForSelector("#device-activate");
  if (await page.locator("#current_password").count()) await page.fill("#current_password", password);
  await page.click("#device-activate #passkey");
  await page.waitForSelector("#flash");
  await page.locator("#devices a", { hasText: "Laptop" }).click();
  await page.click("#device-prefer button");
  await page.waitForSelector("#flash");
}

/** What `countersign receipt verify` makes of a receipt, with the server's keys and without the server. */
async function verify(directory, receipt) {
  const [file, keys] = ["receipt.jwt", "keys.json"].map((name) => path.join(directory, name));
  await writeFile(file, receipt);
  await writeFile(keys, await (await fetch(`${demo.issuer}/pf/JWKS`)).text());
  return spawnSync(process.env.COUNTERSIGN, ["receipt", "verify", file, "--jwks", keys], { encoding: "utf8" });
}

test("a person with a passkey signs in and signs the payment, and anybody can verify the receipt", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  const { touch } = await authenticator(visitor, PLATFORM);
  await signOn(page, demo, demo.people.withAppToo);
  await addPasskey(page, demo.people.withAppToo);

  await context.clearCookies();
  await touch(false);
  await goToSignOn(page, demo);
  await touch(true);
  await page.click("#passkey");
  await arriveAtShop(page);

  await page.goto(demo.shop);
  await page.click("#pay");
  await page.waitForSelector("#assertion-form");
  assert.match(await page.textContent("#transaction"), /99\.95/);
  await inspect(visitor, "approval/payment-passkey");
  await page.click("#assertion-form #passkey");
  await arriveAtShop(page);
  assert.match(await page.textContent("#receipt"), /by your own key/);
  await inspect(visitor, "approval/receipt-passkey");

  const directory = await mkdtemp(path.join(tmpdir(), "countersign-receipt-"));
  try {
    const receipt = await page.textContent("#receipt-raw");
    const good = await verify(directory, receipt);
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /99\.95/);
    const [header, payload, signature] = receipt.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    const dearer = JSON.stringify(claims).replaceAll("99.95", "999.95");
    const changed = [header, Buffer.from(dearer).toString("base64url"), signature].join(".");
    assert.equal((await verify(directory, changed)).status, 1);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await context.close();
});
