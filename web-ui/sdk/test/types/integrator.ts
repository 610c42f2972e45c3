// What integrators write in TypeScript, here and for the original: it must compile.
import { KEYLESS_ERROR_CODES, KeylessError, type KeylessErrorCode, type KeylessElement } from "@countersign/recognize";
import { addKeylessEventListener, createKeylessAuth } from "@countersign/recognize/headless";

const element = document.createElement("kl-auth-or-enroll");
element.customer = "demo-shop";
element.serviceURL = "https://iam.example";
element.operationID = "order-4711";
element.disableSteps = ["bootstrap", "done"];
element.wsTimeout = 5000;
element.aspectRatio = "9/16";

element.addEventListener("success", ({ detail, jwt, data }) => {
  const texts: readonly (string | undefined)[] = [detail.jwt, jwt, data.transactionJwt, detail.source, detail.customer];
  const none: undefined = detail.clientState;
  return [texts, none];
});
element.addEventListener("error", (event) => explain(event.code ?? event.detail.code), { once: true });
element.addEventListener("error", ({ message }) => explain(message));
element.addEventListener("recognition-failure", ({ detail }) => detail.attemptsLeft.toFixed());
element.addEventListener("step-change", ({ step, previous }) => [step, previous]);
element.addEventListener("non-cancelable", (event) => event.preventDefault());
element.addEventListener("click", ({ clientX }) => clientX.toFixed());
element.addEventListener("something-else", (event) => event.type);

const closed = function (this: KeylessElement) {
  this.start();
};
element.addEventListener("close", closed);
element.removeEventListener("close", closed);

// @ts-expect-error: there is no such thing in a success
element.addEventListener("success", ({ detail }) => detail.amount);
// @ts-expect-error: a code is one of those that there are
element.addEventListener("error", ({ code }) => code === "SERVER_FORBIDEN");

addKeylessEventListener(createKeylessAuth(), "finished", ({ data }) => data.JWT);
addKeylessEventListener(createKeylessAuth(), "error", ({ message }) => explain(message));

/** A `switch` that was written for the original, of both generations. */
function explain(code: KeylessErrorCode): string {
  switch (code) {
    case KeylessError.FRAME_RESULTS_SET_UNSET:
    case KeylessError.SLUG_UNSUPPORTED:
    case "USER_LOCKOUT_EXPIRATION_UNSET":
    case "RUNTIME_VIOLATION":
      return "contact support";
    case "MEDIA_DEVICES_EMPTY_VIDEO_INPUT_LABEL":
    case "MEDIA_STREAM_NOT_ALLOWED":
      return "allow the camera";
    case "WEB_ASSEMBLY_ABORTED":
    case "WEB_ASSEMBLY_FACTORY_FAILED":
    case "WEB_ASSEMBLY_IMPORT_FAILED":
    case "WEB_ASSEMBLY_MODULE_NOT_FOUND":
    case "WEB_ASSEMBLY_NOT_READY":
      return "reload";
    case "USER_LOCKED_OUT":
    case KeylessError.SERVER_USER_LOCKED_OUT:
      return "wait";
    case KeylessError.SERVER_FORBIDDEN:
      return "sign in again";
    default:
      return KEYLESS_ERROR_CODES.includes(code) ? code : "";
  }
}
