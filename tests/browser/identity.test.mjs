// What people do about who they are before they have signed on: they say their name, recover what they have
// forgotten, register, and choose the device that answers. Each page in every language and look.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../clients/server.mjs";
import { inspect, LANGUAGES, launch, LOOKS, visit } from "./chromium.mjs";
import { startMailbox } from "./mailbox.mjs";

const PASSWORD = "likes plain water";

/** Somebody for each look: how often one person is written to is limited. */
const forgetful = (look) => ({ username: `ada-${look}`, password: PASSWORD, email: `ada-${look}@example.com` });
const CAREFUL = {
  username: "bob",
  password: PASSWORD,
  email: "bob@example.com",
  totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  emailCode: "bob@example.com",
};

let server;
let mailbox;
let browser;

before(async () => {
  const configure = async (directory) => {
    mailbox = await startMailbox(directory);
    return {
      ...mailbox.environment,
      COUNTERSIGN_SIGN_ON_IDENTIFIER_FIRST: "true",
      COUNTERSIGN_SIGN_ON_RECOVERY: "true",
      COUNTERSIGN_SIGN_ON_REGISTRATION: "true",
      COUNTERSIGN_DEVICES_SELECTION: "always_display_devices",
    };
  };
  const people = [...Object.keys(LOOKS).map(forgetful), CAREFUL];
  server = await startServer({ binary: process.env.COUNTERSIGN, people, configure });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  mailbox?.stop();
});

/** Opens the first page of a sign-on. */
async function arrive({ page, context }) {
  await context.clearCookies();
  await page.goto(`${server.issuer}/account`);
  await page.waitForSelector("#identify");
}

/** Types the code that is mailed once `send` was done. */
async function enterMailedCode({ page }, send, see) {
  const before = mailbox.count();
  await send();
  await page.waitForSelector("[name=recovery_code]");
  await see();
  await page.fill("[name=recovery_code]", "WRONGONE");
  await page.click("#submit");
  await page.waitForSelector("[role=alert]");
  await page.fill("[name=recovery_code]", await mailbox.code(before));
  await page.click("#submit");
}

for (const [look, options] of Object.entries(LOOKS)) {
  for (const language of LANGUAGES) {
    test(`the pages before a sign-on are sound: ${look}, ${language}`, async () => {
      const visitor = await visit(browser, { ...options, locale: language });
      const { page, context } = visitor;
      const see = (name) => inspect(visitor, `${name}/${look}-${language}`, language);
      const person = forgetful(look);
      const fresh = `fresh ${look} ${language} water`;

      await arrive(visitor);
      await see("identify");
      await page.click("#recover-username");
      await page.waitForSelector("#recover-username-form");
      await see("recover-username");
      await page.fill("#email", person.email);
      await page.click("#submit");
      await page.waitForSelector("#username-sent");
      await see("username-sent");
      await page.click("#continue");
      await page.waitForSelector("#identify");

      await page.fill("#username", person.username);
      await page.click("#submit");
      await page.waitForSelector("#sign-on");
      await see("sign-on-known");
      await page.click("#recover");
      await page.waitForSelector("#recover-name");
      await see("recover-name");
      const seen = mailbox.count();
      await enterMailedCode(visitor, () => page.click("#submit"), () => see("recovery-code"));
      await page.waitForSelector("#new-password");
      await see("new-password");
      await page.fill("#new_password", fresh);
      await page.fill("#confirm", `${fresh}!`);
      await page.click("#submit");
      await page.waitForSelector("#error-confirm, [role=alert]");
      await see("new-password-differs");
      await page.fill("#new_password", fresh);
      await page.fill("#confirm", fresh);
      await page.click("#submit");
      await page.waitForSelector("#password-changed");
      await see("password-changed");
      await page.click("#continue");
      await page.waitForSelector("#go-devices");
      assert.ok(mailbox.count() > seen);

      await arrive(visitor);
      await page.click("#register");
      await page.waitForSelector("#register-user");
      await see("register");
      const newcomer = `new-${look}-${language}`;
      await page.fill("#username", newcomer);
      await page.fill("#email", `${newcomer}@example.com`);
      await page.fill("#given_name", "Frida");
      await page.fill("#new_password", fresh);
      await page.fill("#confirm", fresh);
      await enterMailedCode(visitor, () => page.click("#submit"), () => see("verify-email"));
      await page.waitForSelector("#registered");
      await see("registered");
      await page.click("#continue");
      await page.waitForSelector("#go-devices");

      await arrive(visitor);
      await page.fill("#username", CAREFUL.username);
      await page.click("#submit");
      await page.waitForSelector("#sign-on");
      await page.fill("#password", CAREFUL.password);
      await page.click("#submit");
      await page.waitForSelector("#select-device");
      await see("select-device");
      assert.equal(await page.locator("#select-device .choice").count(), 2);
      await page.click("#cancel");
      await context.close();
    });
  }
}
