// Recognition without any component: functions that go by a symbol, which stands for one attempt.
import { cameraPermission, cameras, closeCamera, isCameraAvailable, openCamera } from "./camera.js";
import { KeylessError } from "./error.js";
import { KeylessEvent, type KeylessEventMap, type KeylessEventName, errorDetail } from "./event.js";
import type { Opened, Operation } from "./message.js";
import { type KeylessAnswer, type KeylessOptions, Session } from "./session.js";
import { FrameStream } from "./stream.js";

export { KEYLESS_ERROR_CODES, KeylessError, type KeylessErrorCode } from "./error.js";
export { KeylessEvent, type ErrorDetail, type FrameResults, type KeylessEventDetails, type KeylessEventMap, type KeylessEventName, type Success } from "./event.js";
export type { Opened, Operation, Result } from "./message.js";
export type { KeylessAnswer, KeylessOptions } from "./session.js";
export type { Pair } from "./transaction.js";
export { checkTransactionData } from "./transaction.js";
export { forgetDevice } from "./device.js";

/** Hears of an event. */
export type KeylessListener<Name extends KeylessEventName = KeylessEventName> = (event: KeylessEventMap[Name]) => void;

/** Several listeners by the names of their events. */
export type KeylessListeners = { readonly [Name in KeylessEventName]?: KeylessListener<Name> };

/** What is kept of an attempt. */
interface Attempt {
  readonly operation: Operation;
  readonly events: EventTarget;
  readonly listeners: [string, EventListener][];
  used: boolean;
  session?: Session;
  stream?: FrameStream;
}

const attempts = new Map<symbol, Attempt>();

/** An attempt at authenticating somebody. */
export function createKeylessAuth(): symbol {
  return create("authenticate");
}

/** An attempt at enrolling somebody. */
export function createKeylessEnroll(): symbol {
  return create("enrol");
}

/** An attempt at whichever of the two it takes. */
export function createKeylessAuthOrEnroll(): symbol {
  return create("auth-or-enrol");
}

function create(operation: Operation): symbol {
  const sym = Symbol(`keyless ${operation}`);
  attempts.set(sym, { operation, events: new EventTarget(), listeners: [], used: false });
  return sym;
}

/**
 * Connects, and says who wants what; the user authorization is checked before anything else. What it
 * resolves to must be shown to the person, who then answers ({@link beginKeylessSession}).
 */
export async function openKeylessWebSocketConnection(sym: symbol, options: KeylessOptions): Promise<Opened> {
  const attempt = attemptOf(sym);
  if (attempt.used) throw new KeylessError("SESSION_ALREADY_USED");
  attempt.used = true;
  let failed = false;
  attempt.events.addEventListener("error", () => (failed = true), { once: true });
  try {
    attempt.session = await Session.open(attempt.events, attempt.operation, options);
    return attempt.session.opened;
  } catch (thrown) {
    const error = KeylessError.from(thrown);
    if (!failed) attempt.events.dispatchEvent(new KeylessEvent("error", errorDetail(error)));
    throw error;
  }
}

/** The person has approved what was shown, or agreed to it: the device signs, and recognition begins. */
export async function beginKeylessSession(sym: symbol, answer: KeylessAnswer): Promise<void> {
  await sessionOf(sym).begin(answer);
}

/** Sends what a video shows, from the first pose to the end. Returns what stops it. */
export function streamKeylessVideo(sym: symbol, video: HTMLVideoElement): () => void {
  const attempt = attemptOf(sym);
  const stream = new FrameStream(sessionOf(sym), video);
  const stop = () => stream.stop();
  attempt.stream = stream;
  for (const end of ["stop-stream", "error", "ws-close"]) attempt.events.addEventListener(end, stop, { once: true });
  return stop;
}

/** Sends one picture, a JPEG. Resolves to whether the server wanted one now. */
export async function sendKeylessFrame(sym: symbol, picture: Blob | ArrayBuffer): Promise<boolean> {
  const session = sessionOf(sym);
  const moment = session.moment();
  const bytes = picture instanceof Blob ? await picture.arrayBuffer() : picture;
  return session.sendFrame(moment, bytes);
}

/** Ends an attempt; it may have been over before. */
export function closeKeylessWebSocketConnection(sym: symbol): void {
  const attempt = attemptOf(sym);
  attempt.used = true;
  attempt.stream?.stop();
  attempt.session?.cancel();
  attempts.delete(sym);
}

/** Listens to an event of an attempt. */
export function addKeylessEventListener<Name extends KeylessEventName>(
  sym: symbol,
  name: Name,
  listener: KeylessListener<Name>,
): void {
  const { events, listeners } = attemptOf(sym);
  events.addEventListener(name, listener as EventListener);
  listeners.push([name, listener as EventListener]);
}

/** Listens to several events of an attempt. */
export function addKeylessEventListeners(sym: symbol, listeners: KeylessListeners): void {
  for (const [name, listener] of Object.entries(listeners)) {
    addKeylessEventListener(sym, name as KeylessEventName, listener as KeylessListener<KeylessEventName>);
  }
}

/** Listens to an attempt no more. */
export function removeKeylessEventListeners(sym: symbol): void {
  const { events, listeners } = attemptOf(sym);
  for (const [name, listener] of listeners.splice(0)) events.removeEventListener(name, listener);
}

/** Turns on the camera that looks at the person, or the one with this id. */
export async function createKeylessMediaStream(deviceId?: string): Promise<MediaStream> {
  return openCamera(deviceId);
}

/** Turns a camera off. */
export function closeKeylessMediaStream(stream: MediaStream): void {
  closeCamera(stream);
}

/** Whether pages can use cameras here at all. */
export function isKeylessVideoMediaStreamAvailable(): boolean {
  return isCameraAvailable();
}

/** Whether this page may use the camera. */
export async function getKeylessCameraPermissionState(): Promise<PermissionState> {
  return cameraPermission();
}

/** The cameras that there are. */
export async function getKeylessVideoMediaDevices(): Promise<MediaDeviceInfo[]> {
  return cameras();
}

function attemptOf(sym: symbol): Attempt {
  const attempt = attempts.get(sym);
  if (!attempt) throw new KeylessError("SESSION_SYMBOL_UNKNOWN");
  return attempt;
}

function sessionOf(sym: symbol): Session {
  const { session } = attemptOf(sym);
  if (!session) throw new KeylessError("SESSION_INVALID_STATE");
  return session;
}
