// What happens between a person and the server, step by step.
import { cameraPermission, cameras, closeCamera, openCamera } from "./camera.js";
import { KeylessError } from "./error.js";
import { type ErrorDetail, KeylessEvent, type KeylessEventName, type Success, errorDetail } from "./event.js";
import type { Operation } from "./message.js";
import { isPin } from "./pin.js";
import type { Step } from "./screen.js";
import { type KeylessAnswer, type KeylessOptions, Session } from "./session.js";
import { FrameStream } from "./stream.js";

/** Where a ceremony takes place: a component. */
export interface Stage {
  /** Whether people are spared this step. */
  skips(step: Step): boolean;
  /** Shows a step. */
  show(step: Step, shown?: Shown): void;
  /** Shows a step, and waits for what the person answers. */
  ask(step: Step, shown?: Shown): Promise<string>;
  /** The video that shows the camera's picture. */
  video(stream: MediaStream): Promise<HTMLVideoElement>;
  /** Tells the page. */
  tell(event: KeylessEvent): void;
  /** Whether a PIN may be set while enrolling. */
  offersPin(): boolean;
}

/** What a step shows besides what it always does. */
export interface Shown {
  readonly session?: Session;
  readonly stream?: MediaStream;
  readonly cameras?: readonly MediaDeviceInfo[];
  readonly failure?: KeylessError | undefined;
  readonly isPinBad?: boolean;
  readonly attemptsLeft?: number;
}

/** Events of a session that a page hears of as they are; of an error it hears once, from the component. */
const FORWARDED: readonly KeylessEventName[] = [
  "ws-open",
  "opened",
  "begin-stream",
  "recognition-start",
  "non-cancelable",
  "pose",
  "frame-results",
  "video-frame-quality",
  "recognition-failure",
  "stop-stream",
  "ws-close",
];

