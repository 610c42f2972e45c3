// What people see at each step.
import { type TemplateResult, html, nothing, svg } from "lit";
import type { KeylessError } from "./error.js";
import type { FrameResults } from "./event.js";
import { type Texts, filled, hintName, sentence } from "./locale.js";
import type { Opened } from "./message.js";
import type { Sight } from "./sight.js";

/** The steps of a component. */
export type Step =
  | "bootstrap"
  | "transaction-review"
  | "consent"
  | "factor"
  | "pin"
  | "pin-setup"
  | "camera-permission"
  | "camera-selection"
  | "camera-instructions"
  | "camera-stream-boot"
  | "camera-stream"
  | "server-computation"
  | "done"
  | "error";

/** Whether a step is shown in a dialog that no page can change, and answered once all of it was seen. */
export function isProtected(step: Step): boolean {
  return step === "transaction-review" || step === "consent";
}

/** What a screen is made from. */
export interface View {
  readonly texts: Texts;
  readonly step: Step;
  readonly opened: Opened | undefined;
  readonly sight: Sight;
  /** Whether what must be seen was in sight for long enough to answer it. */
  readonly isReady: boolean;
  readonly cameras: readonly MediaDeviceInfo[];
  readonly stream: MediaStream | undefined;
  readonly pose: string;
  readonly seen: FrameResults | undefined;
  readonly attemptsLeft: number | undefined;
  readonly failure: KeylessError | undefined;
  readonly canRetry: boolean;
  readonly canClose: boolean;
  readonly isPinBad: boolean;
  /** The width of the camera's picture by its height. */
  readonly shape: number;
  /** The same of the place where it is shown. */
  readonly place: number;
  /** The person has answered, by themselves. */
  readonly answer: (event: Event, answer: string) => void;
  readonly cancel: () => void;
  readonly retry: () => void;
}

/** The screen of the step. */
export function screen(view: View): TemplateResult {
  return SCREENS[view.step](view);
}

const SCREENS: Readonly<Record<Step, (view: View) => TemplateResult>> = {
  bootstrap: ({ texts }) => waiting(texts.connecting),
  "transaction-review": review,
  consent,
  factor,
  pin,
  "pin-setup": pin,
  "camera-permission": permission,
  "camera-selection": selection,
  "camera-instructions": instructions,
  "camera-stream-boot": ({ texts }) => waiting(texts.connecting),
  "camera-stream": stream,
  "server-computation": ({ texts }) => waiting(texts.computing),
  done,
  error,
};

const heading = (text: string) => html`<h2 id="title" tabindex="-1">${text}</h2>`;

const waiting = (text: string) => html`
  ${heading(text)}
  <div class="spinner" aria-hidden="true"></div>`;

/** The main button, one beside it, and the way out. */
function buttons({ texts, answer, cancel }: View, main: string, other?: string): TemplateResult {
  return html`
    <div class="buttons">
      <button type="button" class="main" @click=${(event: Event) => answer(event, "yes")}>${main}</button>
      ${other === undefined
        ? html`<button type="button" @click=${cancel}>${texts.cancel}</button>`
        : html`<button type="button" @click=${(event: Event) => answer(event, "no")}>${other}</button>`}
    </div>`;
}

/** "transaction.pairs are shown in their order, each label with its value, as plain text" */
function review(view: View): TemplateResult {
  const { texts, opened } = view;
  return html`
    ${heading(texts.reviewTitle)}
    <p class="soft">${texts.reviewText}</p>
    <dl class="pairs">
      ${opened?.transaction?.pairs.map(
        // Nothing between the tags: white space is part of what is shown.
        ({ label, value }) => html`<div data-row><dt>${label}</dt><dd>${value}</dd></div>`,
      )}
    </dl>
    ${approval(view, texts.reviewApprove, { unseen: texts.reviewScroll, covered: texts.reviewCovered })}`;
}

/** "The text of consent is shown with a way to agree and a way to cancel." */
function consent(view: View): TemplateResult {
  const { texts, opened } = view;
  return html`
    ${heading(texts.consentTitle)}
    <p class="consent" data-row>${opened?.consent?.text}</p>
    ${approval(view, texts.consentAgree, { unseen: texts.consentScroll, covered: texts.consentCovered })}`;
}

