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
  pairsOf(data);
}

/** The pairs of transaction data, in their order. */
export function pairsOf(data: string): readonly Pair[] {
  const parsed = typeof data === "string" && utf8(data).length <= MOST.bytes ? parse(data) : undefined;
  const isWellFormed =
    Array.isArray(parsed) && parsed.length >= 1 && parsed.length <= MOST.pairs && parsed.every(isPair);
  if (!isWellFormed) throw new KeylessError("SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED");
  return parsed.flatMap((object: Record<string, string>) =>
    Object.entries(object).map(([label, value]) => ({ label, value })),
  );
}

/** Whether what is shown is what was asked, pair by pair, with what cannot be seen written out. */
export function isShownBy(asked: readonly Pair[], shown: readonly Pair[]): boolean {
  const isSame = (pair: Pair, at: number) => {
    const other = shown[at];
    return other !== undefined && standsFor(other.label, pair.label) && standsFor(other.value, pair.value);
  };
  return asked.length === shown.length && asked.every(isSame);
}

/**
 * Whether what is shown stands for this text: every character for itself, or for the one that it writes out
 * (`⟨U+202E⟩`). `⟨` never stands for itself, so that there is one way to read what is shown; nor do controls.
 */
export function standsFor(shown: string, text: string): boolean {
  const read = [...shown.matchAll(/⟨U\+([0-9A-F]{1,6})⟩|[^]/gu)].map(([seen, number]) => {
    if (number !== undefined) return character(parseInt(number, 16));
    return seen === "⟨" || /^[\p{Cc}\p{Cs}]$/u.test(seen) ? undefined : seen;
  });
  return !read.includes(undefined) && read.join("") === text;
}

function character(number: number): string | undefined {
  const isOne = number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff);
  return isOne ? String.fromCodePoint(number) : undefined;
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
