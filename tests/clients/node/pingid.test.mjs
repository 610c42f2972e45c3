// The journeys of a program that was written for PingID's REST API.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { totp } from "../totp.mjs";
import { Authenticator } from "./authenticator.mjs";
import { PingIdClient } from "./pingid_client.mjs";
import { deployment } from "./relying_party.mjs";

let client;
const texts = [];
const gateway = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  texts.push(JSON.parse(Buffer.concat(parts).toString("utf8")));
  response.writeHead(202).end();
});

before(async () => {
  const { name, password } = deployment.administrator;
  const credentials = Buffer.from(`${name}:${password}`).toString("base64");
  const url = new URL("/v1/pingid/properties", deployment.admin);
  const response = await fetch(url, { headers: { Authorization: `Basic ${credentials}` } });
  assert.equal(response.status, 200);
  client = new PingIdClient(await response.text());
  gateway.listen(deployment.gateway.port, "127.0.0.1");
  await once(gateway, "listening");
});

after(() => gateway.close());

/** The code in the next text message after so many. */
async function code(earlier) {
  for (let tries = 0; texts.length <= earlier && tries < 400; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return texts[earlier].text.match(/\b\d{6,10}\b/)[0];
}

const newName = () => `user-${randomUUID()}`;

/** Adds somebody whom only one journey has. */
async function add(activateUser = false) {
  const username = newName();
  const body = { activateUser, fName: "John", lname: "Doe", username, role: "REGULAR", clientData: "kept" };
  const added = await client.expect(200, "adduser", body);
  assert.equal(added.clientData, "kept");
  assert.equal(added.userDetails.userName, username);
  return { username, activationCode: added.activationCode };
}

const details = async (username) => {
  const body = { userName: username, getSameDeviceUsers: false };
  return (await client.expect(200, "getuserdetails", body)).userDetails;
};

async function remove(username) {
  await client.expect(200, "unpairdevice", { userName: username });
  assert.deepEqual((await details(username)).devicesDetails, []);
  await client.expect(200, "deleteuser", { userName: username });
  await client.expect(10564, "getuserdetails", { userName: username });
}

test("somebody is added, pairs a telephone, signs on by codes, and is deleted", async () => {
  const { username } = await add();
  assert.equal((await details(username)).status, "NOT_ACTIVE");
  const pairing = { username, type: "SMS", pairingData: "13035551234" };
  let sent = texts.length;
  const { sessionId } = await client.expect(200, "startofflinepairing", pairing);
  await client.expect(10551, "finalizeofflinepairing", { sessionId, otp: "x" });
  await client.expect(200, "finalizeofflinepairing", { sessionId, otp: await code(sent) });
  const { status, deviceDetails } = await details(username);
  assert.equal(status, "ACTIVE");
  assert.deepEqual([deviceDetails.type, deviceDetails.countryCode], ["SMS", "1"]);
  sent = texts.length;
  const started = await client.expect(30001, "startauthentication", { spAlias: "web", userName: username });
  const answer = { spAlias: "web", userName: username, sessionId: started.sessionId };
  await client.expect(10551, "authoffline", { ...answer, otp: "x" });
  await client.expect(200, "authoffline", { ...answer, otp: await code(sent) });
  assert.ok((await details(username)).lastLogin > Date.now() - 60_000);
  await remove(username);
});

test("somebody connects an authenticator by a code, and approves", async () => {
  const { username, activationCode } = await add(true);
  assert.equal((await details(username)).status, "PENDING_ACTIVATION");
  const pairingStatus = async () => (await client.expect(200, "pairingstatus", { activationCode })).pairingStatus;
  assert.equal(await pairingStatus(), "NOT_CLAIMED");
  const led = await fetch(client.activationUrl(activationCode), { redirect: "manual" });
  assert.equal(led.status, 303);
  assert.equal(await pairingStatus(), "VERIFIED");
  const app = await Authenticator.connected(led.headers.get("location"), deployment.issuer);
  assert.equal(await pairingStatus(), "SUCCESS");
  assert.equal(await pairingStatus(), "NOT_EXIST");
  assert.equal((await details(username)).deviceDetails.pushEnabled, true);

  // A client that waits.
  const start = { spAlias: "web", userName: username };
  const { sessionId } = await client.expect(30007, "startauthentication", start);
  const online = { ...start, authType: "CONFIRM", sessionId, formParameters: { sp_name: "My Application" } };
  const waiting = client.expect(200, "authonline", online);
  const asked = await app.asked();
  assert.equal(asked.circumstance.application, "My Application");
  assert.equal(asked.number_matching, false);
  await app.decide(asked, "approve");
  await waiting;

  // A client that polls, and shows a number meanwhile.
  const polled = await client.expect(30010, "startauthentication", { ...start, async: true });
  const status = { sessionId: polled.sessionId };
  await client.expect(30010, "authstatus", status);
  const number = String(polled.extendedAuthenticationDetails.numberForMatching);
  await app.decide(await app.asked(), "approve", number);
  await client.expect(200, "authstatus", status);

  // Somebody who did not want that.
  const denied = client.expect(10551, "authonline", { ...start, authType: "CONFIRM" });
  await app.decide(await app.asked(), "deny");
  assert.match((await denied).errorMsg, /denied/);
  await remove(username);
});

test("somebody pairs an app that shows codes, chooses among devices and cancels", async () => {
  const { username } = await add();
  const started = await client.expect(200, "authenticatorappstartpairing", { username, pairingType: "TOTP" });
  const secret = started.pairingKey.replaceAll(" ", "");
  assert.match(started.pairingKeyUri, /^otpauth:\/\/totp\//);
  const { sessionId } = started;
  await client.expect(200, "authenticatorappfinishpairing", { sessionId, otp: totp(secret) });
  const mailbox = { username, type: "EMAIL", pairingData: "john@example.com" };
  const { deviceId } = await client.expect(200, "offlinepairing", mailbox);
  const nickname = { userName: username, deviceId, attributeName: "NICKNAME", attributeValue: "Mail" };
  await client.expect(200, "updatedeviceattr", nickname);
  const start = { spAlias: "web", userName: username };
  const first = await client.expect(30015, "startauthentication", start);
  assert.deepEqual(
    first.userDevices.map(({ type, nickname }) => [type, nickname]),
    [["Authenticator App", null], ["Email", "Mail"]],
  );
  const other = await client.expect(30005, "startauthentication", { ...start, sessionId: first.sessionId, deviceId });
  const cancel = { sessionId: other.sessionId, cancelAuthenticationType: "DEFAULT" };
  await client.expect(200, "cancelauthentication", cancel);
  await client.expect(400, "authstatus", { sessionId: other.sessionId });
  await remove(username);
});

test("somebody is suspended, activated and let through", async () => {
  const { username } = await add();
  const who = { userName: username };
  await client.expect(200, "offlinepairing", { username, type: "SMS", pairingData: "13035551234" });
  await client.expect(10562, "activateuser", who);
  await client.expect(200, "suspenduser", who);
  await client.expect(10561, "suspenduser", who);
  assert.equal((await details(username)).status, "SUSPENDED");
  await client.expect(10551, "startauthentication", { ...who, spAlias: "web" });
  await client.expect(200, "activateuser", who);
  await client.expect(200, "userbypass", { ...who, bypassUntil: Date.now() + 60_000 });
  assert.equal((await details(username)).userInBypass, true);
  await client.expect(200, "startauthentication", { ...who, spAlias: "web" });
  await remove(username);
});

test("a report of all people is made by a job", async () => {
  const { username } = await add();
  const { jobToken } = await client.expect(200, "createjob", { jobType: "USER_REPORTS" });
  assert.equal((await client.expect(200, "getjobstatus", { jobToken })).status, "done");
  const rows = JSON.parse(await client.report("JSON"));
  assert.equal(rows.find((row) => row.username === username).status, "NOT_ACTIVE");
  assert.match(await client.report("CSV"), new RegExp(`"${username}"`));
  await remove(username);
});

test("what is forged, old or used before is refused", async () => {
  const { username } = await add();
  const body = { userName: username, getSameDeviceUsers: false };
  const request = client.request(body);
  assert.equal((await client.read(await client.post("getuserdetails", request))).errorId, 200);
  assert.equal((await client.read(await client.post("getuserdetails", request))).errorId, 10551);
  const old = client.request(body, { timestamp: "2020-01-01 00:00:00.000" });
  assert.equal((await client.read(await client.post("getuserdetails", old))).errorId, 400);
  const [header, , signature] = request.split(".");
  const payload = Buffer.from(JSON.stringify({ reqHeader: {}, reqBody: body })).toString("base64url");
  const forged = await client.post("getuserdetails", `${header}.${payload}.${signature}`);
  assert.equal(forged.status, 400);
  assert.equal((await forged.json()).responseBody.errorId, 400);
  await remove(username);
});
