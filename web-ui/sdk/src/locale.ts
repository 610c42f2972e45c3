// What people read, in their language.
import type { KeylessError, KeylessErrorCode, ToldErrorCode } from "./error.js";
import { de } from "./locale/de.js";
import { en, type Texts } from "./locale/en.js";
import { es } from "./locale/es.js";
import { fr } from "./locale/fr.js";

export type { Texts } from "./locale/en.js";

/** The name of a text. */
export type TextName = keyof Texts;

/** Texts of a page's own: for one of our languages, or for another one. */
export interface LocalizationPack {
  readonly language: string;
  readonly data: Partial<Texts>;
}

/** The languages that are there. */
export const LANGUAGES: Readonly<Record<string, Texts>> = { en, de, es, fr };

/** The texts of the first of these languages that is there, with a page's own texts over them. */
export function textsIn(wanted: readonly string[], packs: readonly LocalizationPack[] = []): [string, Texts] {
  const all: Record<string, Texts> = { ...LANGUAGES };
  for (const { language, data } of packs) all[language] = { ...(all[language] ?? en), ...data };
  for (const tag of wanted) {
    const [language = ""] = tag.split("-");
    for (const name of [tag, language.toLowerCase()]) if (all[name]) return [name, all[name]];
  }
  return ["en", all["en"] ?? en];
}

/** A text with its variables in it. */
export function filled(text: string, variables: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{\s*(\w+)\s*\}/g, (whole, name: string) => String(variables[name] ?? whole));
}

/** What to tell a person, by the hint of the protocol; nothing for one that is not known. */
export function hintName(hint: string): TextName | undefined {
  const name = `hint-${hint}`.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return name in en ? (name as TextName) : undefined;
}

/** What people read of each error. The same for a wrong face, unseen turns and a wrong PIN. */
const SENTENCES: Readonly<Record<ToldErrorCode, TextName> & Partial<Record<KeylessErrorCode, TextName>>> = {
  CUSTOMER_UNSET: "errorSetup",
  USERNAME_UNSET: "errorSetup",
  SERVICE_URL_UNSET: "errorSetup",
  SERVICE_URL_PARSE_FAILED: "errorSetup",
  OPTIONS_UNSET: "errorSetup",
  SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED: "errorSetup",
  SESSION_SYMBOL_UNKNOWN: "errorSetup",
  SESSION_ALREADY_USED: "errorSetup",
  SESSION_INVALID_STATE: "errorInternal",
  SESSION_APPROVAL_MISSING: "errorForbidden",
  SESSION_CONNECTION_FAILED: "errorConnection",
  WEB_SOCKET_TIMEOUT: "errorConnection",
  DEVICE_STORE_UNAVAILABLE: "errorStorage",
  MEDIA_DEVICES_NO_VIDEO_INPUTS: "errorCameraMissing",
  MEDIA_STREAM_ABORT: "errorCameraBusy",
  MEDIA_STREAM_INVALID_STATE: "errorCameraBusy",
  MEDIA_STREAM_NOT_ALLOWED: "errorCameraDenied",
  MEDIA_STREAM_NOT_FOUND: "errorCameraMissing",
  MEDIA_STREAM_NOT_READABLE: "errorCameraBusy",
  MEDIA_STREAM_OVERCONSTRAINED: "errorCameraMissing",
  MEDIA_STREAM_SECURITY: "errorCameraDenied",
  MEDIA_STREAM_TYPE: "errorSetup",
  RUNTIME_VIOLATION: "errorForbidden",
  EXCEPTION: "errorInternal",
  SERVER_FORBIDDEN: "errorForbidden",
  SERVER_CUSTOMER_NOT_FOUND: "errorSetup",
  SERVER_USER_NOT_FOUND: "errorNotEnrolled",
  SERVER_USER_ALREADY_ENROLLED: "errorAlreadyEnrolled",
  SERVER_USER_LOCKED_OUT: "errorLockedOut",
  SERVER_FACE_DOES_NOT_MATCH: "errorNotRecognised",
  SERVER_RECOGNITION_FAILED: "errorNotRecognised",
  SERVER_NO_ATTEMPTS_LEFT: "errorNotRecognised",
  SERVER_VALIDATION_FAILED: "errorSetup",
  SERVER_INVALID_REQUEST: "errorInternal",
  SERVER_INVALID_RESPONSE: "errorInternal",
  SERVER_INVALID_STATE: "errorInternal",
  SERVER_UNPROCESSABLE_EVENT: "errorInternal",
  SERVER_IMAGE_ENCRYPT_FAILED: "errorInternal",
  SERVER_TIMEOUT: "errorTimeout",
  SERVER_UNAVAILABLE_SERVICE: "errorUnavailable",
  SERVER_INTERNAL_ERROR: "errorInternal",
};

/** What the person reads of an error. */
export function sentence(error: KeylessError, texts: Texts): string {
  const minutes = Math.max(1, Math.ceil((error.retryAfter ?? 600) / 60));
  return filled(texts[SENTENCES[error.code] ?? "errorInternal"], { minutes });
}
