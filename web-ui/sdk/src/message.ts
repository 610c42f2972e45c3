// The messages of a session (docs/recognize-protocol.md §3).
import { KeylessError } from "./error.js";
import type { Pair } from "./transaction.js";

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

/** What `opened` says, if it says what it must for what was asked. */
export function opened(message: ServerMessage, asked: { transaction: boolean }): Opened {
  const { operation, factors, attempts, pin, transaction, consent } = message as unknown as Opened;
  const isOperation = operation === "enrol" || operation === "authenticate";
  // "there if and only if the session has a transaction", "if and only if the operation is enrol"
  const shows = (transaction !== undefined) === asked.transaction && (consent !== undefined) === (operation === "enrol");
  const pairs = transaction?.pairs;
  const legible = pairs === undefined || (Array.isArray(pairs) && pairs.length > 0 && pairs.every(isPair));
  if (!isOperation || !Array.isArray(factors) || !shows || !legible) throw new KeylessError("SERVER_INVALID_RESPONSE");
  return {
    operation,
    factors,
    attempts,
    ...(pin !== undefined && { pin }),
    ...(transaction !== undefined && { transaction }),
    ...(consent !== undefined && { consent }),
  };
}

function isPair(pair: Partial<Pair>): boolean {
  return typeof pair.label === "string" && typeof pair.value === "string";
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
