// People have their face looked at in a browser, sign in with it, and are told what to do where that does not work. The
// recognition is the real one; in front of the camera are photos that turn their head.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "../clients/server.mjs";
import { ALICE, models, putBefore, STRANGER } from "./camera.mjs";
import { inspect, launch, PHONE, picture, visit } from "./chromium.mjs";
import { enterPassword } from "./journey.mjs";

const PASSWORD = "likes plain water";
const TEXTS = {
  center: "Look straight ahead.",
  left: "Turn your head to your left.",
  right: "Turn your head to your right.",
};
/** For three attempts, however slow the machine is. */
const LONG = { timeout: 200_000 };
const skip = models ? false : "there are no models, or no photos: `make models face-photos`";

let server;
let browser;

before(async () => {
  if (skip) return;
  const names = ["alice", "bob"];
  const people = names.map((username) => ({ username, password: PASSWORD, email: `${username}@example.com` }));
  const configure = () => ({
    COUNTERSIGN_RECOGNIZE_MODELS: models,
    COUNTERSIGN_DEVICES_ALLOWED: "face,totp",
  });
  [server, browser] = await Promise.all([
    startServer({ binary: process.env.COUNTERSIGN, people, host: "localhost", configure }),
    launch(),
  ]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody who has given their password, with somebody in front of the camera. */
async function desk(username, somebody, look) {
  const visitor = await visit(browser, look);
  await putBefore(visitor, somebody, TEXTS);
  await visitor.page.goto(`${server.issuer}/account`);
  await enterPassword(visitor.page, { username, password: PASSWORD });
  return visitor;
}

async function beginEnrolment({ page }) {
  await page.waitForSelector("#go-devices");
  await page.goto(`${server.issuer}/account/devices`);
  await page.click("#add-face");
  await page.fill("#name", "Laptop");
  await page.fill("#current_password", PASSWORD);
  await page.click("#device-new #submit");
  await page.waitForSelector("#face-start");
}

test("a face is enrolled, and signs in with the password", { skip, timeout: 600_000 }, async () => {
  const visitor = await desk("alice", ALICE);
  const { page, context } = visitor;
  await beginEnrolment(visitor);
  await inspect(visitor, "face/enrol");
  await page.click("#face-start");
  await page.waitForSelector("#face-consent:not([hidden])");
  assert.match(await page.textContent("#face-consent"), /Your face is measured/);
  assert.equal(await page.textContent("#face-start"), "I agree");
  await inspect(visitor, "face/consent");
  await page.click("#face-start");
  await page.waitForSelector("#face-view:not([hidden])");
  await picture(visitor, "face/camera");
  // What was enrolled is asked for at once: the session has not given it yet.
  await page.waitForSelector("h1:has-text('Look into the camera')", LONG);
  await page.waitForSelector("#face-start:not([hidden])");
  await inspect(visitor, "face/sign-on");
  await page.click("#face-start");
  await page.waitForSelector("#go-devices", LONG);
  await page.goto(`${server.issuer}/account/devices`);
  assert.match(await page.textContent("#main"), /Laptop/);
  await inspect(visitor, "face/devices");
  await context.clearCookies();
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, { username: "alice", password: PASSWORD });
  await page.click("#face-start");
  await page.waitForSelector("#go-devices", LONG);
  await context.close();
});

test("where it does not work, the page says what to do", { skip, timeout: 240_000 }, async () => {
  const blind = await desk("bob", null, { viewport: PHONE });
  await beginEnrolment(blind);
  await blind.page.click("#face-start");
  await blind.page.waitForSelector("#face-consent:not([hidden])");
  await blind.page.click("#face-start");
  await blind.page.waitForSelector("#face-problem:not([hidden])");
  assert.match(await blind.page.textContent("#face-problem"), /no camera that we may use/);
  assert.ok(await blind.page.isVisible("#face-again"));
  await inspect(blind, "face/no-camera");
  await blind.context.close();

  // Another browser has neither key nor secret of alice's face.
  const elsewhere = await desk("alice", STRANGER);
  await elsewhere.page.click("#face-start");
  await elsewhere.page.waitForSelector("#face-problem:not([hidden])");
  assert.match(await elsewhere.page.textContent("#face-problem"), /isn’t set up in this browser/);
  await inspect(elsewhere, "face/elsewhere");
  await elsewhere.context.close();
});
