// Defines the components, and has everything that goes without them, too.
import { KeylessElement } from "./element.js";
import type { Operation } from "./message.js";

export * from "./headless.js";
export { KeylessElement, type ThemeOptions } from "./element.js";
export type { LocalizationPack, TextName, Texts } from "./locale.js";
export type { Step } from "./screen.js";

/** `<kl-auth>`: authenticates somebody. */
export class KeylessAuthElement extends KeylessElement {
  protected override get operation(): Operation {
    return "authenticate";
  }
}

/** `<kl-enroll>`: enrols somebody. */
export class KeylessEnrollElement extends KeylessElement {
  protected override get operation(): Operation {
    return "enrol";
  }
}

/** `<kl-auth-or-enroll>`: whichever of the two it takes. */
export class KeylessAuthOrEnrollElement extends KeylessElement {}

/** `<kl-auth-dialog>`: the same above the page. */
export class KeylessAuthDialogElement extends KeylessAuthElement {
  protected override get isDialog(): boolean {
    return true;
  }
}

/** `<kl-enroll-dialog>`: the same above the page. */
export class KeylessEnrollDialogElement extends KeylessEnrollElement {
  protected override get isDialog(): boolean {
    return true;
  }
}

/** `<kl-auth-or-enroll-dialog>`: the same above the page. */
export class KeylessAuthOrEnrollDialogElement extends KeylessAuthOrEnrollElement {
  protected override get isDialog(): boolean {
    return true;
  }
}

const ELEMENTS = {
  "kl-auth": KeylessAuthElement,
  "kl-enroll": KeylessEnrollElement,
  "kl-auth-or-enroll": KeylessAuthOrEnrollElement,
  "kl-auth-dialog": KeylessAuthDialogElement,
  "kl-enroll-dialog": KeylessEnrollDialogElement,
  "kl-auth-or-enroll-dialog": KeylessAuthOrEnrollDialogElement,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  // A page may load this twice.
  if (!customElements.get(name)) customElements.define(name, element);
}

/** The events of the components. */
export type { KeylessEventMap as KeylessElementEventMap } from "./event.js";

declare global {
  interface HTMLElementTagNameMap {
    "kl-auth": KeylessAuthElement;
    "kl-enroll": KeylessEnrollElement;
    "kl-auth-or-enroll": KeylessAuthOrEnrollElement;
    "kl-auth-dialog": KeylessAuthDialogElement;
    "kl-enroll-dialog": KeylessEnrollDialogElement;
    "kl-auth-or-enroll-dialog": KeylessAuthOrEnrollDialogElement;
  }
}
