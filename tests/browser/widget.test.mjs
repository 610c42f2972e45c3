// PingFederate's widget, as its vendor publishes it, signs people on against our authentication API.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { addClient, administrate, startServer } from "../clients/server.mjs";
import { totp } from "../clients/totp.mjs";
import { launch, visit } from "./chromium.mjs";
import { startMailbox } from "./mailbox.mjs";
import { startPortal } from "./portal.mjs";

/** Each signs on once with an app: its code is good once. */
const person = (username, totpSecret) => ({
  username,
  password: `${username} likes long passwords`,
  email: `${username}@example.com`,
  totpSecret,
});
const ADA = person("ada");
const BOB = person("bob", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
const CLARA = person("clara", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU");
const DORA = person("dora", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK");
const EMIL = person("emil", "NBSWY3DPEB3W64TMNBSWY3DPEB3W64TM");
const FLORA = person("flora");
const GUS = person("gus");
const HUGO = person("hugo");
const PEOPLE = [ADA, BOB, CLARA, DORA, EMIL, FLORA, GUS, HUGO];
const NEW = "a password that is new";
const SECRET = "a secret that is long enough for a client";

let server;
let portal;
let browser;
let mailbox;

before(async () => {
  portal = await startPortal(() => server.issuer);
  const configure = async (directory) => {
    mailbox = await startMailbox(directory);
    const identity = { COUNTERSIGN_SIGN_ON_RECOVERY: "true", COUNTERSIGN_SIGN_ON_REGISTRATION: "true" };
    // The widget shows no number.
    const devices = { COUNTERSIGN_DEVICES_PUSH_NUMBER_MATCHING: "false" };
    return { ...mailbox.environment, ...identity, ...devices };
  };
  server = await startServer({ binary: process.env.COUNTERSIGN, people: PEOPLE, configure });
  browser = await launch();
  const client = {
    name: "Shop",
    grantTypes: ["AUTHORIZATION_CODE"],
    redirectUris: [`${portal.url}/callback`],
    clientAuth: { type: "SECRET", secret: SECRET },
  };
  const redirectless = { allowAuthenticationApiInit: true, restrictedScopes: ["openid", "profile"] };
  await addClient(server, { ...client, clientId: "shop" });
  await addClient(server, { ...client, ...redirectless, clientId: "app" });
  const cookieless = { enableCookielessAuthenticationApi: true };
  await addClient(server, { ...client, ...redirectless, ...cookieless, clientId: "bare" });
  const application = { id: "portal", name: "Portal", url: `${portal.url}/sign-on` };
  await administrate(server, "POST", "/authenticationApi/applications", application);
  await administrate(server, "PUT", "/authenticationApi/settings", {
    apiEnabled: true,
    defaultApplicationRef: { id: "portal" },
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  mailbox?.stop();
  portal?.stop();
});

/** What a client asks, and what it keeps to itself. */
function asking(clientId) {
  const verifier = randomBytes(32).toString("base64url");
  const parameters = {
    client_id: clientId,
    response_type: "code",
    scope: "openid",
    state: randomBytes(8).toString("hex"),
    nonce: randomBytes(8).toString("hex"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  return { parameters, verifier };
}

async function enterPassword(page, { username, password }) {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#submit");
}

async function enterCode(page, code) {
  await page.waitForSelector("#otp");
  await page.fill("#otp", code);
  await page.click("#submit");
}

/** The claims of the ID token that a code is redeemed for. */
async function redeem(clientId, code, verifier, redirectUri) {
  const form = new URLSearchParams({ grant_type: "authorization_code", code, code_verifier: verifier });
  if (redirectUri) form.set("redirect_uri", redirectUri);
  const credentials = Buffer.from(`${clientId}:${encodeURIComponent(SECRET)}`).toString("base64");
  const response = await fetch(`${server.issuer}/as/token.oauth2`, {
    method: "POST",
    headers: { Authorization: `Basic ${credentials}` },
    body: form,
  });
  const tokens = await response.json();
  assert.equal(response.status, 200, JSON.stringify(tokens));
  return JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
}

/** Signs on without redirects, with a mistake on the way, and returns the claims about the person. */
async function signOnWithoutRedirects(visitor, clientId, person, extra = {}) {
  const { page } = visitor;
  const { parameters, verifier } = asking(clientId);
  await page.goto(`${portal.url}/app?${new URLSearchParams({ ...parameters, ...extra })}`);
  await enterPassword(page, { ...person, password: "wrong" });
  await page.waitForSelector(".feedback--error");
  assert.match(await page.locator(".feedback--error").innerText(), /username or password isn’t right/);
  await enterPassword(page, person);
  await enterCode(page, "000000");
  await page.waitForSelector(".feedback--error");
  assert.match(await page.locator(".feedback--error").innerText(), /code isn’t right/);
  await enterCode(page, totp(person.totpSecret));
  const answered = await page.waitForFunction(() => window.answered).then((it) => it.jsonValue());
  assert.equal(answered.state, parameters.state);
  assert.equal(page.url().split("?")[0], `${portal.url}/app`, "nobody was sent anywhere");
  assert.deepEqual(visitor.complaints.splice(0), []);
  const claims = await redeem(clientId, answered.code, verifier);
  assert.equal(claims.nonce, parameters.nonce);
  return claims;
}

test("the widget signs a person on without redirects", async () => {
  const visitor = await visit(browser);
  const claims = await signOnWithoutRedirects(visitor, "app", BOB);
  assert.deepEqual(claims.amr, ["pwd", "otp", "mfa"]);
  // Whoever is signed on is not asked again.
  const { parameters, verifier } = asking("app");
  await visitor.page.goto(`${portal.url}/app?${new URLSearchParams(parameters)}`);
  const answered = await visitor.page.waitForFunction(() => window.answered).then((it) => it.jsonValue());
  assert.equal((await redeem("app", answered.code, verifier)).sub, claims.sub);
});

test("the widget signs a person on without cookies", async () => {
  const visitor = await visit(browser);
  // Without a name of the header it uses its own, which is another than the server's documents say.
  await signOnWithoutRedirects(visitor, "bare", CLARA, { cookieless: "true" });
  const header = { stateHeaderName: "X-Pf-Auth-Api-State" };
  await signOnWithoutRedirects(visitor, "bare", DORA, { cookieless: "true", ...header });
  assert.deepEqual(await visitor.context.cookies(), []);
});

test("the widget waits for what a person approves on their phone", async () => {
  const desk = await visit(browser);
  await desk.page.goto(`${server.issuer}/account`);
  await enterPassword(desk.page, HUGO);
  await desk.page.waitForSelector("#go-devices");
  await desk.page.goto(`${server.issuer}/account/devices`);
  await desk.page.click("#add-authenticator");
  await desk.page.fill("#current_password", HUGO.password);
  await desk.page.click("#device-new #submit");
  const link = await desk.page.getAttribute("#pair-here", "href");
  const phone = await visit(browser);
  await phone.page.goto(link);
  await phone.page.click("#connect");
  await phone.page.waitForSelector("#accounts li");
  await desk.context.close();
  const decide = async (decision) => {
    await phone.page.waitForSelector(".asked-card");
    assert.equal(await phone.page.locator(".asked-card [name=number]:visible").count(), 0);
    await phone.page.click(`.asked-card [value=${decision}]`);
    await phone.page.waitForSelector(".asked-card", { state: "detached" });
  };

  const refused = await opened();
  await enterPassword(refused.page, HUGO);
  await decide("deny");
  await refused.page.click("text=Cancel");
  const failed = await refused.page.waitForFunction(() => window.failed).then((it) => it.jsonValue());
  assert.equal(failed.code, "access_denied");
  const visitor = await opened();
  await enterPassword(visitor.page, HUGO);
  await decide("approve");
  const claims = await arrived(visitor);
  assert.deepEqual(claims.amr, ["pwd", "swk", "mfa"]);
});

test("the widget tells the application that a person has given up", async () => {
  const { page } = await visit(browser);
  const { parameters } = asking("app");
  await page.goto(`${portal.url}/app?${new URLSearchParams(parameters)}`);
  await enterPassword(page, EMIL);
  await page.waitForSelector("#otp");
  await page.click("text=Cancel");
  const failed = await page.waitForFunction(() => window.failed).then((it) => it.jsonValue());
  assert.equal(failed.code, "access_denied");
});

test("the widget is where a browser is led to, and back", async () => {
  const visitor = await visit(browser);
  const { page } = visitor;
  const { parameters, verifier } = asking("shop");
  const callback = `${portal.url}/callback`;
  const query = new URLSearchParams({ ...parameters, redirect_uri: callback });
  await page.goto(`${server.issuer}/as/authorization.oauth2?${query}`);
  assert.ok(page.url().startsWith(`${portal.url}/sign-on?flowId=`), page.url());
  await enterPassword(page, ADA);
  // The client's approval is not assumed: it is asked for on our own page.
  await page.waitForSelector("#consent");
  await page.click("#allow");
  await page.waitForURL(`${callback}?*`);
  const answered = new URL(page.url()).searchParams;
  assert.equal(answered.get("state"), parameters.state);
  const claims = await redeem("shop", answered.get("code"), verifier, callback);
  assert.deepEqual(claims.amr, ["pwd"]);
  assert.deepEqual(visitor.complaints.splice(0), []);
});

/** Opens the application, in which nobody is signed on. */
async function opened() {
  const visitor = await visit(browser);
  const { parameters, verifier } = asking("app");
  await visitor.page.goto(`${portal.url}/app?${new URLSearchParams(parameters)}`);
  await visitor.page.waitForSelector("#username");
  return { ...visitor, verifier };
}

/** Who the code is about that the application was given. */
async function arrived({ page, verifier, complaints }) {
  const answered = await page.waitForFunction(() => window.answered).then((it) => it.jsonValue());
  assert.deepEqual(complaints.splice(0), []);
  return redeem("app", answered.code, verifier);
}

test("somebody registers in the widget", async () => {
  const visitor = await opened();
  const { page } = visitor;
  await page.click("text=Register Now");
  await page.waitForSelector("#given_name");
  const fields = { username: "hanna", email: "hanna@example.com", given_name: "Hanna", password: "short" };
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
  await page.fill("#newpassword", "short");
  await page.click("#submit");
  // The rules are told, the one that is broken among them.
  await page.waitForSelector(".requirements");
  assert.match(await page.locator(".requirements").innerText(), /At least 8 characters/);
  for (const [name, value] of Object.entries({ ...fields, password: NEW, newpassword: NEW })) {
    await page.fill(`#${name}`, value);
  }
  const before = mailbox.count();
  await page.click("#submit");
  await page.waitForSelector("#emailOtp");
  assert.match(await page.locator("#AuthnWidgetForm").innerText(), /hanna@example\.com/);
  await page.fill("#emailOtp", await mailbox.code(before));
  await page.click("#submit");
  const claims = await arrived(visitor);
  assert.deepEqual(claims.amr, ["pwd"]);
});

test("somebody recovers their password in the widget", async () => {
  const visitor = await opened();
  const { page } = visitor;
  await page.click("text=Trouble Signing On?");
  await page.waitForSelector("text=Account Recovery");
  await page.fill("input[name=username]", FLORA.username);
  const before = mailbox.count();
  await page.click("#submit");
  await page.waitForSelector("input[name=recoveryCode]");
  await page.fill("input[name=recoveryCode]", "WRONGONE");
  await page.click("#submit");
  await page.waitForSelector(".feedback--error");
  await page.fill("input[name=recoveryCode]", await mailbox.code(before));
  await page.click("#submit");
  await page.waitForSelector("#verifypassword");
  await page.fill("#newpassword", NEW);
  await page.fill("#verifypassword", NEW);
  await page.click("#submit");
  await page.waitForSelector("text=Your password has been reset");
  await page.click("text=Continue");
  await arrived(visitor);
});

test("somebody gives up a recovery in the widget", async () => {
  const { page } = await opened();
  await page.click("text=Trouble Signing On?");
  await page.waitForSelector("text=Account Recovery");
  await page.click("text=Trouble With Username?");
  await page.waitForSelector("text=Username Recovery");
  await page.click("text=Cancel");
  await page.waitForSelector("text=You have cancelled the attempt to retrieve your username.");
});

test("somebody changes their password in the widget", async () => {
  const visitor = await opened();
  const { page } = visitor;
  await page.click("text=Change Password?");
  await page.waitForSelector("text=Please enter your current credentials");
  await page.fill("input[name=username]", GUS.username);
  await page.fill("input[name=password]", GUS.password);
  await page.click("#submit");
  await page.waitForSelector("#verifypassword");
  await page.fill("#newpassword", NEW);
  await page.fill("#verifypassword", NEW);
  await page.click("#submit");
  await page.waitForSelector("text=You have successfully changed your password");
  await page.click("text=Continue");
  const claims = await arrived(visitor);
  assert.deepEqual(claims.amr, ["pwd"]);
});

test("a device is allowed in the widget", async () => {
  const secret = { type: "SECRET", secret: SECRET };
  await addClient(server, {
    clientId: "tv",
    name: "Big TV",
    grantTypes: ["DEVICE_CODE"],
    clientAuth: secret,
    bypassApprovalPage: true,
  });
  const credentials = Buffer.from(`tv:${encodeURIComponent(SECRET)}`).toString("base64");
  const ask = async (path, form) => {
    const body = new URLSearchParams(form);
    const headers = { Authorization: `Basic ${credentials}` };
    const response = await fetch(`${server.issuer}${path}`, { method: "POST", headers, body });
    return response.json();
  };
  const waiting = await ask("/as/device_authz.oauth2", { scope: "openid" });
  const visitor = await visit(browser);
  const { page } = visitor;
  const query = new URLSearchParams({ flowType: "1", user_code: waiting.user_code });
  await page.goto(`${portal.url}/app?${query}`);
  await enterPassword(page, { username: ADA.username, password: ADA.password });
  await page.waitForSelector("#userCode");
  assert.equal(await page.inputValue("#userCode"), waiting.user_code);
  await page.click("#submit");
  await page.waitForSelector("text=The device is now authorized.");
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: waiting.device_code };
  const tokens = await ask("/as/token.oauth2", form);
  assert.ok(tokens.access_token, JSON.stringify(tokens));
});
