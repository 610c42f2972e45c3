// A server with Recognize, a customer of it, and people with browsers and cameras.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { addEnvironment } from "../clients/environment.mjs";
import { startServer } from "../clients/server.mjs";
import { DESKTOP, launch, visit } from "./chromium.mjs";
import { addCustomer, startMerchant } from "./merchant.mjs";
import { ALICE, MODELS, noFaces, startCamera } from "./person_camera.mjs";

/** What is approved. */
export const DATA = JSON.stringify([{ Amount: "12.50 EUR" }, { Payee: "Demo Shop" }]);

/** What the tests happen in. */
export const world = {
  server: undefined,
  merchant: undefined,
  camera: undefined,
  browser: undefined,
  /** The keys of the backend, by customer. */
  keys: {},
};

/** Somebody's browser, once they have enrolled. */
let known;

/** Opens it, unless there can be no faces here. */
export async function open() {
  if (noFaces) return;
  const configure = async (directory) => {
    world.merchant = await startMerchant(directory);
    world.camera = await startCamera(path.join(directory, "camera.y4m"));
    return { ...world.merchant.environment, COUNTERSIGN_RECOGNIZE_MODELS: MODELS };
  };
  world.server = await startServer({ binary: process.env.COUNTERSIGN, configure });
  const { server, merchant, camera, keys } = world;
  merchant.serve(server.issuer);
  world.browser = await launch({ args: camera.args });
  const customer = async (name, rules) => addCustomer(server, name, (await addEnvironment(server, name)).id, rules);
  const ours = ["--origin", merchant.url];
  const vouched = ["--user-authorization", "RemoteJWKSet", "--jwks-uri", merchant.jwksUri];
  keys.shop = await customer("shop", [...ours, "--pin", "true"]);
  keys.bank = await customer("bank", [...ours, ...vouched]);
}

/** Closes it. */
export async function close() {
  await world.browser?.close();
  await world.camera?.stop();
  world.merchant?.stop();
  await world.server?.stop();
}

/** A test that takes faces. */
export const testFaces = (name, run) => test(name, { skip: noFaces, timeout: 600_000 }, run);

/** Has whoever is in front of the camera do as the components of a page that is still to be loaded say. */
export async function obey({ page }) {
  await page.exposeBinding("turn", (_, pose) => world.camera.turn(pose));
  await page.exposeBinding("looked", () => world.camera.looked());
  await page.addInitScript(() => {
    addEventListener("pose", ({ detail }) => window.turn(detail.pose), true);
    addEventListener("frame-results", () => window.looked(), true);
  });
}

/** A browser of somebody's, with the merchant's page open in it. */
export async function arrive(options = {}, query = {}) {
  const visitor = await visit(world.browser, { permissions: ["camera"], ...options });
  await obey(visitor);
  await visitor.page.goto(`${world.merchant.url}/?${new URLSearchParams(query)}`);
  await visitor.page.waitForFunction(() => customElements.get("kl-auth"));
  return visitor;
}

/** The browser of somebody who has enrolled once, with a fresh page, which may not use the camera. */
export async function resident(options = {}) {
  known ??= arrive().then(async (visitor) => {
    await enrol(visitor, ALICE, { username: "zoe", "enable-pin": "" }, { pin: "271828" });
    await visitor.context.clearPermissions();
    return visitor;
  });
  const visitor = await known;
  visitor.complaints.splice(0);
  await visitor.page.setViewportSize(options.viewport ?? DESKTOP);
  await visitor.page.goto(world.merchant.url);
  await visitor.page.waitForFunction(() => customElements.get("kl-auth"));
  return visitor;
}

/** Puts a component into the page, and notes down what it tells. */
export async function put({ page }, name, attributes = {}) {
  const all = { customer: "shop", username: "alice", "service-url": world.server.issuer, ...attributes };
  await page.evaluate(
    ([name, attributes]) => {
      window.told = [];
      document.querySelector("[data-component]")?.remove();
      const element = document.createElement(name);
      element.dataset.component = name;
      for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
      const kinds = ["step-change", "opened", "begin-stream", "recognition-start", "pose", "frame-results", "video-frame-quality"];
      kinds.push("recognition-failure", "stop-stream", "success", "finished", "error", "recoverable-error", "close", "non-cancelable");
      for (const kind of kinds) {
        element.addEventListener(kind, ({ detail: { error, ...detail } }) => window.told.push({ kind, ...detail }));
      }
      document.querySelector("main").append(element);
    },
    [name, all],
  );
}

/** What the component tells of this kind, as soon as it does. */
export async function told({ page }, kind, timeout = 60_000) {
  const find = (kind) => window.told?.find((it) => it.kind === kind);
  return page.waitForFunction(find, kind, { timeout }).then((it) => it.jsonValue());
}

/** Everything that was told of this kind. */
export const all = ({ page }, kind) => page.evaluate((kind) => window.told.filter((it) => it.kind === kind), kind);

/** How it ends: whoever is not recognised at once has other attempts. */
export async function ending({ page }, timeout = 150_000) {
  const find = () => window.told?.find(({ kind }) => kind === "success" || kind === "error");
  return page.waitForFunction(find, null, { timeout }).then((it) => it.jsonValue());
}

export const press = ({ page }, name) => page.getByRole("button", { name, exact: true }).click();

/** Reads what is to be agreed to, to its end, and agrees. */
export async function agree({ page }) {
  await page.locator("#approve").scrollIntoViewIfNeeded();
  await page.locator("#approve[aria-disabled=false]").click();
}

export async function enterPin(visitor, pin) {
  await visitor.page.locator("#pin").fill(pin);
  await press(visitor, "Continue");
}

/** Enrols somebody, from the consent to the end. */
export async function enrol(visitor, somebody, attributes = {}, { pin } = {}) {
  await world.camera.seat(somebody);
  await put(visitor, "kl-auth-or-enroll", attributes);
  await agree(visitor);
  if (pin) {
    await enterPin(visitor, "123456");
    await visitor.page.getByText("Enter 6 to 12 digits").waitFor();
    await enterPin(visitor, pin);
  }
  const ended = await ending(visitor);
  assert.equal(ended.kind, "success", JSON.stringify(ended));
  assert.equal(ended.operation, "enrol");
  return ended;
}

/** Has somebody approve what is shown, and shows their face. */
export async function approve(visitor, somebody, attributes = {}, options = {}) {
  await world.camera.seat(somebody, options);
  await put(visitor, "kl-auth-or-enroll", { "transaction-data": DATA, ...attributes });
  await visitor.page.locator("#approve[aria-disabled=false]").click();
}

/** Waits until a component shows an error, and returns what the person reads. */
export async function readError(visitor) {
  await told(visitor, "error");
  return visitor.page.getByRole("alert").innerText();
}
