// People of an application that was written for PingID: they sign on by PPM, set up a device on the way,
// and set up keys by the request for that. The authenticators are Chromium's own virtual ones.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { PpmClient } from "../clients/node/ppm_client.mjs";
import { administrate, freePort, startServer } from "../clients/server.mjs";
import { totp } from "../clients/totp.mjs";
import { authenticator, inspect, launch, PHONE, picture, PLATFORM, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";

const PASSWORD = "likes plain water";
const KEY = { transport: "usb", hasResidentKey: false, hasUserVerification: false };

let server;
let browser;
let demo;
let client;
let intranet;

before(async () => {
  const people = ["alice", "dave"].map((username) => ({ username, password: PASSWORD, email: `${username}@example.com` }));
  server = await startServer({ binary: process.env.COUNTERSIGN, people, host: "localhost" });
  intranet = await startIntranet();
  const admin = { ...server, admin: server.admin.replace("/pf-admin-api/v1", "/v1") };
  await administrate(admin, "PUT", "/pingid", { returnHosts: [intranet.url] });
  client = new PpmClient(await properties());
  browser = await launch();
  demo = await startDemo();
});

after(async () => {
  await demo?.stop();
  await browser?.close();
  await intranet?.stop();
  await server?.stop();
});

async function properties() {
  const { name, password } = server.administrator;
  const credentials = Buffer.from(`${name}:${password}`).toString("base64");
  const url = new URL("/v1/pingid/properties", server.admin);
  const response = await fetch(url, { headers: { Authorization: `Basic ${credentials}` } });
  assert.equal(response.status, 200);
  return response.text();
}

/** An application: a page that posts what it is told to, and one that takes what is posted back. */
async function startIntranet() {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const waiting = new Map();
  const listener = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (request.method === "POST") {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const token = new URLSearchParams(body).get("ppm_response");
        response.end(`<!doctype html><html lang="en"><title>Back</title><h1 id="back">Back</h1><p id="token">${token}</p>`);
      });
      return;
    }
    const { action, fields } = waiting.get(request.url) ?? { action: "", fields: {} };
    const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    const form = `<form id="ppm" method="post" action="${action}">${inputs.join("")}<button id="go">Go</button></form>`;
    response.end(`<!doctype html><html lang="en"><title>Intranet</title><h1>Intranet</h1>${form}`);
  });
  await new Promise((resolve) => listener.listen(port, "localhost", resolve));
  return {
    url,
    returnUrl: `${url}/back`,
    /** Has a page post this. */
    async send(page, action, fields) {
      const path = `/leave-${waiting.size}`;
      waiting.set(path, { action, fields });
      await page.goto(`${url}${path}`);
      await page.click("#go");
    },
    stop: () => new Promise((resolve) => listener.close(resolve) && listener.closeAllConnections()),
  };
}

async function signOn(page, username, attributes = {}) {
  const request = client.request(username, intranet.returnUrl, { isUserAuthenticated: "true", appName: "Expenses", ...attributes });
  await intranet.send(page, client.signOnUrl, client.form(request));
  return request;
}

async function register(page, username, kind) {
  const request = client.request(username, intranet.returnUrl, { webauthnEnrollmentType: kind, webauthnName: "Key ring" });
  request.aud = "md";
  await intranet.send(page, client.registrationUrl, client.registrationForm(request));
  return request;
}

/** The answer, which the page has posted by itself. */
async function answer(page, request) {
  await page.waitForSelector("#back");
  return client.verify(await page.textContent("#token"), request);
}

test("the demo's intranet signs somebody on with their second factor", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  await page.goto(`${demo.shop}intranet`);
  await inspect(visitor, "demo/intranet");
  const { username, password, totpSecret } = demo.people.withApp;
  await page.fill("#username", username);
  await page.fill("#password", "not this one");
  await page.click("#submit");
  await page.waitForSelector("#error");
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#submit");
  await page.waitForSelector("#one-time-code, #select-device");
  await inspect(visitor, "ppm/one-time-code");
  await page.fill("#code", totp(totpSecret));
  await page.locator("td", { hasText: "success" }).waitFor();
  await inspect(visitor, "demo/intranet-signed-on");
  await context.close();
});

test("a newcomer sets up an app on the way", async () => {
  const visitor = await visit(browser, { viewport: PHONE });
  const { page, context } = visitor;
  const request = await signOn(page, "newcomer", { fname: "Nora", lname: "Neu", email: "nora@example.com" });
  await page.waitForSelector("#method-totp");
  await inspect(visitor, "ppm/set-up");
  await page.click("#method-totp");
  await page.waitForSelector("#secret");
  await inspect(visitor, "ppm/set-up-totp");
  const secret = (await page.textContent("#secret")).replace(/\s/g, "");
  await page.fill("#code", totp(secret));
  // The page may send six digits by itself.
  await page.click("#submit", { timeout: 2000 }).catch(() => {});
  await page.waitForSelector("#set-up-done");
  await page.click("#submit");
  const told = await answer(page, request);
  assert.equal(told.status, "success");
  assert.match(told.authnContext, /TimeSyncToken$/);
  await context.close();
});