/** One ceremony, from the connection to its result. */
export class Ceremony {
  /** The session's events. */
  readonly events = new EventTarget();
  readonly #stage: Stage;
  readonly #result: Promise<Success>;
  #session: Session | undefined;
  #stream: MediaStream | undefined;
  #frames: FrameStream | undefined;
  #ended = false;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#result = new Promise((resolve, reject) => {
      const detail = <T>(event: Event) => (event as CustomEvent<T>).detail;
      this.events.addEventListener("success", (event) => resolve(detail<Success>(event)));
      this.events.addEventListener("error", (event) => reject(detail<ErrorDetail>(event).error));
    });
    // Whether it is waited for yet or not.
    this.#result.catch(() => {});
    for (const name of FORWARDED) {
      this.events.addEventListener(name, (event) => {
        if (!this.#ended) stage.tell(new KeylessEvent(name, (event as KeylessEvent).detail));
      });
    }
  }

  /** Goes through it. Nobody hears of it any more once it was ended from outside. */
  async run(operation: Operation, options: KeylessOptions): Promise<void> {
    try {
      this.#stage.show("bootstrap");
      const success = await this.#proceed(operation, options);
      if (this.#ended) return;
      this.end();
      this.#stage.show("done");
      this.#stage.tell(new KeylessEvent("success", success));
      this.#stage.tell(new KeylessEvent("finished", success));
    } catch (thrown) {
      if (this.#ended) return;
      this.end();
      const failure = KeylessError.from(thrown);
      this.#stage.show("error", { failure });
      this.#stage.tell(new KeylessEvent("error", errorDetail(failure)));
    }
  }

  /** Ends it, wherever it is: the camera goes out, and the server hears that the person does not want to. */
  end(): void {
    this.#ended = true;
    this.#frames?.stop();
    closeCamera(this.#stream);
    this.#session?.cancel();
  }

  async #proceed(operation: Operation, options: KeylessOptions): Promise<Success> {
    const session = await Session.open(this.events, operation, options);
    this.#session = session;
    if (this.#ended) session.cancel();
    const answer = await this.#agree(session);
    const proceeding = answer.factor === "pin" ? this.#byPin(session, answer) : this.#byFace(session, answer);
    // The server may end a session at any time, whatever the person is looking at.
    return Promise.race([this.#result, proceeding.then(() => this.#result)]);
  }

  /** Shows what must be shown, and asks what must be asked, before the camera is used. */
  async #agree(session: Session): Promise<KeylessAnswer> {
    const { operation, transaction, consent, factors, pin } = session.opened;
    const ask = (step: Step) => this.#ask(step, { session });
    const approved = transaction !== undefined && (await ask("transaction-review")) === "yes";
    const consented = consent !== undefined && (await ask("consent")) === "yes";
    const byPin = factors.includes("pin") && (!factors.includes("face") || (await ask("factor")) === "no");
    if (byPin) return { approved, consented, factor: "pin" };
    // "only with the factor face, and only if opened.pin is there"; and people choose one while they enrol.
    const isOffered = operation === "enrol" && pin !== undefined && this.#stage.offersPin();
    const newPin = isOffered ? await this.#newPin(session) : "";
    return { approved, consented, factor: "face", ...(newPin && { newPin }) };
  }

  async #newPin(session: Session): Promise<string> {
    for (let isPinBad = false; ; isPinBad = true) {
      const entered = await this.#ask("pin-setup", { session, isPinBad });
      if (entered === "" || isPin(entered)) return entered;
    }
  }

  async #byPin(session: Session, answer: KeylessAnswer): Promise<void> {
    let shown: Shown = { session };
    for (;;) {
      const pin = await this.#ask("pin", shown);
      if (!isPin(pin)) {
        shown = { ...shown, isPinBad: true };
        continue;
      }
      this.#show("server-computation", { session });
      const failure = new Promise<number>((resolve) => {
        const failed = (event: Event) => resolve((event as KeylessEvent<"recognition-failure">).detail.attemptsLeft);
        this.events.addEventListener("recognition-failure", failed, { once: true });
      });
      await session.begin({ ...answer, pin });
      shown = { session, attemptsLeft: await failure };
    }
  }

  async #byFace(session: Session, answer: KeylessAnswer): Promise<void> {
    const stream = await this.#camera(session);
    if (!this.#stage.skips("camera-instructions")) await this.#ask("camera-instructions", { session });
    this.#goOn();
    const video = await this.#stage.video(stream);
    await session.begin(answer);
    this.#frames = new FrameStream(session, video);
    this.events.addEventListener("stop-stream", () => this.#frames?.stop());
  }

  /** The camera, once the person allows it. */
  async #camera(session: Session): Promise<MediaStream> {
    let failure: KeylessError | undefined;
    for (;;) {
      const isGranted = (await cameraPermission()) === "granted";
      const mustAsk = !isGranted && !this.#stage.skips("camera-permission");
      if (failure || mustAsk) await this.#ask("camera-permission", { session, failure });
      this.#show("camera-stream-boot", { session });
      try {
        return await this.#chosen(session, this.#opened(await openCamera()));
      } catch (thrown) {
        this.#goOn();
        failure = KeylessError.from(thrown);
        this.#stage.tell(new KeylessEvent("recoverable-error", errorDetail(failure)));
      }
    }
  }

  /** The camera that the person chooses, where there are several and none that looks at them. */
  async #chosen(session: Session, stream: MediaStream): Promise<MediaStream> {
    const all = await cameras();
    const facing = stream.getVideoTracks()[0]?.getSettings().facingMode;
    if (all.length < 2 || facing === "user" || this.#stage.skips("camera-selection")) return stream;
    const id = await this.#ask("camera-selection", { session, cameras: all });
    closeCamera(stream);
    return this.#opened(await openCamera(id));
  }

  #opened(stream: MediaStream): MediaStream {
    this.#stream = stream;
    if (this.#ended) closeCamera(stream);
    for (const track of stream.getVideoTracks()) {
      // Not told when it was us who turned it off.
      track.onended = () => {
        const error = new KeylessError("MEDIA_STREAM_ABORT");
        this.events.dispatchEvent(new KeylessEvent("error", errorDetail(error)));
      };
    }
    return stream;
  }

  #show(step: Step, shown: Shown): void {
    this.#goOn();
    this.#stage.show(step, shown);
  }

  /** Asks, unless the session ends before: the server waits for nobody for ever. */
  async #ask(step: Step, shown: Shown): Promise<string> {
    this.#goOn();
    return Promise.race([this.#stage.ask(step, shown), this.#over()]);
  }

  /** Whoever comes back from a browser's question may find that it is over. */
  #goOn(): void {
    if (this.#ended) throw new KeylessError("SESSION_INVALID_STATE");
  }

  /** Never comes, but fails when the session does. */
  async #over(): Promise<never> {
    await this.#result;
    throw new KeylessError("SERVER_INVALID_RESPONSE");
  }
}
