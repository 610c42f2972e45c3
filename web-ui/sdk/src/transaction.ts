// What a person approves (docs/recognize-protocol.md §5).
import { utf8 } from "./bytes.js";
import { KeylessError } from "./error.js";

/** A label and its value, as they are shown. */
export interface Pair {
  readonly label: string;
  readonly value: string;
}

/** "1 to 32 objects, each with exactly one pair"; "all of it at most 8 KiB" */
const MOST = { pairs: 32, label: 100, value: 1000, bytes: 8 * 1024 } as const;

/** Checks the transaction data before anybody connects: the server checks the same. */
export function checkTransactionData(data: string): void {
  if (!isWellFormed(data)) throw new KeylessError("SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED");
}

function isWellFormed(data: string): boolean {
  if (utf8(data).length > MOST.bytes) return false;
  const parsed = parse(data);
  return Array.isArray(parsed) && parsed.length >= 1 && parsed.length <= MOST.pairs && parsed.every(isPair);
}

function isPair(object: unknown): boolean {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return false;
  const [pair, ...more] = Object.entries(object);
  if (!pair || more.length > 0) return false;
  const [label, value] = pair;
  return isText(label, MOST.label) && isText(value, MOST.value);
}

function isText(text: unknown, most: number): boolean {
  if (typeof text !== "string") return false;
  const length = Array.from(text).length;
  return length >= 1 && length <= most;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
