// Frame after frame, from the camera to the server.
import { Shutter } from "./camera.js";
import type { Session } from "./session.js";

/** Between two frames, until the person has found the camera, and while they turn: heads are seen on their way. */
const INTERVAL_MILLISECONDS = { finding: 250, turning: 125 } as const;

/** Sends what a video shows to a session whenever it wants a frame, until it is stopped. */
export class FrameStream {
  readonly #session: Session;
  readonly #shutter: Shutter;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(session: Session, video: HTMLVideoElement) {
    this.#session = session;
    this.#shutter = new Shutter(video);
    void this.#next();
  }

  /** Sends no more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #next(): Promise<void> {
    const began = performance.now();
    if (this.#session.wantsFrame) {
      const moment = this.#session.moment();
      const { width, height } = this.#session.limits;
      const picture = await this.#shutter.picture(width, height);
      if (picture && !this.#stopped) this.#session.sendFrame(moment, picture);
    }
    if (this.#stopped) return;
    const { finding, turning } = INTERVAL_MILLISECONDS;
    const rest = (this.#session.moment().pose > 1 ? turning : finding) - (performance.now() - began);
    this.#timer = setTimeout(() => void this.#next(), Math.max(10, rest));
  }
}
