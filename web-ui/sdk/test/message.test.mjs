// The messages of the protocol, as docs/recognize-protocol.md has them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { socketAddress } from "../build/address.js";
import { KEYLESS_ERROR_CODES, KeylessError } from "../build/error.js";
import { LANGUAGES, filled, hintName, sentence, textsIn } from "../build/locale.js";
import { frame, limits, opened, read, result } from "../build/message.js";
import { isPin } from "../build/pin.js";
import { checkTransactionData, pairsOf, standsFor } from "../build/transaction.js";

const protocol = await readFile(new URL("../../../docs/recognize-protocol.md", import.meta.url), "utf8");
const examples = (type) =>
  [...protocol.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text.trim()).filter((text) => text.includes(`"type": "${type}"`));

const PAIRS = pairsOf('[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]');

test("the server's examples are read", () => {
  assert.equal(limits(read(examples("hello")[0])).window, 1);
  const [authenticate, enrol] = examples("opened").map(read);
  for (const operation of ["authenticate", "auth-or-enrol"]) {
    assert.equal(opened(authenticate, { operation, pairs: PAIRS }).transaction.pairs[1].label, "Payee");
  }
  assert.equal(opened(enrol, { operation: "auth-or-enrol" }).consent.version, "1");
});

test("seed_002_a_server_that_shows_nothing_or_something_else_is_not_believed", () => {
  const [authenticate, enrol] = examples("opened").map(read);
  const [transacting, enrolling] = [{ operation: "authenticate", pairs: PAIRS }, { operation: "enrol" }];
  const shown = (changed) => [{ ...authenticate, transaction: { ...authenticate.transaction, ...changed } }, transacting];
  const [amount, payee] = PAIRS;
  const refused = (code, cases) => {
    for (const [message, asked] of cases) {
      assert.throws(() => opened(message, asked), { code }, JSON.stringify([message, asked]));
    }
  };
  // Something else than what was asked.
  refused("RUNTIME_VIOLATION", [
    [authenticate, { operation: "authenticate" }],
    [{ ...authenticate, transaction: undefined }, transacting],
    [enrol, transacting],
    [enrol, { operation: "authenticate" }],
    [{ ...authenticate, transaction: undefined }, enrolling],
    [{ ...enrol, consent: undefined }, enrolling],
    [{ ...enrol, consent: { version: "1", text: " " } }, enrolling],
    shown({ pairs: [] }),
    shown({ pairs: [amount] }),
    shown({ pairs: [payee, amount] }),
    shown({ pairs: [amount, payee, { label: "Fee", value: "1" }] }),
    shown({ pairs: [{ ...amount, value: "12.50 EUR " }, payee] }),
    shown({ pairs: [amount, { ...payee, value: "demo Shop" }] }),
    shown({ pairs: [amount, { ...payee, label: "To" }] }),
    shown({ digest: "d" }),
    shown({ digest: "A".repeat(44) }),
    shown({ digest: `${"A".repeat(42)}B` }),
    shown({ digest: `${"A".repeat(42)}=` }),
  ]);
  // What cannot be read.
  refused("SERVER_INVALID_RESPONSE", [
    [{ ...authenticate, transaction: null }, transacting],
    [{ ...authenticate, transaction: null }, { operation: "authenticate" }],
    [{ ...authenticate, factors: undefined }, transacting],
    [{ ...enrol, consent: null }, enrolling],
    [{ ...authenticate, operation: "delete" }, { ...transacting, operation: "auth-or-enrol" }],
    [{ ...authenticate, operation: "auth-or-enrol" }, { ...transacting, operation: "auth-or-enrol" }],
    shown({ pairs: [{ label: "Amount" }, payee] }),
    shown({ pairs: [null, payee] }),
    shown({ digest: undefined }),
  ]);
  for (const text of ["", "[]", "{}", "null", '{"type":7}']) {
    assert.throws(() => read(text), { code: "SERVER_INVALID_RESPONSE" });
  }
});

