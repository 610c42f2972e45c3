// A session with a server that is scripted here: what is said, when, and what is never said.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { beforeEach, test } from "node:test";
import { getHeapSnapshot } from "node:v8";

import * as sdk from "../dist/headless.js";

/** What a database of a browser does here: it keeps nothing, and has what was put. */
const kept = new Map();
const request = (result) => {
  const it = { result };
  queueMicrotask(() => it.onsuccess?.());
  return it;
};
globalThis.indexedDB = {
  open: () => {
    const store = {
      get: (key) => request(kept.get(String(key))),
      put: (value, key) => kept.set(String(key), value),
    };
    const transaction = () => {
      const it = { objectStore: () => store };
      setTimeout(() => it.oncomplete?.(), 5);
      return it;
    };
    return request({ transaction, close: () => {} });
  },
};

/** The last socket that was made. */
let socket;

globalThis.WebSocket = class {
  static OPEN = 1;
  readyState = 1;
  sent = [];

  constructor(address, protocol) {
    [this.address, this.protocol] = [address.href, protocol];
    socket = this;
    setTimeout(() => this.say({ type: "hello", nonce: "n", limits: { window: 2, frame: 100, framesPerAttempt: 300 } }));
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(data) {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : new Uint8Array(data));
    if (this.sent.length === 1) setTimeout(() => this.say(this.answer ?? OPENED));
  }

  close(code) {
    this.closed = code;
  }
};

const DIGEST = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
const OPENED = {
  type: "opened", operation: "authenticate", factors: ["face", "pin"], attempts: 3,
  transaction: { digest: DIGEST, pairs: [{ label: "Amount", value: "1" }] },
};
const OPTIONS = {
  customer: { name: "shop" }, username: "user-123", authorization: { token: "t" }, transaction: { data: '[{"Amount":"1"}]' },
  operation: { id: "order-4711", payload: "cart 7" }, service: { url: "https://face.example" }, key: { id: "1", value: "passed over" }, lang: "de",
};

let heard;
let sym;

beforeEach(() => {
  heard = [];
  sym = sdk.createKeylessAuth();
  const listen = (name) => [name, ({ detail }) => heard.push([name, detail])];
  const names = ["begin-stream", "pose", "frame-results", "recognition-failure", "success", "finished", "error"];
  sdk.addKeylessEventListeners(sym, Object.fromEntries(names.map(listen)));
});

test("seed_000_the_token_of_the_options_is_sent_and_null_is_not", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  assert.deepEqual([socket.address, socket.protocol], ["wss://face.example/recognize/v2", "recognize.v2"]);
  const [{ device, ...open }] = socket.sent;
  assert.equal(device.id.length, 43);
  assert.deepEqual(open, {
    type: "open", customer: "shop", username: "user-123", operation: "authenticate", authorization: { token: "t" },
    transaction: { data: '[{"Amount":"1"}]' }, operationId: "order-4711", operationPayload: "cart 7", lang: "de",
  });
});

test("a symbol is good for one attempt", async () => {
  assert.equal(typeof sym, "symbol");
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  await assert.rejects(sdk.openKeylessWebSocketConnection(sym, OPTIONS), { code: "SESSION_ALREADY_USED" });
  await assert.rejects(sdk.openKeylessWebSocketConnection(Symbol("other"), OPTIONS), { code: "SESSION_SYMBOL_UNKNOWN" });
});

test("seed_002_nothing_is_signed_unless_the_person_has_approved_what_was_shown", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  for (const answer of [{}, { approved: false }, { consented: true }, { approved: true, factor: "voice" }]) {
    await assert.rejects(sdk.beginKeylessSession(sym, answer), { code: "SESSION_APPROVAL_MISSING" });
  }
  assert.equal(socket.sent.length, 1);
  await sdk.beginKeylessSession(sym, { approved: true });
  const payload = JSON.parse(Buffer.from(socket.sent[1].proof.split(".")[1], "base64url"));
  assert.equal(payload.transaction, DIGEST);
});

