// Everything that can go wrong: a code for whoever integrates, a sentence for the person.

/**
 * Codes, what they mean to whoever integrates, and their numbers in the original's wrapper. Those that
 * begin with `SERVER_` are the server's (docs/recognize-protocol.md §4).
 */
const CODES = {
  CUSTOMER_UNSET: [1002, "customer is missing."],
  USERNAME_UNSET: [1002, "username is missing."],
  SERVICE_URL_UNSET: [1002, "service-url (or ws-url) is missing."],
  SERVICE_URL_PARSE_FAILED: [1002, "service-url (or ws-url) is no address of https or wss; http and ws are for this machine alone."],
  OPTIONS_UNSET: [1002, "Options are missing."],
  SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED: [
    1008,
    "transaction-data is not a JSON array of objects with one pair of texts each.",
  ],
  SESSION_SYMBOL_UNKNOWN: [1002, "The symbol is not one that createKeylessAuth or createKeylessEnroll has made."],
  SESSION_ALREADY_USED: [1002, "Each symbol is good for one attempt: make another one."],
  SESSION_INVALID_STATE: [1002, "The session is not at the step that this function is for."],
  SESSION_APPROVAL_MISSING: [1002, "What the server wants to be shown was not approved or agreed to."],
  SESSION_CONNECTION_FAILED: [5000, "The connection could not be made or was lost."],
  DEVICE_STORE_UNAVAILABLE: [1002, "The browser keeps nothing for this page (IndexedDB), so there can be no device."],
  MEDIA_DEVICES_NO_VIDEO_INPUTS: [1002, "There is no camera, or no page may use it here (it takes https)."],
  MEDIA_STREAM_ABORT: [1002, "The camera stopped."],
  MEDIA_STREAM_INVALID_STATE: [1002, "The page is not in a state in which it may use the camera."],
  MEDIA_STREAM_NOT_ALLOWED: [1002, "The person or their browser does not allow the camera."],
  MEDIA_STREAM_NOT_FOUND: [1002, "There is no such camera."],
  MEDIA_STREAM_NOT_READABLE: [1002, "Something else uses the camera."],
  MEDIA_STREAM_OVERCONSTRAINED: [1002, "No camera can do what is asked of it."],
  MEDIA_STREAM_SECURITY: [1002, "This page may not use the camera."],
  MEDIA_STREAM_TYPE: [1002, "The constraints of the camera are none."],
  EXCEPTION: [1002, "Something unexpected happened."],
  SERVER_FORBIDDEN: [5003, "The authorization token, the origin or the device was not accepted."],
  SERVER_CUSTOMER_NOT_FOUND: [3008, "There is no customer of this name."],
  SERVER_USER_NOT_FOUND: [5000, "This person has not enrolled, or not on this device."],
  SERVER_USER_ALREADY_ENROLLED: [5000, "This person has enrolled."],
  SERVER_USER_LOCKED_OUT: [3007, "Too many attempts have failed: the person is suspended."],
  SERVER_FACE_DOES_NOT_MATCH: [5000, "The face is not the one of this device."],
  SERVER_RECOGNITION_FAILED: [5002, "The head turns were not seen in time, or the PIN is wrong."],
  SERVER_NO_ATTEMPTS_LEFT: [3005, "The last attempt of this session has failed."],
  SERVER_VALIDATION_FAILED: [5000, "Something in a message is not allowed."],
  SERVER_INVALID_REQUEST: [5000, "The server could not read a message or a picture."],
  SERVER_INVALID_RESPONSE: [5000, "The server said something that it should not."],
  SERVER_INVALID_STATE: [5000, "The server did not expect a message."],
  SERVER_UNPROCESSABLE_EVENT: [5000, "The server does not know a message."],
  SERVER_IMAGE_ENCRYPT_FAILED: [5000, "A picture could not be protected."],
  SERVER_TIMEOUT: [5000, "Time has run out."],
  SERVER_UNAVAILABLE_SERVICE: [5000, "The server cannot be used now."],
  SERVER_INTERNAL_ERROR: [5000, "The server has failed."],
} as const;

/** What can go wrong. */
export type KeylessErrorCode = keyof typeof CODES;

/** All codes. */
export const KEYLESS_ERROR_CODES = Object.keys(CODES) as readonly KeylessErrorCode[];

/** What is known of an error besides its code. */
export interface KeylessErrorDetails {
  /** What the server says of it, in English. */
  readonly description?: string | undefined;
  /** In how many seconds it may be tried again. */
  readonly retryAfter?: number | undefined;
  /** What it comes from. */
  readonly cause?: unknown;
}

/** Something that went wrong. `message` and `code` are the code, as in the original. */
export class KeylessError extends Error {
  readonly code: KeylessErrorCode;
  /** The number in the original's wrapper. */
  readonly number: number;
  /** For whoever integrates, in English. */
  readonly description: string;
  /** In how many seconds it may be tried again, if that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: KeylessErrorCode, { description, retryAfter, cause }: KeylessErrorDetails = {}) {
    super(code, { cause });
    this.name = "KeylessError";
    this.code = code;
    const [number, meaning] = CODES[code];
    this.number = number;
    this.description = description ?? meaning;
    this.retryAfter = retryAfter;
  }

  /** Whatever was thrown, as one of these. */
  static from(thrown: unknown): KeylessError {
    return thrown instanceof KeylessError ? thrown : new KeylessError("EXCEPTION", { cause: thrown });
  }

  /** What the server has said. A code that is not known here is a fault of the server. */
  static said(code: unknown, details: KeylessErrorDetails = {}): KeylessError {
    const known = typeof code === "string" && code.startsWith("SERVER_") && Object.hasOwn(CODES, code);
    // "cause may say what": the reason that has a number of its own is told by its own name.
    if (details.cause === "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED") return new KeylessError(details.cause, details);
    return new KeylessError(known ? (code as KeylessErrorCode) : "SERVER_INVALID_RESPONSE", details);
  }
}