test("seed_002_what_cannot_be_seen_is_written_out_and_stands_for_one_text_alone", () => {
  for (const [asked, shown, isSame] of [
    ["a\u202eb", "a⟨U+202E⟩b", true],
    ["a\nb", "a⟨U+000A⟩b", true],
    ["⟨U+202E⟩", "⟨U+27E8⟩U+202E⟩", true],
    ["\u{1f600}", "\u{1f600}", true],
    ["\u{1f600}", "⟨U+1F600⟩", true],
    ["a\nb", "a\nb", false],
    ["⟨U+202E⟩", "⟨U+202E⟩", false],
    ["ab", "a⟨U+202E⟩b", false],
    ["ab", "a⟨b", false],
    ["ab", "a⟨U+D800⟩b", false],
    ["ab", "a⟨U+110000⟩b", false],
    ["", "a", false],
    ["a", "", false],
  ]) {
    assert.equal(standsFor(shown, asked), isSame, `${asked} ${shown}`);
  }
});

/** A JWT that nobody has signed. */
const compact = (...parts) => [...parts.map((it) => JSON.stringify(it)), ""].map((it) => Buffer.from(it).toString("base64url")).join(".");

test("seed_002_kid_is_face_or_pin_by_the_factor_that_was_used_and_amr_in_the_second_profile", () => {
  const keylessId = "f1b6f1de-2c0f-4f0a-9a55-0d6a0f4f8e2f";
  const second = { typ: "recognize-transaction+jwt", kid: "2026" };
  for (const [factor, header, claims, isGood] of [
    ["face", { typ: "JWT", kid: "FACE" }, {}, true],
    ["pin", { typ: "JWT", kid: "PIN" }, {}, true],
    ["face", { typ: "JWT", kid: "PIN" }, {}, false],
    ["pin", { typ: "JWT", kid: "FACE" }, {}, false],
    ["face", { typ: "JWT", kid: "face" }, {}, false],
    ["face", { typ: "JWT" }, { amr: ["face"] }, false],
    ["face", { kid: "FACE" }, {}, false],
    ["face", second, { amr: ["hwk", "face"] }, true],
    ["pin", second, { amr: ["hwk", "pin"] }, true],
    ["pin", second, { amr: ["hwk", "face"] }, false],
    ["face", second, { amr: "face" }, false],
    ["face", second, {}, false],
    ["face", null, {}, false],
  ]) {
    const jwt = compact(header, { sub: keylessId, ...claims });
    const message = { type: "result", operation: "authenticate", factor, keylessId, deviceId: "d", jwt };
    const begun = { operation: "authenticate", factor, deviceId: "d", data: undefined };
    const about = JSON.stringify([factor, header, claims]);
    if (isGood) assert.equal(result(message, begun).factor, factor, about);
    else assert.throws(() => result(message, begun), { code: "RUNTIME_VIOLATION" }, about);
  }
});

test("seed_002_td_is_what_was_passed_and_a_result_of_anything_else_is_not_believed", () => {
  const [example] = examples("result").map(read);
  const data = '[{"Amount":"12.50 EUR"},{"Payee":"Zoë"}]';
  const jwt = (claims, header = { typ: "JWT", kid: "FACE" }) => compact(header, claims);
  const said = { ...example, jwt: jwt({ td: data, sub: example.keylessId }) };
  const begun = { operation: "authenticate", factor: "face", deviceId: example.deviceId, data };
  assert.equal(result(said, begun).keylessId, example.keylessId);
  const refused = (changed, code, of = begun) => {
    assert.throws(() => result({ ...said, ...changed }, of), { code }, JSON.stringify(changed));
  };
  for (const changed of [
    { operation: "enrol" }, { factor: "pin" }, { deviceId: "another" }, { keylessId: "another" },
    { jwt: "a.b.c" }, { jwt: jwt(null) }, { jwt: jwt({ sub: example.keylessId }) },
    { jwt: jwt({ td: data.replace("12", "99"), sub: example.keylessId }) },
  ]) {
    refused(changed, "RUNTIME_VIOLATION");
  }
  refused({}, "RUNTIME_VIOLATION", { ...begun, data: undefined });
  for (const changed of [{ keylessId: undefined }, { jwt: undefined }, { operation: "auth-or-enrol" }]) {
    refused(changed, "SERVER_INVALID_RESPONSE");
  }
});

test("a frame is as in the example", () => {
  const bytes = Buffer.from(frame(2, 7, 3000, Uint8Array.of(0xff, 0xd8, 0xff, 0xe0).buffer));
  const [, example] = /`([0-9a-f ]+) \.\.\.` is frame 7/.exec(protocol);
  assert.equal(bytes.toString("hex"), example.replaceAll(" ", ""));
});

