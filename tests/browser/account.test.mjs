// People look after their own account.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { totp } from "../clients/totp.mjs";
import { launch, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, enterPassword, goToSignOn, signOn } from "./journey.mjs";

let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("a person sets up an authenticator app and then needs it, until it is removed", async () => {
  const { page } = await visit(browser);
  await signOn(page, demo, demo.people.plain);
  await page.goto(`${demo.issuer}/account/devices`);
  await page.click("#add-totp");
  await page.fill("#name", "My phone");
  await page.click("#device-new #submit");
  const totpSecret = (await page.locator("#secret").textContent()).replaceAll(/\s/g, "");
  await page.fill("#code", totp(totpSecret));
  await page.fill("#current_password", demo.people.plain.password);
  await page.click("#device-activate #submit");
  await page.waitForSelector("#flash");

  const person = { ...demo.people.plain, totpSecret };
  const { page: elsewhere } = await visit(browser);
  await goToSignOn(elsewhere, demo);
  await enterPassword(elsewhere, person);
  await elsewhere.waitForSelector("#one-time-code");

  // It was proven just now, so nothing more is to be confirmed.
  await page.goto(`${demo.issuer}/account/devices`);
  await page.click("#device-1");
  await page.click("#device-remove #remove");
  await page.waitForSelector("#flash");
  await page.waitForSelector("main:not(:has(#devices))");
});

test("a person changes the password; the old one is good for nothing", async () => {
  const { page } = await visit(browser);
  const person = demo.people.plain;
  const changed = { ...person, password: "seven quiet lanterns by the harbour" };
  await signOn(page, demo, person);
  await changePassword(page, person.password, changed.password);

  const { page: other } = await visit(browser);
  await goToSignOn(other, demo);
  await enterPassword(other, person);
  await other.waitForSelector("#error[role=alert]");
  await enterPassword(other, changed);
  await arriveAtShop(other);

  await changePassword(page, changed.password, person.password);
});

test("a person signs out another device", async () => {
  const here = await visit(browser);
  const there = await visit(browser);
  await signOn(here.page, demo, demo.people.plain);
  await signOn(there.page, demo, demo.people.plain);
  await here.page.goto(`${demo.issuer}/account/sessions`);
  await here.page.click("#sign-out-elsewhere-submit");
  await here.page.waitForSelector("#flash");
  await there.page.goto(`${demo.issuer}/account/sessions`);
  await there.page.waitForSelector("#sign-on");
});

test("a person takes the shop's access away", async () => {
  const { page } = await visit(browser);
  await signOn(page, demo, demo.people.plain);
  await page.goto(`${demo.issuer}/account/grants`);
  const revoke = page.locator("form[id^=revoke-grant-] button");
  assert.ok((await revoke.count()) > 0);
  while (await revoke.count()) {
    await revoke.first().click();
    await page.waitForSelector("#flash");
  }
  await page.goto(demo.shop);
  await page.click("#view-tokens, #account");
  await page.click("#refresh-submit");
  await page.waitForSelector("#error, #error-code");
});

async function changePassword(page, current, next) {
  await page.goto(`${demo.issuer}/account/password`);
  await page.fill("#current_password", current);
  await page.fill("#new_password", next);
  await page.fill("#confirm", next);
  await page.click("#change-password #submit");
  await page.waitForSelector("#flash");
}
