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
  OPTIONS_UNSET: [1000, "Options are missing."],
  SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED: [
    1008,
    "transaction-data is not a JSON array of objects with one pair of texts each.",
  ],
  SESSION_SYMBOL_UNKNOWN: [1002, "The symbol is not one that createKeylessAuth or createKeylessEnroll has made."],
  SESSION_ALREADY_USED: [1002, "Each symbol is good for one attempt: make another one."],
  SESSION_INVALID_STATE: [1002, "The session is not at the step that this function is for."],
  SESSION_APPROVAL_MISSING: [1002, "What the server wants to be shown was not approved or agreed to."],
  SESSION_CONNECTION_FAILED: [5000, "The connection could not be made or was lost."],
  WEB_SOCKET_TIMEOUT: [1011, "The server has not answered in time (ws-timeout)."],
  DEVICE_STORE_UNAVAILABLE: [1004, "The browser keeps nothing for this page (IndexedDB), so there can be no device."],
  MEDIA_DEVICES_NO_VIDEO_INPUTS: [2001, "There is no camera, or no page may use it here (it takes https)."],
  MEDIA_STREAM_ABORT: [2000, "The camera stopped."],
  MEDIA_STREAM_INVALID_STATE: [2000, "The page is not in a state in which it may use the camera."],
  MEDIA_STREAM_NOT_ALLOWED: [2002, "The person or their browser does not allow the camera."],
  MEDIA_STREAM_NOT_FOUND: [2000, "There is no such camera."],
  MEDIA_STREAM_NOT_READABLE: [2000, "Something else uses the camera."],
  MEDIA_STREAM_OVERCONSTRAINED: [2003, "No camera can do what is asked of it."],
  MEDIA_STREAM_SECURITY: [2000, "This page may not use the camera."],
  MEDIA_STREAM_TYPE: [2000, "The constraints of the camera are none."],
  RUNTIME_VIOLATION: [6000, "What the server shows or signs is not what was asked for: something may interfere."],
  EXCEPTION: [1000, "Something unexpected happened."],
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
  SERVER_INVALID_RESPONSE: [5000, "The server said something that cannot be read, or at a time when it should not."],
  SERVER_INVALID_STATE: [5000, "The server did not expect a message."],
  SERVER_UNPROCESSABLE_EVENT: [5000, "The server does not know a message."],
  SERVER_IMAGE_ENCRYPT_FAILED: [5000, "A picture could not be protected."],
  SERVER_TIMEOUT: [5000, "Time has run out."],
  SERVER_UNAVAILABLE_SERVICE: [5000, "The server cannot be used now."],
  SERVER_INTERNAL_ERROR: [5000, "The server has failed."],
} as const;

/**
 * Further codes of the original, of both generations, and their numbers. Nothing here leads to them: they are there so
 * that what was written for the original compiles.
 */
const FURTHER = {
  FRAME_RESULTS_SET_UNSET: 1000,
  VIDEO_ELEMENT_UNSET: 1000,
  VIDEO_ELEMENT_EVENT_LISTENERS_UNSET: 1000,
  WEB_SOCKET_MESSAGE_SET_UNSET: 1000,
  MEDIA_DEVICES_EMPTY_AUDIO_INPUT_LABEL: 1000,
  MEDIA_DEVICES_EMPTY_VIDEO_INPUT_LABEL: 2002,
  MEDIA_STREAM_UNSET: 1000,
  CREATE_MEDIA_STREAM_ARGS_UNSET: 1000,
  GET_VIDEO_MEDIA_DEVICES_ARGS_UNSET: 1000,
  SESSION_DATABASE_ERROR: 1000,
  SESSION_ID_UNSET: 1000,
  SESSION_MANAGER_NOT_NULL: 1000,
  SESSION_MANAGER_NULL: 1000,
  SESSION_MEDIA_STREAM_TIMEOUT: 1006,
  SESSION_MEDIA_STREAM_UNSET: 1000,
  SYMBOL_DESCRIPTION_UNSET: 1000,
  SYMBOL_UNSET: 1000,
  QUEUE_UNSET: 1000,
  NONCANCELABLE: 1000,
  SLUG_UNSUPPORTED: 1000,
  USER_LOCKED_OUT: 3007,
  USER_LOCKOUT_EXPIRATION_UNSET: 1000,
  KEY_DECODE_FAILED: 1002,
  KEY_ID_UNSET: 1002,
  KEY_UNSET: 1002,
  WEB_ASSEMBLY_ABORTED: 1015,
  WEB_ASSEMBLY_FACTORY_FAILED: 1015,
  WEB_ASSEMBLY_IMPORT_FAILED: 1013,
  WEB_ASSEMBLY_MODULE_NOT_FOUND: 1015,
  WEB_ASSEMBLY_NOT_READY: 1014,
  WEB_SOCKET_ERROR: 1011,
  WEB_SOCKET_OPEN: 1011,
  WEB_SOCKET_UNEXPECTED_CLOSE: 1011,
  WEB_SOCKET_URL_PARSE_FAILED: 1002,
  WEB_SOCKET_URL_UNSET: 1002,
} as const;

/** What can go wrong here. */
export type ToldErrorCode = keyof typeof CODES;

/** What can go wrong, here or with the original. */
export type KeylessErrorCode = ToldErrorCode | keyof typeof FURTHER;

/** All codes. */
export const KEYLESS_ERROR_CODES = Object.keys({ ...CODES, ...FURTHER }) as readonly KeylessErrorCode[];

/** What is known of an error besides its code. */
export interface KeylessErrorDetails {
  /** What the server says of it, in English. */
  readonly description?: string | undefined;
  /** In how many seconds it may be tried again. */
  readonly retryAfter?: number | undefined;
  /** What it comes from. */
  readonly cause?: unknown;
}

class Failure extends Error {
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
    const [number, meaning] = isTold(code) ? CODES[code] : [FURTHER[code], "A code of the original."];
    this.number = number;
    this.description = description ?? meaning;
    this.retryAfter = retryAfter;
  }

  /** Whatever was thrown, as one of these. */
  static from(thrown: unknown): Failure {
    return thrown instanceof Failure ? thrown : new Failure("EXCEPTION", { cause: thrown });
  }

  /** What the server has said. A code that is not known here is a fault of the server. */
  static said(code: unknown, details: KeylessErrorDetails = {}): Failure {
    // "cause may say what": the reason that has a number of its own is told by its own name.
    if (details.cause === "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED") return new Failure(details.cause, details);
    const isKnown = typeof code === "string" && code.startsWith("SERVER_") && isTold(code);
    return new Failure(isKnown ? code : "SERVER_INVALID_RESPONSE", details);
  }
}

function isTold(code: string): code is ToldErrorCode {
  return Object.hasOwn(CODES, code);
}

/** The codes by their names, as the original's `enum` of this name has them. */
type Codes = { readonly [Code in KeylessErrorCode]: Code };

const codes = Object.fromEntries(KEYLESS_ERROR_CODES.map((code) => [code, code])) as Codes;

/**
 * Something that went wrong. `message` and `code` are the code, as in the original; `KeylessError.SERVER_FORBIDDEN`
 * and all others are the codes themselves.
 */
export const KeylessError = Object.assign(Failure, codes);

/** Something that went wrong. */
export type KeylessError = Failure;
