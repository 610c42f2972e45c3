// What happens, told as the original tells it.
import type { KeylessError, KeylessErrorCode } from "./error.js";
import type { Opened, Result } from "./message.js";

/** Some events are all that there is to tell. */
export type Nothing = object;

/** What comes with each event. */
export interface KeylessEventDetails {
  /** The connection is there. */
  "ws-open": Nothing;
  /** The server says what is going to happen, and what must be shown. */
  opened: Opened;
  /** Frames are looked at from now on. */
  "begin-stream": { attempt: number; poses: number };
  /** The same, in the words of version 3. */
  "recognition-start": { attempt: number; poses: number };
  /** The attempt counts from now on: whoever breaks it off may have failed. */
  "non-cancelable": Nothing;
  /** Where the person is to turn their head. */
  pose: { number: number; pose: string; seconds: number };
  /** What was seen in a frame. */
  "frame-results": FrameResults;
  /** The same, in the words of version 3. */
  "video-frame-quality": FrameResults;
  /** An attempt has failed, and others are left. */
  "recognition-failure": { reason: string; attemptsLeft: number; filters: readonly string[] };
  /** No more frames are looked at. */
  "stop-stream": Nothing;
  /** It has succeeded. */
  success: Success;
  /** The same, in the words of version 2. */
  finished: Success;
  /** It has not, and never will. */
  error: ErrorDetail;
  /** Something stands in the way that the person can mend. */
  "recoverable-error": ErrorDetail;
  /** The connection has ended. */
  "ws-close": { code: number };
  /** A component shows something else. */
  "step-change": { step: string; previous: string | undefined };
  /** The person has closed the component. */
  close: Nothing;
}

/** What was seen in a frame: nothing of it says whose face it is. */
export interface FrameResults {
  frame: number;
  /** What to tell the person. */
  hint: string;
  /** How much of the attempt is done, from 0 to 1. */
  progress: number;
  /** Where the face is, as shares of the picture. */
  face?: { x: number; y: number; width: number; height: number };
}

/** What a success brings. */
export interface Success extends Result {
  /** The signed JWT, by the names that the original's documents have for it. */
  transactionJwt: string | undefined;
  transactionJWT: string | undefined;
  JWT: string | undefined;
  /** The name of the customer. */
  customer: string;
  /** The person, as the customer names them. */
  username: string;
  /** What was done, in the words of the original. */
  type: "auth" | "enroll";
  /** How the session began: here always in the page itself, and by no QR code. */
  source: "url";
  /** Of the original; never there: what another device would need to go on is kept by the browser, and never leaves it. */
  clientState: undefined;
  /** Of the original; never there: nothing is derived from a face. */
  seedEntropy: undefined;
}

/** What a success brings to whoever hears of it. */
export function successOf(result: Result, { customer, username }: { customer: string; username: string }): Success {
  const { jwt, operation } = result;
  const names = { transactionJwt: jwt, transactionJWT: jwt, JWT: jwt };
  const type = operation === "enrol" ? "enroll" : "auth";
  return { ...result, ...names, customer, username, type, source: "url", clientState: undefined, seedEntropy: undefined };
}

/** What an error brings. */
export interface ErrorDetail {
  code: KeylessErrorCode;
  /** The same as `code`. */
  message: KeylessErrorCode;
  number: number;
  description: string;
  retryAfter: number | undefined;
  error: KeylessError;
}

/** The name of an event. */
export type KeylessEventName = keyof KeylessEventDetails;

/**
 * An event of a component or of a symbol. What comes with it is in `detail`, in `data`, and in the event
 * itself: the original's documents have it at all three places.
 */
export class KeylessEvent<Name extends KeylessEventName = KeylessEventName> extends CustomEvent<
  KeylessEventDetails[Name]
> {
  readonly data: KeylessEventDetails[Name];

  constructor(name: Name, detail: KeylessEventDetails[Name]) {
    super(name, { detail });
    this.data = detail;
    for (const [member, value] of Object.entries(detail)) {
      if (!(member in this)) Object.defineProperty(this, member, { value, enumerable: true });
    }
  }
}

/** The events as listeners get them: what comes with an event is in the event itself, too. */
export type KeylessEventMap = {
  [Name in KeylessEventName]: KeylessEvent<Name> & Omit<KeylessEventDetails[Name], keyof KeylessEvent>;
};

/** What an error brings. */
export function errorDetail(error: KeylessError): ErrorDetail {
  const { code, number, description, retryAfter } = error;
  return { code, message: code, number, description, retryAfter, error };
}