test("every error of the server has a sentence in every language, and a number", () => {
  const table = protocol.slice(protocol.indexOf("## 4. Error codes"), protocol.indexOf("## 5."));
  const codes = [...table.matchAll(/`(SERVER_[A-Z_]+)`/g)].map(([, code]) => code);
  assert.ok(codes.length >= 17);
  for (const code of [...codes, ...KEYLESS_ERROR_CODES]) {
    const error = code.startsWith("SERVER_") ? KeylessError.said(code) : new KeylessError(code);
    assert.equal(error.code, code);
    assert.equal(error.message, code);
    assert.ok(error.number > 0 && error.description.endsWith("."), code);
    for (const [language, texts] of Object.entries(LANGUAGES)) {
      assert.match(sentence(error, texts), /[.!]$/, `${code} in ${language}`);
    }
  }
  const numbers = ["SERVER_FORBIDDEN", "SERVER_USER_LOCKED_OUT", "SERVER_CUSTOMER_NOT_FOUND", "SERVER_NO_ATTEMPTS_LEFT"];
  assert.deepEqual(numbers.map((code) => KeylessError.said(code).number), [5003, 3007, 3008, 3005]);
  assert.equal(KeylessError.said("SERVER_FACE_DOES_NOT_MATCH").number, 5000);
  for (const unknown of ["SERVER_NEVER_HEARD_OF", "RUNTIME_VIOLATION", "toString", undefined]) {
    assert.equal(KeylessError.said(unknown).code, "SERVER_INVALID_RESPONSE");
  }
  const cause = "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED";
  assert.equal(KeylessError.said("SERVER_VALIDATION_FAILED", { cause }).number, 1008);
});

test("every code of the original is there, with the number of its wrapper", () => {
  const numbers = {
    FRAME_RESULTS_SET_UNSET: 1000, OPTIONS_UNSET: 1000, SLUG_UNSUPPORTED: 1000, EXCEPTION: 1000, USER_LOCKOUT_EXPIRATION_UNSET: 1000,
    CUSTOMER_UNSET: 1002, USERNAME_UNSET: 1002, SERVICE_URL_UNSET: 1002, SERVICE_URL_PARSE_FAILED: 1002,
    WEB_ASSEMBLY_IMPORT_FAILED: 1013, WEB_ASSEMBLY_NOT_READY: 1014, WEB_ASSEMBLY_ABORTED: 1015, WEB_ASSEMBLY_FACTORY_FAILED: 1015,
    WEB_ASSEMBLY_MODULE_NOT_FOUND: 1015, WEB_SOCKET_TIMEOUT: 1011, SESSION_MANAGER_NULL: 1000, SESSION_MANAGER_NOT_NULL: 1000,
    MEDIA_DEVICES_EMPTY_VIDEO_INPUT_LABEL: 2002, MEDIA_DEVICES_NO_VIDEO_INPUTS: 2001, MEDIA_STREAM_ABORT: 2000,
    MEDIA_STREAM_INVALID_STATE: 2000, MEDIA_STREAM_NOT_ALLOWED: 2002, MEDIA_STREAM_NOT_FOUND: 2000, MEDIA_STREAM_NOT_READABLE: 2000,
    MEDIA_STREAM_OVERCONSTRAINED: 2003, MEDIA_STREAM_SECURITY: 2000, MEDIA_STREAM_TYPE: 2000,
    USER_LOCKED_OUT: 3007, SERVER_INVALID_RESPONSE: 5000, RUNTIME_VIOLATION: 6000,
  };
  for (const [code, number] of Object.entries(numbers)) {
    assert.ok(KEYLESS_ERROR_CODES.includes(code), code);
    assert.equal(KeylessError[code], code);
    assert.equal(new KeylessError(code).number, number, code);
  }
  assert.ok(new KeylessError("EXCEPTION") instanceof KeylessError);
});

test("what a person reads does not tell a wrong face from unseen turns or a wrong PIN", () => {
  for (const texts of Object.values(LANGUAGES)) {
    const codes = ["SERVER_FACE_DOES_NOT_MATCH", "SERVER_RECOGNITION_FAILED", "SERVER_NO_ATTEMPTS_LEFT"];
    assert.equal(new Set(codes.map((code) => sentence(KeylessError.said(code), texts))).size, 1);
  }
  const locked = KeylessError.said("SERVER_USER_LOCKED_OUT", { retryAfter: 412 });
  assert.match(sentence(locked, LANGUAGES.en), /7 min/);
});