/** A session whose server opens it like this. */
async function openedBy(sym, options, answer) {
  socket = undefined;
  const opening = sdk.openKeylessWebSocketConnection(sym, options);
  while (!socket) await new Promise((resolve) => setTimeout(resolve));
  socket.answer = answer;
  return opening;
}

/** A JWT with these claims, which nobody has signed. */
const jwt = (claims, kid = "FACE") =>
  [JSON.stringify({ alg: "ES256", typ: "JWT", kid }), JSON.stringify(claims), ""].map((it) => Buffer.from(it).toString("base64url")).join(".");

test("seed_002_a_session_that_is_opened_for_something_else_is_over_and_nothing_is_signed", async () => {
  const dearer = { digest: DIGEST, pairs: [{ label: "Amount", value: "9" }] };
  for (const changed of [{ transaction: undefined }, { transaction: dearer }, { operation: "enrol" }]) {
    const sym = sdk.createKeylessAuth();
    await assert.rejects(openedBy(sym, OPTIONS, { ...OPENED, ...changed }), { code: "RUNTIME_VIOLATION" });
    await assert.rejects(sdk.beginKeylessSession(sym, { approved: false }));
    await assert.rejects(sdk.beginKeylessSession(sym, { approved: true }));
    assert.equal(socket.closed, 1000);
    assert.equal(socket.sent.length, 1);
  }
});

test("seed_002_a_result_of_something_else_is_no_success", async () => {
  const good = { operation: "authenticate", factor: "face", keylessId: "k", jwt: jwt({ td: OPTIONS.transaction.data, sub: "k" }) };
  for (const changed of [{ operation: "enrol" }, { factor: "pin" }, { deviceId: "i" }, { jwt: jwt({ td: '[{"Amount":"9"}]', sub: "k" }) }, { jwt: jwt({ td: OPTIONS.transaction.data, sub: "k" }, "PIN") }]) {
    const sym = sdk.createKeylessAuth();
    const ends = [];
    sdk.addKeylessEventListeners(sym, { success: () => ends.push("success"), error: ({ detail }) => ends.push(detail.code) });
    await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
    await sdk.beginKeylessSession(sym, { approved: true });
    socket.say({ type: "result", ...good, deviceId: socket.sent[0].device.id, ...changed });
    assert.deepEqual(ends, ["RUNTIME_VIOLATION"]);
  }
});

test("frames wait for a pose, and for the window", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  await sdk.beginKeylessSession(sym, { approved: true });
  const send = (length = 20) => sdk.sendKeylessFrame(sym, new ArrayBuffer(length));
  assert.equal(await send(), false);
  socket.say({ type: "challenge", attempt: 1, seconds: 20, poses: 2 });
  assert.equal(await send(), false);
  socket.say({ type: "pose", number: 1, pose: "center", seconds: 5 });
  assert.deepEqual([await send(), await send(), await send()], [true, true, false]);
  socket.say({ type: "feedback", frame: 1, hint: "hold-still", progress: 0.5 });
  assert.equal(await send(200), false, "larger than the server takes");
  socket.say({ type: "pose", number: 2, pose: "left", seconds: 5 });
  assert.equal(await send(), true);
  const frames = socket.sent.slice(2).map((bytes) => [bytes[0], bytes[1], bytes[5]]);
  assert.deepEqual(frames, [[1, 1, 1], [1, 1, 2], [1, 2, 3]]);
  socket.say({ type: "failure", code: "SERVER_RECOGNITION_FAILED", attemptsLeft: 2 });
  const [, failure] = heard.at(-1);
  assert.deepEqual(failure, { reason: "SERVER_RECOGNITION_FAILED", attemptsLeft: 2, filters: ["hold-still"] });
  socket.say({ type: "challenge", attempt: 2, seconds: 20, poses: 2 });
  assert.equal(await send(), false, "no pose yet");
});

