// People sign on to the demo shop, each in their own way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { totp } from "../clients/totp.mjs";
import { inspect, launch, PHONE, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, enterCode, enterPassword, goToSignOn, signOn } from "./journey.mjs";

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

const claim = (page, section, name) =>
  page.locator(`#${section} tr`, { has: page.locator("th code", { hasText: name }) }).locator("td code");

test("a person signs in to the shop, and out again", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  await goToSignOn(page, demo);
  await enterPassword(page, demo.people.plain);
  await arriveAtShop(page);
  await inspect(visitor, "shop/signed-in");
  const cookies = await context.cookies(demo.issuer);
  assert.ok(cookies.every(({ httpOnly }) => httpOnly), "no script can read the server's cookies");

  const before = await page.locator("#access-token-raw").textContent();
  await page.click("#refresh-submit");
  await page.waitForSelector("#notice");
  assert.notEqual(await page.locator("#access-token-raw").textContent(), before);

  await page.click("#userinfo-submit");
  await page.waitForSelector("#userinfo table");
  const subject = await claim(page, "id-token", /^sub$/).textContent();
  assert.equal(await claim(page, "userinfo", /^sub$/).textContent(), subject);

  await page.click("#sign-out-submit");
  await page.waitForSelector("#sign-in");
  await goToSignOn(page, demo);
  assert.ok(await page.locator("#sign-on").isVisible(), "the password is asked for again");
});

test("a person approves a payment, each time anew, or does not", async () => {
  const { page } = await visit(browser);
  await signOn(page, demo, demo.people.plain);
  for (const answer of ["allow", "allow", "deny"]) {
    await page.goto(demo.shop);
    await page.click("#buy");
    await page.waitForSelector("#consent");
    const asked = await page.locator(".detail").innerText();
    assert.match(asked, /Pay 28\.00 EUR to Demo Shop/);
    assert.match(asked, /DE02100100109307118603/);
    await page.click(`#${answer}`);
    if (answer === "allow") {
      const granted = JSON.parse(await page.locator("#authorization-details code").textContent());
      assert.deepEqual(granted[0].instructedAmount, { currency: "EUR", amount: "28.00" });
      const claimed = await claim(page, "access-token", /^authorization_details$/).textContent();
      assert.deepEqual(JSON.parse(claimed), granted, "the API sees the same");
    } else {
      assert.equal(await page.locator("#error-code").textContent(), "access_denied");
    }
  }
});

test("an authenticator app's code is sent as soon as it is complete", async () => {
  const { page } = await visit(browser);
  await goToSignOn(page, demo);
  await enterPassword(page, demo.people.withApp);
  await enterCode(page, demo.people.withApp);
  await arriveAtShop(page);
  assert.match(await claim(page, "id-token", /^amr$/).textContent(), /otp/);
});

test("a code that is mailed is in the inbox of the demo", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  await goToSignOn(page, demo);
  await enterPassword(page, demo.people.withAppToo);
  await page.click("details summary");
  await page.click(".choice:has-text('@')");
  await page.waitForSelector("#one-time-code");
  const inbox = await context.newPage();
  await inbox.goto(`${demo.shop}inbox`);
  // It shows what is new by itself.
  const message = inbox.locator(".message", { hasText: `${demo.people.withAppToo.username}@example.com` });
  const text = await message.first().innerText({ timeout: 10_000 });
  await inspect({ ...visitor, page: inbox }, "shop/inbox");
  await page.fill("#code", text.match(/\b\d{6}\b/)[0]);
  await arriveAtShop(page);
});

test("without scripts every step works", async () => {
  const { page } = await visit(browser, { javaScriptEnabled: false });
  await signOn(page, demo, demo.people.plain);
  await page.click("#sign-out-submit");
  await page.waitForSelector("#sign-in");
});

test("with the keyboard alone every step works", async () => {
  const { page } = await visit(browser);
  const { keyboard } = page;
  const { username, password } = demo.people.plain;
  await page.goto(demo.shop);
  await tabTo(page, "#sign-in");
  await keyboard.press("Enter");
  await page.waitForSelector("#sign-on");
  // The cursor waits where the typing begins.
  assert.equal(await focused(page), "username");
  await keyboard.type(username);
  await keyboard.press("Tab");
  assert.equal(await focused(page), "password");
  await keyboard.type(password);
  await keyboard.press("Enter");
  await page.waitForSelector("#consent, #id-token");
  if (await page.locator("#consent").count()) {
    await tabTo(page, "#allow");
    await keyboard.press("Enter");
  }
  await page.waitForSelector("#id-token");
  await tabTo(page, "#sign-out-submit");
  await keyboard.press("Enter");
  await page.waitForSelector("#sign-in");
});

test("a wrong password is explained beside the form, and the name is kept", async () => {
  const visitor = await visit(browser, { viewport: PHONE });
  const { page } = visitor;
  await goToSignOn(page, demo);
  await enterPassword(page, { ...demo.people.plain, password: "not the password" });
  await page.waitForSelector("#error[role=alert]");
  assert.equal(await page.inputValue("#username"), demo.people.plain.username);
  assert.equal(await page.inputValue("#password"), "");
  assert.equal(await page.getAttribute("#password", "aria-invalid"), "true");
  await inspect(visitor, "sign-on/wrong-password");
});

test("the way back is open: cancelling tells the shop", async () => {
  const { page } = await visit(browser);
  await goToSignOn(page, demo);
  await page.click("#cancel");
  await page.waitForSelector("#error-code");
  assert.equal(await page.locator("#error-code").textContent(), "access_denied");
});

test("two tabs of one browser do not disturb each other", async () => {
  const { page: first, context } = await visit(browser);
  const second = await context.newPage();
  await goToSignOn(first, demo);
  await goToSignOn(second, demo);
  await enterPassword(first, demo.people.plain);
  await arriveAtShop(first);
  await enterPassword(second, demo.people.plain);
  await second.waitForSelector("#consent, #id-token, #error-code");
  assert.equal(await second.locator("#error-code").count(), 0);
});

test("a page of one browser is of no use in another", async () => {
  const { page: mine } = await visit(browser);
  const { page: theirs } = await visit(browser);
  await goToSignOn(mine, demo);
  await theirs.goto(mine.url());
  assert.equal(await theirs.locator("#sign-on").count(), 0);
  assert.equal(await theirs.locator("h1").count(), 1);
});

test("a code is good once", async () => {
  const person = demo.people.withAppToo;
  const { page } = await visit(browser);
  const code = totp(person.totpSecret);
  await goToSignOn(page, demo);
  await enterPassword(page, person);
  await page.waitForSelector("#one-time-code");
  await page.fill("#code", code);
  await arriveAtShop(page);

  const { page: again } = await visit(browser, { javaScriptEnabled: false });
  await goToSignOn(again, demo);
  await enterPassword(again, person);
  await again.waitForSelector("#one-time-code");
  await again.fill("#code", code);
  await again.click("#one-time-code #submit");
  await again.waitForSelector("#one-time-code #error");
});

/** The id of the element that has the keyboard. */
const focused = (page) => page.evaluate(() => document.activeElement?.id);

/** Presses Tab until the element has the keyboard. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.locator(selector).evaluate((it) => it === document.activeElement)) return;
  }
  assert.fail(`${selector} cannot be reached with the keyboard`);
}
