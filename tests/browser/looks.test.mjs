// Every page in every language, light and dark, on a desk and in the hand: readable by everybody.
import { after, before, test } from "node:test";

import { DESKTOP, inspect, launch, PHONE, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, enterPassword, goToSignOn } from "./journey.mjs";

const LANGUAGES = ["en", "de", "es", "fr"];

const LOOKS = {
  "desktop-light": { viewport: DESKTOP, colorScheme: "light" },
  "desktop-dark": { viewport: DESKTOP, colorScheme: "dark" },
  "phone-light": { viewport: PHONE, colorScheme: "light", isMobile: true, hasTouch: true },
  "phone-dark": { viewport: PHONE, colorScheme: "dark", isMobile: true, hasTouch: true },
};

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
      for (const section of ["", "/password", "/totp", "/sessions", "/grants"]) {
        await page.goto(`${demo.issuer}/account${section}`);
        await see(`account${section || "/overview"}`);
      }
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
    await visitor.page.goto(demo.shop);
    await inspect(visitor, `shop/home-${look}`);
    await visitor.context.close();
  }
});
