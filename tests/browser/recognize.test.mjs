// People enrol their face and approve by it, with the web SDK and a camera.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import path from "node:path";

import { addEnvironment } from "../clients/environment.mjs";
import { startServer } from "../clients/server.mjs";
import { ALICE, ALICE_LATER, MALLORY, MODELS, noFaces, startCamera } from "./camera.mjs";
import { LANGUAGES, LOOKS, accessibilityViolations, launch, picture, visit } from "./chromium.mjs";
import { addCustomer, claimsOf, startMerchant, tampered, verifyJwt } from "./merchant.mjs";

const DATA = JSON.stringify([{ Amount: "12.50 EUR" }, { Payee: "Demo Shop" }]);
const CONSENT = /measured/;

let server;
let merchant;
let camera;
let browser;
let environmentId;
/** The keys of the backend, by customer. */
const keys = {};

before(async () => {
  if (noFaces) return;
  const configure = async (directory) => {
    merchant = await startMerchant(directory);
    camera = await startCamera(path.join(directory, "camera.y4m"));
    return { ...merchant.environment, COUNTERSIGN_RECOGNIZE_MODELS: MODELS, COUNTERSIGN_LOG_LEVEL: "info" };
  };
  server = await startServer({ binary: process.env.COUNTERSIGN, configure });
  merchant.serve(server.issuer);
  environmentId = (await addEnvironment(server, "Shop")).id;
  browser = await launch({ args: camera.args });
  const ours = ["--origin", merchant.url];
  const vouched = ["--user-authorization", "RemoteJWKSet", "--jwks-uri", merchant.jwksUri];
  keys.shop = await addCustomer(server, "shop", environmentId, [...ours, "--pin", "true"]);
  keys.bank = await addCustomer(server, "bank", (await addEnvironment(server, "Bank")).id, [...ours, ...vouched]);
});

after(async () => {
  await browser?.close();
  await camera?.stop();
  merchant?.stop();
  await server?.stop();
});

/** A test that takes faces. */
const testFaces = (name, run) => test(name, { skip: noFaces, timeout: 180_000 }, run);

/** A browser of somebody's, with the merchant's page open in it. */
async function arrive(options = {}, query = {}) {
  const visitor = await visit(browser, { permissions: ["camera"], ...options });
  await visitor.page.exposeBinding("turn", (_, pose) => camera.turn(pose));
  await visitor.page.goto(`${merchant.url}/?${new URLSearchParams(query)}`);
  await visitor.page.waitForFunction(() => customElements.get("kl-auth"));
  return visitor;
}

/** Puts a component into the page, and notes down what it tells. */
async function put({ page }, name, attributes = {}) {
  const all = { customer: "shop", username: "alice", "service-url": server.issuer, ...attributes };
  await page.evaluate(
    ([name, attributes]) => {
      window.told = [];
      document.querySelector("[data-component]")?.remove();
      const element = document.createElement(name);
      element.dataset.component = name;
      for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
      const kinds = ["step-change", "opened", "begin-stream", "recognition-start", "pose", "frame-results", "video-frame-quality"];
      kinds.push("recognition-failure", "stop-stream", "success", "finished", "error", "recoverable-error", "close");
      for (const kind of kinds) {
        element.addEventListener(kind, ({ detail: { error, ...detail } }) => window.told.push({ kind, ...detail }));
      }
      element.addEventListener("pose", ({ detail }) => window.turn(detail.pose));
      document.querySelector("main").append(element);
    },
    [name, all],
  );
}

/** What the component tells of this kind, as soon as it does. */
async function told({ page }, kind, timeout = 60_000) {
  const find = (kind) => window.told?.find((it) => it.kind === kind);
  return page.waitForFunction(find, kind, { timeout }).then((it) => it.jsonValue());
}

/** Everything that was told of this kind. */
const all = ({ page }, kind) => page.evaluate((kind) => window.told.filter((it) => it.kind === kind), kind);

/** Which of these is told first; it says what else was told if neither is. */
async function outcome(visitor, timeout = 90_000) {
  const kinds = ["success", "error", "recognition-failure"];
  const find = (kinds) => window.told?.find((it) => kinds.includes(it.kind));
  return visitor.page.waitForFunction(find, kinds, { timeout }).then((it) => it.jsonValue());
}

/** Enrols somebody, from the consent to the end. */
async function enrol(visitor, attributes = {}) {
  await put(visitor, "kl-auth-or-enroll", attributes);
  await visitor.page.getByRole("button", { name: "I agree" }).click();
  return outcome(visitor);
}

testFaces("somebody enrols, approves a payment by their face, and the backend refuses any other", async () => {
  await camera.seat(ALICE);
  const visitor = await arrive();
  const { page } = visitor;
  const enrolled = await enrol(visitor);
  assert.equal(enrolled.kind, "success", JSON.stringify({ enrolled, log: (await server.log()).slice(-3000) }));
});
testFaces("DEBUG", async () => {
  const visitor = await arrive();
  await camera.seat(ALICE);
  await put(visitor, "kl-auth-or-enroll", {username: "debug"});
  await visitor.page.getByRole("button", { name: "I agree" }).click();
  await told(visitor, "frame-results");
  await outcome(visitor);
  console.log(await visitor.page.evaluate(() => window.told.filter(x=>["pose","frame-results"].includes(x.kind)).map(x=>x.kind=="pose"?x.pose:x.hint+" "+x.face?.x+" "+x.face?.width).join("\n")));
});
