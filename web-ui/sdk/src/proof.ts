// What the device signs (docs/recognize-protocol.md §3.4).
import { type Bytes, base64url, bigEndian, concat, sha256, utf8 } from "./bytes.js";
import { type Device, publicKey } from "./device.js";

/** What the person has agreed to. */
export interface Approval {
  readonly factor: "face" | "pin";
  /** The digest of the transaction that they have approved. */
  readonly transaction?: string;
  /** The version of the text that they have agreed to. */
  readonly consent?: string;
}

/** What is beside the proof and not within. */
export interface Secrets {
  readonly pin?: string;
  readonly newPin?: string;
  readonly removePin?: boolean;
}

/** What was said so far, byte by byte as it was on the wire. */
export async function transcript(hello: string, open: string, opened: string): Promise<string> {
  const said = [hello, open, opened].map(utf8).flatMap((text) => [bigEndian(text.length), text]);
  return base64url(await sha256(concat(utf8("countersign recognize v2\0"), ...said)));
}

/** The digest of what is beside the proof. */
export async function secretsDigest(secret: Bytes, { pin, newPin, removePin }: Secrets): Promise<string> {
  const digits = [pin ?? "", newPin ?? ""].map(utf8).flatMap((text) => [Uint8Array.of(text.length), text]);
  const label = utf8("countersign recognize secrets v2\0");
  return base64url(await sha256(concat(label, secret, ...digits, Uint8Array.of(removePin ? 1 : 0))));
}

/** The message `begin`: the device's signature over the transcript and over what was approved. */
export async function begin(device: Device, heard: string, approval: Approval, secrets: Secrets): Promise<string> {
  const payload = {
    transcript: heard,
    factor: approval.factor,
    secrets: await secretsDigest(device.secret, secrets),
    ...(approval.transaction !== undefined && { transaction: approval.transaction }),
    ...(approval.consent !== undefined && { consent: approval.consent }),
  };
  const header = { alg: "ES256", typ: "recognize-begin+jwt", jwk: await publicKey(device.keys) };
  const proof = await sign(device.keys.privateKey, header, payload);
  return JSON.stringify({ type: "begin", proof, secret: base64url(device.secret), ...secrets });
}

/** RFC 7515 §7.1: a JWS in compact serialization. */
async function sign(key: CryptoKey, header: object, payload: object): Promise<string> {
  const input = [header, payload].map((part) => base64url(utf8(JSON.stringify(part)))).join(".");
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}
