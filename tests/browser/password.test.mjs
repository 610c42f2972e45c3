// Whose password will soon be too old is told so, and changes it now or later.
import { after, before, test } from "node:test";

import { startServer } from "../clients/server.mjs";
import { inspect, launch, NARROW, visit } from "./chromium.mjs";
import { enterPassword } from "./journey.mjs";

const ADA = { username: "ada", password: "ada likes long passwords", email: "ada@example.com" };
const NEW = "ada has another password";

let server;
let browser;

before(async () => {
  const configure = async () => ({
    COUNTERSIGN_SIGN_ON_PASSWORD_LIFETIME: "30d",
    COUNTERSIGN_SIGN_ON_PASSWORD_WARNING: "30d",
  });
  server = await startServer({ binary: process.env.COUNTERSIGN, people: [ADA], configure });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a password that will soon be too old is kept for now, or changed at once", async () => {
  const visitor = await visit(browser, { viewport: NARROW });
  const { page } = visitor;
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, ADA);
  await page.waitForSelector("#password-expires");
  await inspect(visitor, "password/expires");
  const address = page.url().split("?")[0];
  for (const language of ["de", "fr", "es"]) {
    await page.goto(`${address}?ui_locales=${language}`);
    await inspect(visitor, `password/expires-${language}`, language);
  }
  await page.click("#continue");
  await page.waitForSelector("#go-devices");
  await visitor.context.clearCookies();
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, ADA);
  await page.click("#change");
  await page.waitForSelector("#new-password");
  await page.fill("#new-password input[name=new_password]", NEW);
  await page.fill("#new-password input[name=confirm]", NEW);
  await page.click("#submit");
  await page.waitForSelector("#password-changed");
});
