// One session, from the connection to its result (docs/recognize-protocol.md).
import { socketAddress } from "./address.js";
import { type Device, type Owner, deviceOf, withNewSecret } from "./device.js";
import { KeylessError } from "./error.js";
import { type FrameResults, KeylessEvent, type KeylessEventDetails, type KeylessEventName, errorDetail, successOf } from "./event.js";
import * as message from "./message.js";
import type { Asked, Limits, Opened, Operation, ServerMessage } from "./message.js";
import { type Secrets, begin, transcript } from "./proof.js";
import { pairsOf } from "./transaction.js";

/** Who wants what, by whose leave. */
export interface KeylessOptions {
  readonly customer: { readonly name: string };
  readonly username: string;
  /** The user authorization, which the customer's backend has signed. */
  readonly authorization?: { readonly token: string };
  /** What is to be approved: a JSON array of objects with one pair each, as text. */
  readonly transaction?: { readonly data: string };
  /** The customer's id of this operation, and what the customer notes of it: its backend finds both. */
  readonly operation?: { readonly id: string; readonly payload?: string };
  /** Where the service is: `https://...` */
  readonly service?: { readonly url: string };
  /** The same, as version 2 has it: `wss://...`; and how many milliseconds it may take until the server has answered. */
  readonly ws?: { readonly url?: string; readonly timeout?: number };
  /** Of version 2; pictures are protected by TLS, and it is passed over. */
  readonly key?: unknown;
  /** The languages of the person, as in `Accept-Language`. */
  readonly lang?: string;
}

/** What the person has answered to what was shown. */
export interface KeylessAnswer extends Secrets {
  /** With what they want to be recognised. */
  readonly factor?: "face" | "pin";
  /** Whether they have approved exactly `opened.transaction.pairs`. */
  readonly approved?: boolean;
  /** Whether they have agreed to `opened.consent.text`. */
  readonly consented?: boolean;
}

/** When a picture is taken: at which pose, and how long after the challenge. */
export interface Moment {
  readonly pose: number;
  readonly milliseconds: number;
}

const CONNECT_MILLISECONDS = 15_000;

type Stage = "connecting" | "opening" | "opened" | "begun" | "watching" | "ended";

/** A session. Its events go to `target`. */
export class Session {
  readonly #target: EventTarget;
  readonly #socket: WebSocket;
  readonly #owner: Owner;
  #device: Device | undefined;
  #open: string;
  readonly #asked: Asked;
  readonly #data: string | undefined;
  #factor: "face" | "pin" = "face";
  #stage: Stage = "connecting";
  #hello = "";
  #openedText = "";
  #opened: Opened | undefined;
  #limits: Limits = message.limits({ type: "hello" });
  #settle: { resolve: (opened: Opened) => void; reject: (error: KeylessError) => void } | undefined;
  #pose = 0;
  #challenged = 0;
  #frames = 0;
  #framesOfAttempt = 0;
  #unanswered = 0;
  #hints: string[] = [];