/** The button that works once everything was seen, why it does not yet, and the way out. */
function approval(view: View, main: string, why: Readonly<Record<"unseen" | "covered", string>>): TemplateResult {
  const { texts, sight, isReady, answer, cancel } = view;
  return html`
    <p class=${sight === "covered" ? "warning" : "soft"} role="status">${sight === "seen" ? "" : why[sight]}</p>
    <div class="buttons">
      <button type="button" class="main" id="approve" data-row aria-disabled=${isReady ? "false" : "true"}
        @click=${(event: Event) => answer(event, "yes")}>${main}</button>
      <button type="button" @click=${cancel}>${texts.cancel}</button>
    </div>`;
}

function factor(view: View): TemplateResult {
  return html`
    ${heading(view.texts.factorTitle)}
    ${buttons(view, view.texts.factorFace, view.texts.factorPin)}`;
}

function pin({ texts, step, isPinBad, attemptsLeft, answer, cancel }: View): TemplateResult {
  const isNew = step === "pin-setup";
  const wrong = attemptsLeft === undefined ? "" : filled(texts.notRecognised, { left: attemptsLeft });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const entered = new FormData(event.target as HTMLFormElement).get("pin");
    answer(event, String(entered ?? ""));
  };
  return html`
    ${heading(isNew ? texts.pinSetupTitle : texts.pinTitle)}
    ${isNew ? html`<p class="soft">${texts.pinSetupText}</p>` : nothing}
    <form class="buttons" novalidate @submit=${submit}>
      <label for="pin">${texts.pinLabel}</label>
      <input id="pin" name="pin" type="password" inputmode="numeric" maxlength="12" aria-describedby="wrong"
        autocomplete=${isNew ? "new-password" : "current-password"}>
      <p id="wrong" class="warning" role="alert">${isPinBad ? texts.pinInvalid : wrong}</p>
      <button class="main">${texts.continue}</button>
      ${isNew
        ? html`<button type="button" @click=${(event: Event) => answer(event, "")}>${texts.pinSkip}</button>`
        : html`<button type="button" @click=${cancel}>${texts.cancel}</button>`}
    </form>`;
}

function permission(view: View): TemplateResult {
  const { texts, failure } = view;
  const isDenied = failure?.code === "MEDIA_STREAM_NOT_ALLOWED";
  return html`
    ${heading(texts.permissionTitle)}
    ${failure ? html`<p class="warning" role="alert">${sentence(failure, texts)}</p>` : nothing}
    <p class="soft">${isDenied ? texts.permissionDenied : texts.permissionText}</p>
    ${buttons(view, failure ? texts.again : texts.permissionButton)}`;
}

function selection({ texts, cameras, answer, cancel }: View): TemplateResult {
  const choose = (event: SubmitEvent) => {
    event.preventDefault();
    answer(event, String(new FormData(event.target as HTMLFormElement).get("camera")));
  };
  return html`
    ${heading(texts.selectionTitle)}
    <form class="buttons" @submit=${choose}>
      <label for="camera">${texts.selectionLabel}</label>
      <select id="camera" name="camera">
        ${cameras.map(({ deviceId, label }) => html`<option value=${deviceId}>${label}</option>`)}
      </select>
      <button class="main">${texts.continue}</button>
      <button type="button" @click=${cancel}>${texts.cancel}</button>
    </form>`;
}

function instructions(view: View): TemplateResult {
  const { texts } = view;
  const tips = [texts.instructionsLight, texts.instructionsFace, texts.instructionsHeight, texts.instructionsTurn];
  return html`
    ${heading(texts.instructionsTitle)}
    <ul class="tips">${tips.map((tip) => html`<li>${tip}</li>`)}</ul>
    ${buttons(view, texts.instructionsButton)}`;
}