test("once an attempt may count, it is told: with the first frame of each, or with the PIN", async () => {
  let times = 0;
  sdk.addKeylessEventListener(sym, "non-cancelable", () => (times += 1));
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  await sdk.beginKeylessSession(sym, { approved: true });
  const send = () => sdk.sendKeylessFrame(sym, new ArrayBuffer(20));
  for (const attempt of [1, 2]) {
    socket.say({ type: "challenge", attempt, seconds: 20, poses: 1 });
    socket.say({ type: "pose", number: attempt, pose: "center", seconds: 5 });
    assert.equal(times, attempt - 1);
    for (const frame of [1, 2]) {
      await send();
      socket.say({ type: "feedback", frame, hint: "ok", progress: 0 });
      assert.equal(times, attempt);
    }
    socket.say({ type: "failure", code: "SERVER_RECOGNITION_FAILED", attemptsLeft: 3 - attempt });
  }
  const other = sdk.createKeylessAuth();
  sdk.addKeylessEventListener(other, "non-cancelable", () => (times += 1));
  await sdk.openKeylessWebSocketConnection(other, OPTIONS);
  assert.equal(times, 2);
  await sdk.beginKeylessSession(other, { approved: true, factor: "pin", pin: "271828" });
  assert.equal(times, 3);
});

test("the events of both generations tell of a success once, with the JWT", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  await sdk.beginKeylessSession(sym, { approved: true, factor: "pin", pin: "271828" });
  assert.equal(socket.sent[1].pin, "271828");
  let event;
  sdk.addKeylessEventListener(sym, "finished", (it) => (event = it));
  socket.say({ type: "news", about: "something that nobody knows" });
  const signed = jwt({ td: OPTIONS.transaction.data, sub: "k" }, "PIN");
  const { id: deviceId } = socket.sent[0].device;
  socket.say({ type: "result", operation: "authenticate", factor: "pin", keylessId: "k", deviceId, jwt: signed });
  socket.onclose({ code: 1000 });
  assert.deepEqual(heard.map(([name]) => name), ["success", "finished"]);
  assert.deepEqual(
    [event.jwt, event.data.transactionJWT, event.data.JWT, event.detail.transactionJwt, event.keylessId],
    [signed, signed, signed, signed, "k"],
  );
  const { customer, username, type, source, clientState, seedEntropy } = event.detail;
  assert.deepEqual(
    { customer, username, type, source, clientState, seedEntropy },
    { customer: "shop", username: "user-123", type: "auth", source: "url", clientState: undefined, seedEntropy: undefined },
  );
});

test("what the server refuses is told by its code, once", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  socket.say({ type: "error", code: "SERVER_USER_LOCKED_OUT", message: "Suspended.", retryAfter: 412 });
  socket.onclose({ code: 1000 });
  assert.equal(heard.length, 1);
  const [name, { code, message, number, retryAfter, description }] = heard[0];
  assert.deepEqual(
    [name, code, message, number, retryAfter, description],
    ["error", "SERVER_USER_LOCKED_OUT", "SERVER_USER_LOCKED_OUT", 3007, 412, "Suspended."],
  );
});

test("a connection that ends without a result is an error", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  socket.onclose({ code: 1006 });
  assert.equal(heard[0][1].code, "SESSION_CONNECTION_FAILED");
});

test("who waits for a server waits as long as the options say", async () => {
  socket = undefined;
  const began = performance.now();
  const opening = sdk.openKeylessWebSocketConnection(sym, { ...OPTIONS, ws: { timeout: 50 } });
  while (!socket) await new Promise((resolve) => setTimeout(resolve));
  socket.say = () => {};
  await assert.rejects(opening, { code: "WEB_SOCKET_TIMEOUT", number: 1011 });
  const waited = performance.now() - began;
  assert.ok(waited >= 45 && waited < 5000, `${waited} ms`);
  assert.equal(socket.closed, 1000);
});

