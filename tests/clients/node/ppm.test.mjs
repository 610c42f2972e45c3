// The journeys of an application that was written for PingID.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { Browser } from "../browser.mjs";
import { totp } from "../totp.mjs";
import { PpmClient, properties } from "./ppm_client.mjs";
import { deployment } from "./relying_party.mjs";

const RETURN_URL = "https://intranet.example/ppm";
const { gina } = deployment.people;
const newBrowser = () => new Browser(deployment.issuer);

let client;

/** Asks something of the administration. */
async function administrate(method, path, body) {
  const { name, password } = deployment.administrator;
  const credentials = Buffer.from(`${name}:${password}`).toString("base64");
  const url = new URL(`/v1/pingid${path}`, deployment.admin);
  const headers = { Authorization: `Basic ${credentials}`, "Content-Type": "application/json" };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${url}: ${response.status} ${text}`);
  return text;
}

before(async () => {
  await administrate("PUT", "", { returnHosts: [new URL(RETURN_URL).host] });
  client = new PpmClient(await administrate("GET", "/properties"));
});

/** Posts a request, as the page of an application does. */
async function post(browser, url, form) {
  const headers = { Origin: "https://intranet.example" };
  return browser.open(url, { method: "POST", body: new URLSearchParams(form), headers });
}

/** What a page posts back. */
function answered(page, request) {
  const form = page.forms["form-post"];
  assert.ok(form, page.html);
  assert.equal(form.action.href, request.returnUrl);
  return client.verify(new Map(form.fields).get("ppm_response"), request);
}

test("the properties are those that clients start with", async () => {
  const values = properties(await administrate("GET", "/properties"));
  const names = ["use_base64_key", "use_signature", "token", "idp_url", "org_alias", "admin_url", "authenticator_url"];
  assert.deepEqual(Object.keys(values).sort(), names.sort());
  assert.equal(values.authenticator_url, `${deployment.issuer}/pingid/ppm`);
  assert.equal(Buffer.from(values.use_base64_key, "base64").length, 32);
});

test("a person signs on with their second factor", async () => {
  const browser = newBrowser();
  const request = client.request(gina.username, RETURN_URL, { isUserAuthenticated: "true", appName: "Intranet" });
  const asked = await post(browser, client.signOnUrl, client.form(request));
  assert.match(asked.html, /Intranet/);
  const otp = totp(gina.totpSecret);
  const page = await browser.submit(asked, "one-time-code", { otp, action: "check-code" });
  const answer = answered(page, request);
  assert.equal(answer.status, "success");
  assert.match(answer.authnContext, /^urn:oasis:names:tc:SAML:2\.0:ac:classes:/);
});

test("a person who cancels is not signed on", async () => {
  const browser = newBrowser();
  const request = client.request(gina.username, RETURN_URL, { isUserAuthenticated: "true" });
  const asked = await post(browser, client.signOnUrl, client.form(request));
  const page = await browser.submit(asked, "one-time-code", { otp: "", action: "cancel" });
  const answer = answered(page, request);
  assert.equal(answer.status, "failure");
  assert.equal(answer.errorCode, "PINGID_001");
});

test("a request that says nothing of the first factor is refused, and so is one that comes again", async () => {
  const request = client.request(gina.username, RETURN_URL);
  const refused = answered(await post(newBrowser(), client.signOnUrl, client.form(request)), request);
  assert.equal(refused.errorCode, "PINGID_001");
  const replayed = answered(await post(newBrowser(), client.signOnUrl, client.form(request)), request);
  assert.equal(replayed.errorCode, "PINGID_002");
});

test("an expired request is told so", async () => {
  const request = client.request(gina.username, RETURN_URL, { isUserAuthenticated: "true" });
  request.exp = request.iat - 300;
  request.iat -= 900;
  const answer = answered(await post(newBrowser(), client.signOnUrl, client.form(request)), request);
  assert.equal(answer.errorCode, "PINGID_003");
});

test("nobody is answered at a foreign host, nor for a forged request", async () => {
  const foreign = client.request(gina.username, "https://evil.example/", { isUserAuthenticated: "true" });
  const page = await post(newBrowser(), client.signOnUrl, client.form(foreign));
  assert.equal(page.status, 400);
  assert.ok(!page.forms["form-post"]);
  const form = client.form(client.request(gina.username, RETURN_URL, { isUserAuthenticated: "true" }));
  form.ppm_request = form.ppm_request.replace(/.$/, (last) => (last === "A" ? "B" : "A")).replace(/^./, "f");
  assert.equal((await post(newBrowser(), client.signOnUrl, form)).status, 400);
});

test("where a server has no passkeys none is set up", async () => {
  const request = client.request("newcomer", RETURN_URL, { webauthnEnrollmentType: "webauthn" });
  request.aud = "md";
  // A server that is reached by an address has none (WebAuthn Level 3 §5.1.3).
  const page = await post(newBrowser(), client.registrationUrl, client.registrationForm(request));
  const answer = answered(page, request);
  assert.equal(answer.errorCode, "INVALID_PPM");
  assert.equal(answer.exp - answer.iat, 30);
});
