// The messages of a session (docs/recognize-protocol.md §3).
import { KeylessError } from "./error.js";
import { type Pair, isShownBy } from "./transaction.js";

/** The protocol's name, offered in the handshake. */
export const PROTOCOL = "recognize.v2";

/** What is to be done. */
export type Operation = "enrol" | "authenticate" | "auth-or-enrol";

/** What the server allows. */
export interface Limits {
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly window: number;
  readonly framesPerAttempt: number;
}

/** What is going to happen, and what must be shown before. */
export interface Opened {
  readonly operation: "enrol" | "authenticate";
  readonly factors: readonly ("face" | "pin")[];
  readonly attempts: number;
  readonly pin?: "optional";
  readonly transaction?: { readonly digest: string; readonly pairs: readonly Pair[] };
  readonly consent?: { readonly version: string; readonly text: string };
}

/** What a success brings. */
export interface Result {
  readonly operation: "enrol" | "authenticate";
  readonly factor: "face" | "pin";
  readonly keylessId?: string;
  readonly deviceId: string;
  readonly jwt?: string;
  readonly receipt?: string;
}

/** A message of the server, as far as its type says what it is. */
export type ServerMessage = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Reads a message of the server. */
export function read(text: string): ServerMessage {
  const message = parse(text);
  if (typeof message === "object" && message !== null && "type" in message && typeof message.type === "string") {
    return message as ServerMessage;
  }
  throw new KeylessError("SERVER_INVALID_RESPONSE");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeylessError("SERVER_INVALID_RESPONSE");
  }
}

/** The limits of `hello`. */
export function limits({ limits }: ServerMessage): Limits {
  const { frame, width, height, window, framesPerAttempt } = (limits ?? {}) as Record<string, unknown>;
  const number = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
  return {
    frame: number(frame, 262_154),
    width: number(width, 640),
    height: number(height, 480),
    window: number(window, 1),
    framesPerAttempt: number(framesPerAttempt, 300),
  };
}

/** What somebody asks for. */
export interface Asked {
  readonly operation: Operation;
  /** What is to be approved, if anything is. */
  readonly pairs?: readonly Pair[] | undefined;
}

/**
 * What `opened` says, if it is what was asked: "A client compares it with what it asked for, and ends the
 * session if it is something else."
 */
export function opened(message: ServerMessage, asked: Asked): Opened {
  if (!isOpened(message)) throw new KeylessError("SERVER_INVALID_RESPONSE");
  const { operation, factors, attempts, pin, transaction, consent } = message;
  const isAsked = asked.operation === "auth-or-enrol" || asked.operation === operation;
  // "there if and only if the session has a transaction", "if and only if the operation is enrol"
  const isTransaction = asked.pairs ? isTransactionOf(transaction, asked.pairs) : transaction === undefined;
  const hasConsent = operation === "enrol" ? Boolean(consent?.text.trim()) : consent === undefined;
  if (!isAsked || !isTransaction || !hasConsent) throw new KeylessError("RUNTIME_VIOLATION");
  return {
    operation,
    factors,
    attempts,
    ...(pin !== undefined && { pin }),
    ...(transaction !== undefined && { transaction }),
    ...(consent !== undefined && { consent }),
  };
}

/** Whether it has what `opened` has. Members without a value are left out, "never null". */
function isOpened(message: ServerMessage): message is ServerMessage & Opened {
  const { operation, factors, transaction, consent } = message;
  return (
    isOperation(operation) &&
    Array.isArray(factors) &&
    (transaction === undefined || isTransaction(transaction)) &&
    (consent === undefined || hasTexts(consent, "version", "text"))
  );
}

function isOperation(operation: unknown): boolean {
  return operation === "enrol" || operation === "authenticate";
}

function isTransaction(transaction: unknown): boolean {
  const { pairs } = (transaction ?? {}) as Record<string, unknown>;
  return hasTexts(transaction, "digest") && Array.isArray(pairs) && pairs.every((pair) => hasTexts(pair, "label", "value"));
}

/** Delegated Regulation (EU) 2018/389 art. 5(1)(a): what is shown is what was asked, and nothing else. */
function isTransactionOf(transaction: Opened["transaction"], asked: readonly Pair[]): boolean {
  return transaction !== undefined && isDigest(transaction.digest) && isShownBy(asked, transaction.pairs);
}

/** 32 bytes in base64url: 43 characters, of which the last one has two bits that are always 0. */
function isDigest(digest: string): boolean {
  return /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(digest);
}

/** Whether these members are there, and are texts. */
function hasTexts(object: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => typeof ((object ?? {}) as Record<string, unknown>)[name] === "string");
}

/** What `result` brings, if it is of what was begun. */
export function result(message: ServerMessage, begun: Begun): Result {
  const isResult = isOperation(message["operation"]) && hasTexts(message, "factor", "deviceId", "keylessId", "jwt");
  if (!isResult) throw new KeylessError("SERVER_INVALID_RESPONSE");
  const { type: _, ...rest } = message;
  const result = rest as unknown as Result;
  const { operation, factor, deviceId, keylessId, jwt } = result;
  const isBegun = operation === begun.operation && factor === begun.factor && deviceId === begun.deviceId;
  const [header, claims] = said(jwt);
  // "td is transaction.data letter by letter, and absent if there was none": whoever signed it is the backend's
  // to find out.
  const isOfThis = claims["td"] === begun.data && claims["sub"] === keylessId && isByFactor(header, claims, factor);
  if (!isBegun || !isOfThis) throw new KeylessError("RUNTIME_VIOLATION");
  return result;
}

/** "kid is FACE or PIN: the factor that was used"; the second profile has `amr` for it. */
function isByFactor({ typ, kid }: Said, { amr }: Said, factor: string): boolean {
  if (typ === "JWT") return kid === factor.toUpperCase();
  return typ === "recognize-transaction+jwt" && Array.isArray(amr) && amr.includes(factor);
}

/** What a device has signed for. */
export interface Begun {
  readonly operation: "enrol" | "authenticate";
  readonly factor: "face" | "pin";
  readonly deviceId: string;
  /** The transaction data, letter by letter. */
  readonly data: string | undefined;
}

type Said = Readonly<Record<string, unknown>>;

/** What the header and the claims of a JWT say; nothing, if it is none. */
function said(jwt: string | undefined): [header: Said, claims: Said] {
  const [header = "", claims = ""] = (jwt ?? "").split(".");
  return [part(header), part(claims)];
}

function part(text: string): Said {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/** A camera frame, as it is sent (§3.6). */
export function frame(pose: number, number: number, milliseconds: number, picture: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(10 + picture.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, pose);
  view.setUint32(2, number);
  view.setUint32(6, milliseconds);
  bytes.set(new Uint8Array(picture), 10);
  return bytes.buffer;
}
