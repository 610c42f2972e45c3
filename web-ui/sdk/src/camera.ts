// The camera: how it is asked for, and pictures of it.
import { KeylessError, type KeylessErrorCode } from "./error.js";

/** The quality of pictures: "quality about 0.8". */
const QUALITY = 0.8;

/** What browsers say, by the codes that whoever integrates gets. */
const FAULTS: Readonly<Record<string, KeylessErrorCode>> = {
  AbortError: "MEDIA_STREAM_ABORT",
  InvalidStateError: "MEDIA_STREAM_INVALID_STATE",
  NotAllowedError: "MEDIA_STREAM_NOT_ALLOWED",
  NotFoundError: "MEDIA_STREAM_NOT_FOUND",
  NotReadableError: "MEDIA_STREAM_NOT_READABLE",
  OverconstrainedError: "MEDIA_STREAM_OVERCONSTRAINED",
  SecurityError: "MEDIA_STREAM_SECURITY",
  TypeError: "MEDIA_STREAM_TYPE",
};

/** Whether pages can use cameras here at all. */
export function isCameraAvailable(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

/** Whether this page may use the camera: `prompt` if nobody was asked, or if the browser does not say. */
export async function cameraPermission(): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name: "camera" as PermissionName })).state;
  } catch {
    return "prompt";
  }
}

/** The cameras that there are. Their names are known only once the camera was allowed. */
export async function cameras(): Promise<MediaDeviceInfo[]> {
  if (!isCameraAvailable()) throw new KeylessError("MEDIA_DEVICES_NO_VIDEO_INPUTS");
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput");
}

/** Turns on a camera: this one, or the one that looks at the person. */
export async function openCamera(deviceId?: string): Promise<MediaStream> {
  if (!isCameraAvailable()) throw new KeylessError("MEDIA_DEVICES_NO_VIDEO_INPUTS");
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  const video = { ...which, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video });
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "";
    throw new KeylessError(FAULTS[name] ?? "EXCEPTION", { cause });
  }
}

/** Turns a camera off. */
export function closeCamera(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Takes pictures of what a video shows: JPEG, never larger than the server takes, never mirrored. */
export class Shutter {
  readonly #video: HTMLVideoElement;
  readonly #canvas = document.createElement("canvas");

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** A picture, as soon as the camera shows one. */
  async picture(width: number, height: number): Promise<ArrayBuffer | undefined> {
    const { videoWidth, videoHeight } = this.#video;
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!context || !videoWidth || !videoHeight) return undefined;
    const [across, down] = fit([videoWidth, videoHeight], [width, height]);
    if (this.#canvas.width !== across) this.#canvas.width = across;
    if (this.#canvas.height !== down) this.#canvas.height = down;
    context.drawImage(this.#video, 0, 0, across, down);
    const blob = await new Promise<Blob | null>((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return blob?.arrayBuffer();
  }
}

/** The largest size of a picture's shape that is within another, "in either orientation". */
export function fit([width, height]: [number, number], [most, least]: [number, number]): [number, number] {
  const [across, down] = width >= height ? [most, least] : [least, most];
  const scale = Math.min(1, across / width, down / height);
  return [Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale))];
}