function stream(view: View): TemplateResult {
  const { texts, opened, pose, seen, attemptsLeft, cancel } = view;
  const told = (seen && hintName(seen.hint)) ?? POSES[pose] ?? "hintLookStraight";
  return html`
    ${heading(opened?.operation === "enrol" ? texts.streamEnrol : texts.streamAuthenticate)}
    <div class="picture" role="img" aria-label=${texts.streamPicture}>
      <video .srcObject=${view.stream ?? null} autoplay muted playsinline disablepictureinpicture></video>
      ${oval(view)}
    </div>
    <p class="hint" role="status" aria-live="assertive">${texts[told]}</p>
    ${attemptsLeft === undefined
      ? nothing
      : html`<p class="warning" role="alert">${filled(texts.notRecognised, { left: attemptsLeft })}</p>`}
    <button type="button" @click=${cancel}>${texts.cancel}</button>`;
}

const POSES: Readonly<Record<string, keyof Texts>> = {
  center: "hintLookStraight",
  left: "hintTurnLeft",
  right: "hintTurnRight",
};

/**
 * In the middle of a picture, 75 by 100: the oval for the face, how much is done, where the face is, where to
 * turn. What is around the middle is shaded too.
 */
function oval({ pose, seen, shape, place }: View): TemplateResult {
  const around = "M37.5 14 a25 34 0 1 1 0 68 a25 34 0 1 1 0 -68 z";
  const progress = seen?.progress ?? 0;
  return html`<svg viewBox="0 0 75 100" aria-hidden="true">
    ${svg`<path class="shade" fill-rule="evenodd" d=${`M-999 -999 h2073 v2098 h-2073 z ${around}`}></path>
      <path class="track" d=${around}></path>
      <path class="done-part" pathLength="100" stroke-dasharray="100" stroke-dashoffset=${100 - progress * 100} d=${around}></path>
      ${face(seen, shape, place)}
      ${ARROWS[pose] ? svg`<path class="arrow" d=${ARROWS[pose]}></path>` : nothing}`}
  </svg>`;
}

/** The preview is a mirror: the person's own left is on its left. */
const ARROWS: Readonly<Record<string, string>> = {
  left: "M14 48 h-8 m4 -4 l-4 4 l4 4",
  right: "M61 48 h8 m-4 -4 l4 4 l-4 4",
};

/** Where the face is, mirrored, in the part of the camera's picture that is shown. */
function face(seen: FrameResults | undefined, shape: number, place: number) {
  if (!seen?.face) return nothing;
  const { x, y, width, height } = seen.face;
  // The picture covers its place: what is too wide or too high is cut off on both sides.
  const [wide, high] = place > 0.75 ? [100 * place, 100] : [75, 75 / place];
  const [across, down] = shape > place ? [high * shape, high] : [wide, wide / shape];
  const [cx, cy] = [37.5 + (0.5 - x - width / 2) * across, 50 + (y + height / 2 - 0.5) * down];
  const isFar = ["move-closer", "move-back", "move-to-center"].includes(seen.hint);
  return svg`<ellipse class=${isFar ? "face far" : "face"} cx=${cx} cy=${cy} rx=${(width * across) / 2} ry=${(height * down) / 2}></ellipse>`;
}

function done({ texts, opened, canClose, cancel }: View): TemplateResult {
  return html`
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"></circle><path d="M7.5 12.5 l3 3 l6 -7"></path></svg>
    ${heading(opened?.operation === "enrol" ? texts.doneEnrol : texts.doneAuthenticate)}
    <p class="soft">${texts.doneText}</p>
    ${canClose ? html`<button type="button" class="main" @click=${cancel}>${texts.close}</button>` : nothing}`;
}

function error({ texts, failure, canRetry, canClose, retry, cancel }: View): TemplateResult {
  return html`
    <svg class="mark error" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"></circle><path d="M12 7 v6 m0 3.5 v0.01"></path></svg>
    ${heading(texts.errorTitle)}
    <p role="alert">${failure ? sentence(failure, texts) : ""}</p>
    <div class="buttons">
      ${canRetry ? html`<button type="button" class="main" @click=${retry}>${texts.again}</button>` : nothing}
      ${canClose ? html`<button type="button" @click=${cancel}>${texts.close}</button>` : nothing}
    </div>`;
}