test("without script a button takes the answer back", async () => {
  const visitor = await visit(browser, { javaScriptEnabled: false });
  const { page, context } = visitor;
  const request = await signOn(page, "plain", { fname: "Paula", lname: "Plain" });
  await page.click("#method-totp");
  const secret = (await page.textContent("#secret")).replace(/\s/g, "");
  await page.fill("#code", totp(secret));
  await page.click("#submit");
  await page.waitForSelector("#set-up-done");
  await page.click("#submit");
  // It waits here, and nothing is posted by itself.
  const form = page.locator("#form-post");
  await form.waitFor();
  assert.equal(await form.getAttribute("action"), intranet.returnUrl);
  await page.waitForTimeout(500);
  assert.ok(await form.isVisible());
  await picture(visitor, "ppm/answer-without-script");
  await page.click("#form-post #submit");
  const told = await answer(page, request);
  assert.equal(told.status, "success");
  assert.match(told.authnContext, /TimeSyncToken$/);
  await context.close();
});

test("the app on a phone shows for what it is asked, with the icon", async () => {
  const desk = await visit(browser);
  const first = await signOn(desk.page, "mobile");
  await desk.page.click("#method-authenticator");
  const link = await desk.page.getAttribute("#pair-here", "href");
  const phone = await visit(browser, { viewport: PHONE });
  const icon = "https://icons.example/expenses.svg";
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><rect width="48" height="48" fill="teal"/></svg>';
  await phone.context.route(icon, (route) => route.fulfill({ contentType: "image/svg+xml", body: drawing }));
  await phone.page.goto(link);
  await phone.page.click("#connect");
  await phone.page.waitForSelector("#accounts li");
  await desk.page.click("#set-up-done #submit");
  assert.equal((await answer(desk.page, first)).status, "success");
  const request = await signOn(desk.page, "mobile", { appIconUrl: icon });
  const number = await desk.page.textContent("#number");
  const shown = phone.page.locator(".asked-card [data-icon] img");
  await shown.waitFor();
  await phone.page.waitForFunction(() => document.querySelector(".asked-card [data-icon] img").naturalWidth > 0);
  assert.deepEqual(phone.complaints.splice(0), [`asked for ${icon}`], "and nothing else");
  await inspect(phone, "ppm/asked");
  await phone.page.fill(".asked-card [name=number]", number);
  await phone.page.click(".asked-card [value=approve]");
  const told = await answer(desk.page, request);
  assert.match(told.authnContext, /MobileTwoFactorContract$/);
  await desk.context.close();
  await phone.context.close();
});

test("a security key is registered by one request and signs on by the other", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  const { credentials } = await authenticator(visitor, KEY);
  const registration = await register(page, "alice", "webauthn");
  await page.waitForSelector("#passkey");
  await inspect(visitor, "ppm/registration");
  await page.click("#passkey");
  const registered = await answer(page, registration);
  assert.equal(registered.status, "success");
  assert.ok(registered.exp - registered.iat === 30);
  assert.equal((await credentials()).credentials.length, 1);
  const request = await signOn(page, "alice");
  await page.waitForSelector("#assertion-form");
  await inspect(visitor, "ppm/assertion");
  await page.click("#passkey");
  const told = await answer(page, request);
  assert.equal(told.status, "success");
  assert.equal(told.assuranceLevel, 3);
  // And where keys alone will do.
  const hybrid = client.request("alice", intranet.returnUrl, { pingidSpAlias: "web" });
  const url = new URL("/pingid/ppm/hybrid/webauthn/auth", client.authenticator).href;
  await intranet.send(page, url, client.form(hybrid));
  await page.click("#passkey");
  assert.equal((await answer(page, hybrid)).status, "success");
  await context.close();
});

test("a platform authenticator is registered, and where there is none the client is told", async () => {
  const visitor = await visit(browser);
  await authenticator(visitor, PLATFORM);
  const request = await register(visitor.page, "dave", "webauthn_platform");
  await visitor.page.click("#passkey");
  assert.equal((await answer(visitor.page, request)).status, "success");
  await visitor.context.close();

  const without = await visit(browser);
  await authenticator(without, KEY);
  const refused = await register(without.page, "dave", "webauthn_platform");
  const told = await answer(without.page, refused);
  assert.equal(told.errorCode, "BROWSER_NOT_SUPPORTED");
  assert.equal(told.message, "Browser does not support selected registration method");
  await without.context.close();
});

test("a key that cannot answer where keys alone will do ends it", async () => {
  const visitor = await visit(browser);
  const { page, context } = visitor;
  await authenticator(visitor, KEY);
  await page.goto(server.issuer + "/account");
  const request = await register(page, "alice", "webauthn");
  await page.click("#cancel");
  const canceled = await answer(page, request);
  assert.equal(canceled.status, "failure");
  assert.ok(!("message" in canceled) && !("errorCode" in canceled));
  const hybrid = client.request("alice", intranet.returnUrl, {});
  const url = new URL("/pingid/ppm/hybrid/webauthn/auth", client.authenticator).href;
  await intranet.send(page, url, client.form(hybrid));
  // None of its credentials is known to this authenticator.
  await page.click("#passkey");
  const told = await answer(page, hybrid);
  assert.equal(told.errorCode, "NOT_ALLOWED_ERROR");
  await context.close();
});
