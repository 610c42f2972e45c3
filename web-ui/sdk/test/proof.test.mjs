// What the device signs, byte by byte.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { base64url } from "../build/bytes.js";
import { newDevice, publicKey, thumbprint } from "../build/device.js";
import { begin, secretsDigest, transcript } from "../build/proof.js";

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((it) => Buffer.from(it)))).digest("base64url");
const json = (part) => JSON.parse(Buffer.from(part, "base64url"));

test("rfc7638_3_1 the id of a device is the thumbprint of its key", async () => {
  // The public key of RFC 7517 appendix A.1; RFC 7638 §3.2: "required members ... in lexicographic order".
  const key = {
    kty: "EC", crv: "P-256", x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
  };
  const text = `{"crv":"P-256","kty":"EC","x":"${key.x}","y":"${key.y}"}`;
  assert.equal(await thumbprint(key), sha256(text));
});

test("the transcript is what was on the wire, with lengths in bytes", async () => {
  const [hello, open, opened] = ['{"type":"hello"}', '{"username":"Zoë"}', '{"type":"opened"}'];
  const length = (text) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Buffer.byteLength(text));
    return bytes;
  };
  const said = [hello, open, opened].flatMap((text) => [length(text), text]);
  assert.equal(await transcript(hello, open, opened), sha256("countersign recognize v2\0", ...said));
});

test("the digest of the secrets has the PINs' digits with their numbers", async () => {
  const secret = new Uint8Array(32).fill(7);
  const label = "countersign recognize secrets v2\0";
  assert.equal(await secretsDigest(secret, {}), sha256(label, secret, [0], [0], [0]));
  assert.equal(
    await secretsDigest(secret, { pin: "271828", newPin: "31415926", removePin: true }),
    sha256(label, secret, [6], "271828", [8], "31415926", [1]),
  );
});

test("seed_002_begin_has_the_devices_signature_over_exactly_what_was_approved_and_the_secrets_beside_it", async () => {
  const device = await newDevice();
  const approval = { factor: "face", transaction: "digest of what was shown" };
  const message = JSON.parse(await begin(device, "heard", approval, {}));
  assert.deepEqual(Object.keys(message), ["type", "proof", "secret"]);
  assert.equal(message.secret, base64url(device.secret));
  const [header, payload, signature] = message.proof.split(".");
  const { alg, typ, jwk, ...more } = json(header);
  assert.deepEqual([alg, typ, more], ["ES256", "recognize-begin+jwt", {}]);
  assert.deepEqual(Object.keys(jwk).sort(), ["crv", "kty", "x", "y"]);
  assert.deepEqual(jwk, { ...(await publicKey(device.keys)) });
  assert.equal(await thumbprint(jwk), device.id);
  assert.deepEqual(json(payload), {
    transcript: "heard", factor: "face", secrets: await secretsDigest(device.secret, {}), transaction: approval.transaction,
  });
  const key = { key: createPublicKey({ format: "jwk", key: jwk }), dsaEncoding: "ieee-p1363" };
  assert.ok(verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url")));
});

test("nobody gets at the private half of a device's key", async () => {
  const { keys } = await newDevice();
  assert.equal(keys.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("jwk", keys.privateKey));
});
