// Every page in every language, light and dark, on a desk and in the hand: readable by everybody.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, LANGUAGES, launch, LOOKS, visit } from "./chromium.mjs";
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

for (const [look, options] of Object.entries(LOOKS)) {
  for (const language of LANGUAGES) {
    test(`the pages are sound: ${look}, ${language}`, async () => {
      const visitor = await visit(browser, { ...options, locale: language });
      const { page, context } = visitor;
      const see = (name) => inspect(visitor, `${name}/${look}-${language}`, language);

      await goToSignOn(page, demo);
      await see("sign-on");
      await enterPassword(page, demo.people.withApp);
      await page.waitForSelector("#one-time-code");
      await see("one-time-code");

      // Someone else, who needs no code, from here on.
      await context.clearCookies();
      const asked = page.waitForRequest(/\/as\/authorization\.oauth2/);
      await goToSignOn(page, demo);
      await enterPassword(page, demo.people.plain);
      await arriveAtShop(page);
      await page.goto(`${(await asked).url()}&prompt=consent`);
      await page.waitForSelector("#consent");
      await see("consent");
      await page.goto(`${demo.shop}buy`);
      await page.waitForSelector("#consent .detail");
      await see("consent-payment");
      for (const section of ["", "/password", "/devices", "/devices/new/sms", "/devices/new/recovery", "/sessions", "/grants"]) {
        await page.goto(`${demo.issuer}/account${section}`);
        await see(`account${section || "/overview"}`);
      }
      await page.goto(`${demo.issuer}/account/devices/new/totp`);
      await page.click("#device-new #submit");
      await page.waitForSelector("#qr");
      await see("account/device-activate");
      await page.goto(`${demo.issuer}/idp/init_logout.openid`);
      await page.waitForSelector("#sign-out");
      await see("sign-out");
      await page.click("#sign-out-confirm");
      await page.waitForSelector("main:not(:has(form))");
      await see("signed-out");

      await page.goto(`${demo.issuer}/as/authorization.oauth2?client_id=nobody`);
      await see("error");
      await page.goto(`${demo.issuer}/nowhere`);
      await see("not-found");
      await context.close();
    });
  }
}

test("the shop's pages are sound", async () => {
  for (const [look, options] of Object.entries(LOOKS)) {
    const visitor = await visit(browser, options);
    const { page, context } = visitor;
    await page.goto(demo.shop);
    await inspect(visitor, `shop/home-${look}`);
    await signOn(page, demo, demo.people.plain);
    await inspect(visitor, `shop/signed-in-${look}`);
    // Who has no name is called as they sign in, and never by a number.
    assert.equal(await page.locator("h1").textContent(), `Welcome, ${demo.people.plain.username}`);
    await page.goto(demo.shop);
    await inspect(visitor, `shop/home-of-somebody-${look}`);
    await context.close();
  }
});

for (const language of LANGUAGES) {
  test(`the head of the account pages has room for everything: ${language}`, async () => {
    const { page, context } = await visit(browser, { ...LOOKS.narrow, locale: language });
    await signOn(page, demo, demo.people.plain);
    await page.goto(`${demo.issuer}/account`);
    const name = page.locator(".account-bar .brand span");
    const [brand, signOut] = [await name.boundingBox(), await page.locator("#sign-out").boundingBox()];
    assert.ok(brand.x + brand.width <= signOut.x, "the name ends before the button begins");
    const isWhole = (it) => it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight;
    assert.ok(await name.evaluate(isWhole), "the name is whole");

    // The menu shows on which side there is more of it.
    const hint = (side) =>
      page.locator(".account-nav ul").evaluate((it, side) => getComputedStyle(it, side).opacity, side);
    const hints = async () => [await hint("::before"), await hint("::after")];
    assert.deepEqual(await hints(), ["0", "1"]);
    await page.goto(`${demo.issuer}/account/grants`);
    assert.deepEqual(await hints(), ["1", "0"]);
    await page.setViewportSize({ width: 800, height: 600 });
    await page.reload();
    assert.deepEqual(await hints(), ["0", "0"]);
    await context.close();
  });
}

test("the page that posts an answer is sound, whatever the answer says", async () => {
  for (const [look, options] of Object.entries(LOOKS)) {
    for (const prompt of ["none", "consent"]) {
      const visitor = await visit(browser, options);
      const { page, context } = visitor;
      // It would post itself at once.
      const nothing = { contentType: "text/javascript", body: "" };
      await page.route("**/form-post.js*", (route) => route.fulfill(nothing));
      const asked = page.waitForRequest(/\/as\/authorization\.oauth2/);
      await goToSignOn(page, demo);
      const address = new URL((await asked).url());
      address.searchParams.set("response_mode", "form_post");
      address.searchParams.set("prompt", prompt);
      await page.goto(address.href);
      if (prompt === "consent") {
        await enterPassword(page, demo.people.plain);
        await page.click("#allow");
      }
      const form = page.locator("#form-post");
      const names = await form.locator("[type=hidden]").evaluateAll((all) => all.map(({ name }) => name));
      assert.ok(names.includes(prompt === "none" ? "error" : "code"));
      assert.equal(await page.locator("h1").textContent(), "One moment");
      await inspect(visitor, `form-post/${prompt}-${look}`);
      await context.close();
    }
  }
});