  private constructor(target: EventTarget, socket: WebSocket, [owner, device]: [Owner, Device], { open, asked, data }: Request) {
    this.#target = target;
    this.#socket = socket;
    [this.#owner, this.#device] = [owner, device];
    this.#open = JSON.stringify({ ...open, device: { id: device.id } });
    [this.#asked, this.#data] = [asked, data];
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#guarded(() => this.#receive(String(data)));
    socket.onclose = ({ code }) => this.#closed(code);
    // Browsers tell it at once, and close later.
    socket.onerror = () => this.#fail(new KeylessError("SESSION_CONNECTION_FAILED"));
  }

  /** Connects, and says who wants what. When it resolves, the server has said what is to be shown. */
  static async open(target: EventTarget, operation: Operation, options: KeylessOptions): Promise<Session> {
    const wanted = request(operation, options);
    const { address } = wanted;
    // Browsers have neither keys nor cameras for pages without https.
    if (!globalThis.crypto?.subtle) throw new KeylessError("MEDIA_DEVICES_NO_VIDEO_INPUTS");
    const owner = { service: address.href, customer: options.customer.name, username: options.username };
    const device = await deviceOf(owner);
    const socket = new WebSocket(address, message.PROTOCOL);
    const session = new Session(target, socket, [owner, device], wanted);
    await session.#whenOpened(options.ws?.timeout || CONNECT_MILLISECONDS);
    return session;
  }

  /** What is going to happen, and what must be shown. */
  get opened(): Opened {
    if (!this.#opened) throw new KeylessError("SESSION_INVALID_STATE");
    return this.#opened;
  }

  /** How large a picture may be. */
  get limits(): Limits {
    return this.#limits;
  }

  /** Whether a frame may be sent now. */
  get wantsFrame(): boolean {
    const { window, framesPerAttempt } = this.#limits;
    return this.#stage === "watching" && this.#unanswered < window && this.#framesOfAttempt < framesPerAttempt;
  }

  /** This moment, for a picture that is taken now. */
  moment(): Moment {
    return { pose: this.#pose, milliseconds: Math.max(0, Math.round(performance.now() - this.#challenged)) };
  }

  /** The person has answered: the device signs what was shown and said. */
  async begin(answer: KeylessAnswer): Promise<void> {
    const { operation, transaction, consent, factors } = this.opened;
    if (this.#stage !== "opened" || !this.#device) throw new KeylessError("SESSION_INVALID_STATE");
    const { factor = "face", approved, consented, ...secrets } = answer;
    // "A client must not answer in the person's place."
    const isApproved = this.#data === undefined || approved === true;
    const isAnswered = isApproved && (operation !== "enrol" || consented === true);
    if (!isAnswered || !factors.includes(factor)) throw new KeylessError("SESSION_APPROVAL_MISSING");
    this.#stage = "begun";
    this.#factor = factor;
    const device = operation === "enrol" ? await withNewSecret(this.#owner, this.#device) : this.#device;
    const heard = await transcript(this.#hello, this.#open, this.#openedText);
    const approval = {
      factor,
      ...(transaction && { transaction: transaction.digest }),
      ...(consent && { consent: consent.version }),
    };
    const said = await begin(device, heard, approval, only(secrets));
    // It may have ended meanwhile.
    if (!this.#device) throw new KeylessError("SESSION_INVALID_STATE");
    this.#device = device;
    this.#send(said);
    if (factor === "pin") this.#emit("non-cancelable", {});
  }

  /** Sends a picture that was taken at this moment. Returns whether it was sent. */
  sendFrame({ pose, milliseconds }: Moment, picture: ArrayBuffer): boolean {
    if (!this.wantsFrame || pose === 0 || picture.byteLength + 10 > this.#limits.frame) return false;
    this.#frames += 1;
    this.#framesOfAttempt += 1;
    this.#unanswered += 1;
    this.#send(message.frame(pose, this.#frames, milliseconds, picture));
    // "An attempt counts from the first frame whose face was compared": from the first one, it may.
    if (this.#framesOfAttempt === 1) this.#emit("non-cancelable", {});
    return true;
  }

  /** The person does not want to. */
  cancel(): void {
    if (this.#stage === "ended") return;
    if (this.#socket.readyState === WebSocket.OPEN) this.#send(JSON.stringify({ type: "cancel" }));
    this.#end();
  }

  #whenOpened(milliseconds: number): Promise<Opened> {
    const timer = setTimeout(() => this.#fail(new KeylessError("WEB_SOCKET_TIMEOUT")), milliseconds);
    return new Promise<Opened>((resolve, reject) => {
      this.#settle = { resolve, reject };
    }).finally(() => clearTimeout(timer));
  }

  #receive(text: string): void {
    const heard = message.read(text);
    switch (heard.type) {
      case "hello":
        return this.#greeted(text, heard);
      case "opened":
        return this.#isOpened(text, heard);
      case "challenge":
        return this.#challenge(heard);
      case "pose":
        return this.#posed(heard);
      case "feedback":
        return this.#seen(heard);
      case "failure":
        return this.#failed(heard);
      case "result":
        return this.#succeeded(heard);
      case "error":
        return this.#fail(said(heard));
      // "A client ignores server messages of a type that it does not know"
    }
  }

  #greeted(text: string, heard: ServerMessage): void {
    this.#expect("connecting");
    this.#hello = text;
    this.#limits = message.limits(heard);
    this.#stage = "opening";
    this.#emit("ws-open", {});
    this.#send(this.#open);
  }

  #isOpened(text: string, heard: ServerMessage): void {
    this.#expect("opening");
    this.#opened = message.opened(heard, this.#asked);
    this.#openedText = text;
    this.#stage = "opened";
    this.#emit("opened", this.#opened);
    this.#settle?.resolve(this.#opened);
  }

  #challenge({ attempt, poses }: ServerMessage): void {
    this.#expect("begun", "watching");
    this.#stage = "begun";
    this.#challenged = performance.now();
    this.#framesOfAttempt = 0;
    this.#hints = [];
    const detail = { attempt: Number(attempt), poses: Number(poses) };
    this.#emit("begin-stream", detail);
    this.#emit("recognition-start", detail);
  }

  #posed({ number, pose, seconds }: ServerMessage): void {
    this.#expect("begun", "watching");
    this.#stage = "watching";
    this.#pose = Number(number);
    this.#emit("pose", { number: this.#pose, pose: String(pose), seconds: Number(seconds) });
  }

  #seen({ type: _, ...results }: ServerMessage): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    const seen = results as unknown as FrameResults;
    if (!this.#hints.includes(seen.hint)) this.#hints.push(seen.hint);
    this.#emit("frame-results", seen);
    this.#emit("video-frame-quality", seen);
  }

  #failed({ code, attemptsLeft }: ServerMessage): void {
    // With a PIN, "the client may send begin again (the transcript is the same)".
    if (this.#stage === "begun") this.#stage = "opened";
    const detail = { reason: String(code), attemptsLeft: Number(attemptsLeft), filters: this.#hints };
    this.#emit("recognition-failure", detail);
  }

  #succeeded(heard: ServerMessage): void {
    this.#expect("begun", "watching");
    const { operation } = this.opened;
    const begun = { operation, factor: this.#factor, deviceId: this.#device?.id ?? "", data: this.#data };
    const result = message.result(heard, begun);
    this.#emit("stop-stream", {});
    this.#end();
    const success = successOf(result, this.#owner);
    this.#emit("success", success);
    this.#emit("finished", success);
  }

  #fail(error: KeylessError): void {
    if (this.#stage === "ended") return;
    this.#end();
    this.#settle?.reject(error);
    this.#emit("error", errorDetail(error));
  }

  #closed(code: number): void {
    // "A connection that ends without result has achieved nothing that the person could rely on"
    this.#fail(new KeylessError("SESSION_CONNECTION_FAILED", { description: `The connection ended with ${code}.` }));
    this.#emit("ws-close", { code });
  }

  /** Whoever still has it has neither the token nor the secret. */
  #end(): void {
    this.#stage = "ended";
    [this.#device, this.#open] = [undefined, ""];
    this.#socket.close(1000);
  }

  #expect(...stages: readonly Stage[]): void {
    if (!stages.includes(this.#stage)) throw new KeylessError("SERVER_INVALID_RESPONSE");
  }

  #guarded(handle: () => void): void {
    if (this.#stage === "ended") return;
    try {
      handle();
    } catch (thrown) {
      this.#fail(KeylessError.from(thrown));
    }
  }

  #send(data: string | ArrayBuffer): void {
    this.#socket.send(data);
  }

  #emit<Name extends KeylessEventName>(name: Name, detail: KeylessEventDetails[Name]): void {
    this.#target.dispatchEvent(new KeylessEvent(name, detail));
  }
}

/** Where to connect to, the message `open` but for the device, and what the answer is compared with. */
interface Request {
  readonly address: URL;
  readonly open: ServerMessage;
  readonly asked: Asked;
  readonly data: string | undefined;
}

function request(operation: Operation, options: KeylessOptions): Request {
  if (!options) throw new KeylessError("OPTIONS_UNSET");
  if (!options.customer?.name) throw new KeylessError("CUSTOMER_UNSET");
  if (!options.username) throw new KeylessError("USERNAME_UNSET");
  const address = socketAddress(options.service?.url, options.ws?.url);
  const { authorization, transaction } = options;
  const pairs = transaction && pairsOf(transaction.data);
  // "Members that have no value are left out, never null."
  const open = {
    type: "open",
    customer: options.customer.name,
    username: options.username,
    operation,
    ...(authorization && { authorization: { token: authorization.token } }),
    ...(transaction && { transaction: { data: transaction.data } }),
    ...(options.operation && { operationId: options.operation.id }),
    ...(options.operation?.payload !== undefined && { operationPayload: options.operation.payload }),
    ...(options.lang && { lang: options.lang }),
  };
  return { address, open, asked: { operation, pairs }, data: transaction?.data };
}

/** What the server has said of an error. */
function said({ code, message: description, retryAfter, cause }: ServerMessage): KeylessError {
  return KeylessError.said(code, {
    description: typeof description === "string" ? description : undefined,
    retryAfter: typeof retryAfter === "number" ? retryAfter : undefined,
    cause,
  });
}

/** The secrets that are there. */
function only({ pin, newPin, removePin }: Secrets): Secrets {
  return { ...(pin && { pin }), ...(newPin && { newPin }), ...(removePin && { removePin }) };
}