test("every language has every text, and every hint of the protocol has one", () => {
  for (const [language, texts] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(texts), Object.keys(LANGUAGES.en), language);
    for (const [name, text] of Object.entries(texts)) assert.ok(text.trim(), `${name} in ${language}`);
  }
  const table = protocol.slice(protocol.indexOf("| `hint` |"), protocol.indexOf("A client passes over hints"));
  const hints = [...table.matchAll(/`([a-z-]+)`/g)].map(([, hint]) => hint).filter((it) => it !== "hint" && it !== "pose");
  for (const hint of hints) {
    assert.equal(hintName(hint) === undefined, hint === "ok" || hint === "wait", hint);
  }
});

test("people read the language that they want, or the page's own texts", () => {
  assert.equal(textsIn(["xx", "de-AT", "en"])[0], "de");
  assert.equal(textsIn([])[0], "en");
  const [language, texts] = textsIn(["it"], [{ language: "it", data: { cancel: "Annulla {shop}" } }]);
  assert.equal(language, "it");
  assert.equal(filled(texts.cancel, { shop: "Demo" }), "Annulla Demo");
  assert.equal(texts.close, "Close");
});

test("seed_002_transaction_data_is_an_array_of_objects_with_one_pair_of_texts_each", () => {
  checkTransactionData('[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]');
  const pairs = (count) => JSON.stringify(Array.from({ length: count }, () => ({ a: "b" })));
  checkTransactionData(pairs(32));
  for (const data of [
    "", "x", "{}", "[]", "null", '{"a":"b"}', "[1]", "[[]]", "[{}]", '[{"a":1}]', '[{"a":"b","c":"d"}]', '[{"":"b"}]', '[{"a":""}]',
    pairs(33), JSON.stringify([{ ["x".repeat(101)]: "b" }]), JSON.stringify([{ a: "x".repeat(1001) }]),
  ]) {
    assert.throws(() => checkTransactionData(data), { code: "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED", number: 1008 }, data);
  }
});

test("a PIN has 6 to 12 digits, not all the same and not consecutive", () => {
  for (const pin of ["271828", "112233", "123457", "314159265358"]) assert.ok(isPin(pin), pin);
  for (const pin of ["", "12345", "1234567890123", "111111", "123456", "987654", "12345a", "１２３４５７"]) assert.ok(!isPin(pin), pin);
});

test("both generations' addresses lead to the same place", () => {
  const address = (service, ws) => socketAddress(service, ws).href;
  for (const [service, ws, expected] of [
    ["https://face.example", undefined, "wss://face.example/recognize/v2"],
    ["https://face.example/", undefined, "wss://face.example/recognize/v2"],
    ["https://example/iam/", undefined, "wss://example/iam/recognize/v2"],
    [undefined, "wss://face.example/recognize/v2", "wss://face.example/recognize/v2"],
    ["http://localhost:9031", undefined, "ws://localhost:9031/recognize/v2"],
  ]) {
    assert.equal(address(service, ws), expected);
  }
  assert.throws(() => address(), { code: "SERVICE_URL_UNSET" });
  for (const bad of ["ftp://face.example", "face"]) {
    assert.throws(() => address(bad), { code: "SERVICE_URL_PARSE_FAILED" });
  }
});

test("secrets go nowhere in the clear", () => {
  for (const [given, isSafe] of [
    ["https://sso.example.com", true],
    ["https://sso.example.com:8443/", true],
    ["wss://sso.example.com", true],
    ["http://127.0.0.1:8080", true],
    ["ws://127.9.8.7", true],
    ["http://[::1]:8080", true],
    ["http://localhost", true],
    ["http://sso.example.com", false],
    ["ws://sso.example.com", false],
    ["http://10.0.0.1", false],
    ["http://[::2]", false],
    ["http://127.0.0.1.example.com", false],
    ["http://localhost.example.com", false],
    ["https://user@sso.example.com", false],
    ["https://:password@sso.example.com", false],
    ["sso.example.com", false],
  ]) {
    const address = () => socketAddress(given);
    if (isSafe) assert.match(address().href, /\/recognize\/v2$/, given);
    else assert.throws(address, { code: "SERVICE_URL_PARSE_FAILED" }, given);
  }
  assert.throws(() => socketAddress(""), { code: "SERVICE_URL_UNSET" });
});
