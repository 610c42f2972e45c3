// The components: <kl-auth>, <kl-enroll>, <kl-auth-or-enroll>, and the same as dialogs.
import { LitElement, type PropertyValues, type TemplateResult, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { Ceremony, type Shown, type Stage } from "./ceremony.js";
import { Dwell } from "./dwell.js";
import type { KeylessErrorCode } from "./error.js";
import { type FrameResults, KeylessEvent, type KeylessEventDetails, type KeylessEventMap, type KeylessEventName } from "./event.js";
import { type LocalizationPack, type Texts, filled, textsIn } from "./locale.js";
import type { Operation } from "./message.js";
import { type Step, type View, isProtected, screen } from "./screen.js";
import type { KeylessOptions } from "./session.js";
import { type Sight, SightWatch, isByHand } from "./sight.js";
import { style } from "./style.js";

/** Colours of a page's own, by the names that the original has for them. */
export interface ThemeOptions {
  readonly colors?: Readonly<Partial<Record<"light" | "dark", Readonly<Record<string, string>>>>>;
}

/** What a ceremony is about: when it changes, another one begins. */
const SUBJECT = [
  "customer",
  "username",
  "authorizationToken",
  "transactionData",
  "operationID",
  "serviceURL",
  "wsURL",
] as const;

/** What a person may try again at once; everything else would fail again. */
const WORTH_RETRYING: readonly KeylessErrorCode[] = [
  "SESSION_CONNECTION_FAILED",
  "WEB_SOCKET_TIMEOUT",
  "MEDIA_STREAM_ABORT",
  "SERVER_NO_ATTEMPTS_LEFT",
  "SERVER_TIMEOUT",
  "SERVER_UNAVAILABLE_SERVICE",
  "SERVER_INTERNAL_ERROR",
  "EXCEPTION",
];

/** Events that every element has, but for those that a component has by the same name. */
type OtherEventMap = Omit<HTMLElementEventMap, KeylessEventName>;

/** What listeners of a component get, by the name of the event. */
export interface KeylessElement {
  addEventListener<Name extends KeylessEventName>(
    name: Name,
    listener: (this: KeylessElement, event: KeylessEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<Name extends keyof OtherEventMap>(
    name: Name,
    listener: (this: KeylessElement, event: OtherEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends KeylessEventName>(
    name: Name,
    listener: (this: KeylessElement, event: KeylessEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof OtherEventMap>(
    name: Name,
    listener: (this: KeylessElement, event: OtherEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** Recognises a person by their face, or enrols it. */
export class KeylessElement extends LitElement {
  static override styles = style;

  /** The name of the customer. */
  @property() customer?: string;
  /** The person, as the customer names them. */
  @property() username?: string;
  /** The user authorization, which the customer's backend has signed; good for one session. */
  @property({ attribute: "authorization-token" }) authorizationToken?: string;
  /** What is to be approved: a JSON array of objects with one pair each, as text. */
  @property({ attribute: "transaction-data" }) transactionData?: string;
  /** The customer's id of this operation. */
  @property({ attribute: "operation-id" }) operationID?: string;
  /** Where the service is: `https://...` */
  @property({ attribute: "service-url" }) serviceURL?: string;
  /** The same, as version 2 has it: `wss://...` */
  @property({ attribute: "ws-url" }) wsURL?: string;
  /** How long the connection may take until the server says what is going to happen, in milliseconds. */
  @property({ attribute: "ws-timeout", type: Number }) wsTimeout?: number;
  /** `light` or `dark`; otherwise as the person's system is. */
  @property() theme?: string;
  /** Colours of the page's own. What is approved is never shown in them. */
  @property({ attribute: "theme-options", type: Object }) themeOptions?: ThemeOptions;
  /** The width of the component by its height, as far as what it shows fits: `3/4`, `3:4` or `0.75`. */
  @property({ attribute: "aspect-ratio" }) aspectRatio?: string | number;
  /** The same for the camera's picture. */
  @property({ attribute: "camera-aspect-ratio" }) cameraAspectRatio?: string | number;
  /** Steps that people are spared, by their names: several, or one text with anything between them. */
  @property({ attribute: "disable-steps" }) disableSteps: string | readonly string[] = "";
  /** Whether there is a button that closes. */
  @property({ attribute: "enable-close-button", type: Boolean }) enableCloseButton = false;
  /** Whether people are told how to stand before the camera goes on. */
  @property({ attribute: "enable-camera-instructions", type: Boolean }) enableCameraInstructions = false;
  /** Whether a PIN may be chosen while enrolling, where the customer allows one. */
  @property({ attribute: "enable-pin", type: Boolean }) enablePin = false;
  /** Texts of the page's own. */
  @property({ attribute: "localization-packs", type: Array }) localizationPacks: readonly LocalizationPack[] = [];
  /** What stands in those texts for `{name}`. */
  @property({ attribute: "localization-variables", type: Object }) localizationVariables: Record<string, unknown> = {};

  @state() private step: Step = "bootstrap";
  @state() private shown: Shown = {};
  @state() private sight: Sight = "unseen";
  @state() private isReady = false;
  @state() private pose = "center";
  @state() private seen: FrameResults | undefined;
  @state() private attemptsLeft: number | undefined;
  @state() private isClosed = false;

  #ceremony: Ceremony | undefined;
  #watch: SightWatch | undefined;
  #dwell: Dwell | undefined;
  #answered: ((answer: string) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reported: Step | undefined;

  /** What the component does. */
  protected get operation(): Operation {
    return "auth-or-enrol";
  }

  /** Whether all of it is a dialog above the page. */
  protected get isDialog(): boolean {
    return false;
  }

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, "lang"];
  }

  override attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    super.attributeChangedCallback(name, before, now);
    if (name === "lang") this.requestUpdate();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#schedule();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  /** Begins, or begins anew. It begins by itself when it is put into a page. */
  start(): void {
    this.#stop();
    this.isClosed = false;
    [this.shown, this.attemptsLeft] = [{}, undefined];
    const ceremony = new Ceremony(this.#stage);
    this.#ceremony = ceremony;
    ceremony.events.addEventListener("pose", (event) => this.#posed(event as KeylessEvent<"pose">));
    ceremony.events.addEventListener("frame-results", (event) => this.#looked(event as KeylessEvent<"frame-results">));
    ceremony.events.addEventListener("recognition-failure", (event) => {
      this.attemptsLeft = (event as KeylessEvent<"recognition-failure">).detail.attemptsLeft;
    });
    void ceremony.run(this.operation, this.#options());
  }

  /** Ends what is going on, and shows nothing any more. */
  close(): void {
    if (this.isClosed) return;
    this.#stop();
    this.isClosed = true;
    this.#tell("close", {});
  }

  /** Ends what is going on, shows nothing any more, and tells nobody. */
  async dispose(): Promise<void> {
    this.#stop();
    this.isClosed = true;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.hasUpdated && SUBJECT.some((name) => changed.has(name))) this.#schedule();
    if (changed.has("themeOptions")) this.#paint();
    if (changed.has("aspectRatio")) this.#set("--kl-aspect-ratio", ratio(this.aspectRatio));
    if (changed.has("cameraAspectRatio")) this.#set("--kl-camera-aspect-ratio", ratio(this.cameraAspectRatio));
  }

  protected override render(): TemplateResult | typeof nothing {
    // Whoever is asked something must see it.
    if (this.isClosed || (!this.#answered && this.#isSpared(this.step))) return nothing;
    const [language, texts] = this.#texts();
    const isReview = isProtected(this.step);
    const content = html`
      ${this.enableCloseButton
        ? html`<button type="button" class="close" aria-label=${texts.close} @click=${this.close}>✕</button>`
        : nothing}
      ${screen(this.#view(texts))}`;
    if (!isReview && !this.isDialog) return html`<section class="screen bare" lang=${language}>${content}</section>`;
    return html`<dialog class=${isReview ? "review" : ""} lang=${language} aria-labelledby="title" @cancel=${this.#cancelled}>
      <section class="screen">${content}</section>
    </dialog>`;
  }

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    const isNew = this.step !== this.#reported;
    if (dialog && (!dialog.open || (isNew && isProtected(this.step)))) {
      // Whatever the page has put above it is below it now.
      dialog.close();
      dialog.showModal();
    }
    if (!isNew) return;
    this.#watchSight();
    // A dialog that is gone has taken the focus with it.
    const wasDialog = this.#reported !== undefined && isProtected(this.#reported);
    if (dialog || wasDialog || this.shadowRoot?.activeElement) this.renderRoot.querySelector<HTMLElement>("#title")?.focus();
    const previous = this.#reported;
    this.#reported = this.step;
    this.#tell("step-change", { step: this.step, previous });
  }

  /** How a ceremony reaches the person. */
  readonly #stage: Stage = {
    skips: (step) => this.#isSpared(step) || (step === "camera-instructions" && !this.enableCameraInstructions),
    show: (step, shown = {}) => this.#show(step, shown),
    ask: (step, shown = {}) => {
      this.#show(step, shown);
      return new Promise((resolve) => (this.#answered = resolve));
    },
    video: (stream) => this.#video(stream),
    tell: (event) => void this.dispatchEvent(event),
    offersPin: () => this.enablePin,
  };

  #show(step: Step, shown: Shown): void {
    const { session } = this.shown;
    this.shown = { ...(session && { session }), ...shown };
    if (shown.attemptsLeft !== undefined) this.attemptsLeft = shown.attemptsLeft;
    [this.sight, this.isReady] = ["unseen", false];
    this.#answered = undefined;
    this.step = step;
  }

  async #video(stream: MediaStream): Promise<HTMLVideoElement> {
    this.#show("camera-stream", { stream });
    await this.updateComplete;
    const video = this.renderRoot.querySelector("video");
    if (!video) throw new DOMException("the component is not shown", "InvalidStateError");
    video.srcObject = stream;
    await video.play();
    return video;
  }

  #view(texts: Texts): View {
    const { session, failure, cameras = [], stream, isPinBad = false } = this.shown;
    const { width = 4, height = 3 } = stream?.getVideoTracks()[0]?.getSettings() ?? {};
    return {
      texts,
      step: this.step,
      opened: session?.opened,
      sight: this.sight,
      isReady: this.isReady,
      cameras,
      stream,
      pose: this.pose,
      seen: this.seen,
      attemptsLeft: this.attemptsLeft,
      failure,
      canRetry: failure !== undefined && !this.authorizationToken && WORTH_RETRYING.includes(failure.code),
      canClose: this.isDialog,
      isPinBad,
      shape: width / height,
      place: ratio(this.cameraAspectRatio) ?? 3 / 4,
      answer: (event, answer) => this.#answer(event, answer),
      cancel: () => this.close(),
      retry: () => this.start(),
    };
  }

  /** "A client must not answer in the person's place": nor may a page's script, nor what covers the page. */
  #answer(event: Event, answer: string): void {
    if (!event.isTrusted) return;
    const isSeen = () => isByHand(event, this.renderRoot.querySelector("#approve")) && this.#dwell?.look();
    if (isProtected(this.step) && !isSeen()) return;
    this.#answered?.(answer);
  }

  /** From when it is shown: what was in sight at once, and for long enough, can be answered. */
  #watchSight(): void {
    this.#unwatch();
    if (!isProtected(this.step)) return;
    const rows = Array.from(this.renderRoot.querySelectorAll("[data-row]"));
    const watch = new SightWatch(rows, () => this.#dwell?.look());
    this.#watch = watch;
    const isSeen = () => (this.sight = watch.look()) === "seen";
    this.#dwell = new Dwell(isSeen, (isReady) => (this.isReady = isReady));
  }

  #unwatch(): void {
    this.#watch?.stop();
    this.#dwell?.stop();
    [this.#watch, this.#dwell] = [undefined, undefined];
  }

  #posed({ detail: { pose } }: KeylessEvent<"pose">): void {
    this.pose = pose;
    // What was seen of another pose says nothing of this one; where the face is and how far it is done, does.
    if (this.seen) this.seen = { ...this.seen, hint: "ok" };
  }

  #looked({ detail }: KeylessEvent<"frame-results">): void {
    this.seen = detail;
  }

  #cancelled(event: Event): void {
    event.preventDefault();
    this.close();
  }

  /** When the page has set everything: attributes come one after the other. */
  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), 0);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    if (this.#ceremony) this.#reported = undefined;
    this.#ceremony?.end();
    this.#ceremony = undefined;
    this.#answered = undefined;
    this.seen = undefined;
    this.#unwatch();
  }

  /** What must be shown is shown, whatever the page says. */
  #isSpared(step: Step): boolean {
    const isFree = !isProtected(step) && step !== "camera-stream";
    const disabled: readonly string[] = String(this.disableSteps ?? "").match(/[\w-]+/g) ?? [];
    return isFree && disabled.includes(step);
  }

  #options(): KeylessOptions {
    const [language] = this.#texts();
    const { authorizationToken: token, transactionData: data, operationID: id } = this;
    return {
      customer: { name: this.customer ?? "" },
      username: this.username ?? "",
      lang: language,
      ...(token && { authorization: { token } }),
      ...(data !== undefined && { transaction: { data } }),
      ...(id && { operation: { id } }),
      ...(this.serviceURL && { service: { url: this.serviceURL } }),
      ws: { ...(this.wsURL && { url: this.wsURL }), ...(this.wsTimeout && { timeout: this.wsTimeout }) },
    };
  }

  /** The language and its texts: the component's, the page's, or the browser's. */
  #texts(): [string, Texts] {
    const page = this.closest<HTMLElement>("[lang]")?.lang;
    const wanted = [this.lang, page ?? "", ...navigator.languages].filter(Boolean);
    const [language, texts] = textsIn(wanted, this.localizationPacks);
    const named = Object.entries(texts).map(([name, text]) => [name, filled(text, this.localizationVariables)]);
    return [language, Object.fromEntries(named)];
  }

  /** Turns the colours of the page into those of the style. */
  #paint(): void {
    const { light = {}, dark = {} } = this.themeOptions?.colors ?? {};
    for (const name of ["primary", "onPrimary", "surface", "onSurface", "onSurfaceVariant"]) {
      const variable = `--kl-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const [day, night] = [light[name] ?? dark[name], dark[name] ?? light[name]];
      if (day && night) this.style.setProperty(variable, `light-dark(${day}, ${night})`);
    }
  }

  #set(variable: string, value: number | undefined): void {
    if (value === undefined) this.style.removeProperty(variable);
    else this.style.setProperty(variable, String(value));
  }

  #tell<Name extends KeylessEventName>(name: Name, detail: KeylessEventDetails[Name]): void {
    this.dispatchEvent(new KeylessEvent(name, detail));
  }
}

/** The number that stands for `3/4`, `3:4` or `0.75`; nothing for what is no shape. */
function ratio(given: string | number | undefined): number | undefined {
  const [width, height = 1, ...more] = String(given ?? "").split(/[/:]/).map(Number);
  const shape = Number(width) / height;
  return more.length === 0 && shape > 0 && Number.isFinite(shape) ? shape : undefined;
}