test("what is missing is told before anybody connects", async () => {
  socket = undefined;
  for (const [changed, code] of [
    [{ customer: undefined }, "CUSTOMER_UNSET"],
    [{ username: "" }, "USERNAME_UNSET"],
    [{ service: undefined }, "SERVICE_URL_UNSET"],
    [{ transaction: { data: "{}" } }, "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED"],
  ]) {
    const attempt = sdk.openKeylessWebSocketConnection(sdk.createKeylessAuth(), { ...OPTIONS, ...changed });
    await assert.rejects(attempt, { code });
  }
  assert.equal(socket, undefined);
});

test("who does not want to says so, and hears nothing any more", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  sdk.closeKeylessWebSocketConnection(sym);
  assert.deepEqual(socket.sent.at(-1), { type: "cancel" });
  socket.say({ type: "error", code: "SERVER_TIMEOUT" });
  assert.deepEqual(heard, []);
  assert.throws(() => sdk.removeKeylessEventListeners(sym), { code: "SESSION_SYMBOL_UNKNOWN" });
});

test("each enrolment has a secret of its own, which is kept before it is used", async () => {
  const consent = { version: "1", text: "May we?" };
  const options = { ...OPTIONS, username: "newcomer", transaction: undefined };
  const secrets = [];
  for (let times = 0; times < 2; times += 1) {
    const enrolling = sdk.createKeylessEnroll();
    await openedBy(enrolling, options, { type: "opened", operation: "enrol", factors: ["face"], attempts: 3, consent });
    await sdk.beginKeylessSession(enrolling, { consented: true });
    secrets.push(socket.sent[1].secret);
    const { secret } = kept.get("wss://face.example/recognize/v2,shop,newcomer");
    assert.equal(Buffer.from(secret).toString("base64url"), secrets.at(-1));
  }
  assert.notEqual(secrets[0], secrets[1]);
});

/** Whether a text is anywhere in what can be reached. */
async function isKept(text) {
  let found = false;
  let before = "";
  for await (const chunk of getHeapSnapshot()) {
    const read = String(chunk);
    found ||= (before + read).includes(text);
    before = read.slice(-text.length);
  }
  return found;
}

test("seed_000_an_attempt_that_is_over_has_forgotten_the_token", async () => {
  // In two parts: what the test itself has is not what is looked for.
  const [half, other] = [randomUUID(), randomUUID()].map((it) => it.replaceAll("-", ""));
  const opened = async (sym) => {
    const token = Buffer.from(`${half}${other}`).toString("latin1");
    await sdk.openKeylessWebSocketConnection(sym, { ...OPTIONS, authorization: { token } });
    socket.sent[0].authorization = undefined;
  };
  for (const end of [
    () => sdk.closeKeylessWebSocketConnection(sym),
    () => socket.say({ type: "error", code: "SERVER_TIMEOUT" }),
    () => socket.onclose({ code: 1006 }),
  ]) {
    sym = sdk.createKeylessAuth();
    await opened(sym);
    // The symbol and the socket are still there.
    assert.equal(await isKept(`${half}${other}`), true);
    end();
    assert.equal(await isKept(`${half}${other}`), false);
  }
});

test("who ends it while the device signs has sent nothing", async () => {
  await sdk.openKeylessWebSocketConnection(sym, OPTIONS);
  const beginning = sdk.beginKeylessSession(sym, { approved: true });
  sdk.closeKeylessWebSocketConnection(sym);
  await assert.rejects(beginning, { code: "SESSION_INVALID_STATE" });
  assert.deepEqual(socket.sent.slice(1), [{ type: "cancel" }]);
});

test("one person has one device, for all of their sessions", async () => {
  const ids = [];
  for (const username of ["user-123", "user-123", "user-124"]) {
    await sdk.openKeylessWebSocketConnection(sdk.createKeylessAuth(), { ...OPTIONS, username });
    ids.push(socket.sent[0].device.id);
  }
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});
