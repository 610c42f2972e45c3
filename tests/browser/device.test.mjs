// A device without a browser is allowed on our own pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addClient, startServer } from "../clients/server.mjs";
import { inspect, launch, visit } from "./chromium.mjs";

const ADA = { username: "ada", password: "ada likes long passwords", email: "ada@example.com" };
const SECRET = "a secret that is long enough for a client";
const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

let server;
let browser;

before(async () => {
  server = await startServer({ binary: process.env.COUNTERSIGN, people: [ADA] });
  browser = await launch();
  await addClient(server, {
    clientId: "tv",
    name: "Big TV",
    description: "Films and series",
    grantTypes: ["DEVICE_CODE"],
    clientAuth: { type: "SECRET", secret: SECRET },
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What the server answers the device. */
async function ask(path, form) {
  const credentials = Buffer.from(`tv:${encodeURIComponent(SECRET)}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}` };
  const body = new URLSearchParams(form);
  const response = await fetch(`${server.issuer}${path}`, { method: "POST", headers, body });
  return response.json();
}

const begun = () => ask("/as/device_authz.oauth2", { scope: "openid profile" });
const poll = ({ device_code }) => ask("/as/token.oauth2", { grant_type: GRANT, device_code });

test("a person types the code of their device", async () => {
  const waiting = await begun();
  const visitor = await visit(browser);
  const { page } = visitor;
  await page.goto(waiting.verification_uri);
  await page.fill("#username", ADA.username);
  await page.fill("#password", ADA.password);
  await page.click("#sign-on #submit");
  await page.waitForSelector("#device-code");
  await inspect(visitor, "device/code");
  await page.fill("#user_code", "BBBB-BBBB");
  await page.click("#submit");
  await page.waitForSelector("[role=alert]");
  await inspect(visitor, "device/code-wrong");
  await page.fill("#user_code", waiting.user_code.toLowerCase().replace("-", " "));
  await page.click("#submit");
  await page.waitForSelector("#consent");
  await page.click("#allow");
  await page.waitForSelector("#device-allowed");
  await inspect(visitor, "device/allowed");
  assert.ok((await poll(waiting)).access_token);
});

test("a person refuses a device that is not theirs", async () => {
  const waiting = await begun();
  const visitor = await visit(browser);
  const { page } = visitor;
  await page.goto(waiting.verification_uri_complete);
  await page.fill("#username", ADA.username);
  await page.fill("#password", ADA.password);
  await page.click("#sign-on #submit");
  await page.waitForSelector("#device-confirm");
  assert.equal(await page.locator("#shown-code").innerText(), waiting.user_code);
  await inspect(visitor, "device/confirm");
  await page.click("#deny");
  await page.waitForSelector("#device-denied");
  await inspect(visitor, "device/denied");
  assert.equal((await poll(waiting)).error, "access_denied");
});
