// What people see of the web SDK, wherever they use it.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

import { LANGUAGES, LOOKS, accessibilityViolations, inspect, picture, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { signOn } from "./journey.mjs";
import { ALICE, ALICE_LATER, MODELS } from "./person_camera.mjs";
import { agree, arrive, close, obey, open, press, put, readError, testFaces, told, world } from "./recognition.mjs";

before(open);
after(close);

testFaces("whoever comes with another device is told so, and a page that names nobody, too", async () => {
  const visitor = await arrive();
  await put(visitor, "kl-auth", { username: "nobody" });
  assert.match(await readError(visitor), /isn’t set up on this device/);
  assert.equal((await told(visitor, "error")).code, "SERVER_USER_NOT_FOUND");
  await put(visitor, "kl-auth", { customer: "nowhere" });
  assert.equal((await told(visitor, "error")).code, "SERVER_CUSTOMER_NOT_FOUND");
  await put(visitor, "kl-auth", { username: "" });
  assert.equal((await told(visitor, "error")).code, "USERNAME_UNSET");
  await put(visitor, "kl-auth", { "service-url": "http://127.0.0.1:1" });
  assert.equal((await told(visitor, "error")).code, "SESSION_CONNECTION_FAILED");
  await visitor.page.getByRole("button", { name: "Try again" }).waitFor();
  await visitor.context.close();
});

testFaces("a camera that isn’t allowed can be allowed, and it goes on", async () => {
  const visitor = await arrive({ permissions: [] });
  const { page } = visitor;
  await world.camera.seat(ALICE);
  await page.evaluate(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const denied = new DOMException("not allowed", "NotAllowedError");
    let asked = 0;
    navigator.mediaDevices.getUserMedia = (wanted) => (++asked === 1 ? Promise.reject(denied) : real(wanted));
  });
  await put(visitor, "kl-enroll", { username: "vera", "enable-camera-instructions": "", "enable-close-button": "" });
  await agree(visitor);
  await picture(visitor, "recognize/permission");
  await press(visitor, "Turn on camera");
  assert.equal((await told(visitor, "recoverable-error")).code, "MEDIA_STREAM_NOT_ALLOWED");
  await page.getByText("The camera isn’t allowed here.").waitFor();
  await picture(visitor, "recognize/denied");
  await press(visitor, "Try again");
  await picture(visitor, "recognize/instructions");
  await press(visitor, "I’m ready");
  await told(visitor, "frame-results");
  await press(visitor, "Close");
  await told(visitor, "close");
  const live = await page.evaluate(() => document.querySelector("kl-enroll").shadowRoot.querySelector("video"));
  assert.equal(live, null);
  await visitor.context.close();
});

testFaces("whoever buys in the Demo Shop can pay with their face", async () => {
  const sdk = fileURLToPath(new URL("../../web-ui/sdk/dist/recognize.js", import.meta.url));
  const demo = await startDemo(["--face-models", MODELS, "--web-sdk", sdk]);
  try {
    const visitor = await visit(world.browser, { permissions: ["camera"] });
    const { page } = visitor;
    await obey(visitor);
    await signOn(page, demo, demo.people.withApp);
    await page.goto(demo.shop);
    await world.camera.seat(ALICE);
    await page.click("#pay-by-face");
    await page.locator("kl-enroll").getByRole("button", { name: "I agree" }).click();
    await page.locator("kl-enroll").getByRole("button", { name: "I’m ready" }).click();
    await page.locator("#approve[aria-disabled=false]").click({ timeout: 90_000 });
    await world.camera.seat(ALICE_LATER);
    await page.locator("kl-auth").getByRole("button", { name: "I’m ready" }).click();
    await page.locator("#paid").waitFor({ timeout: 90_000 });
    await inspect(visitor, "demo/face");
    await visitor.context.close();
  } finally {
    await demo.stop();
  }
});

for (const [look, options] of Object.entries(LOOKS)) {
  testFaces(`everybody can read and use it: ${look}`, async () => {
    for (const lang of LANGUAGES) {
      const visitor = await arrive({ ...options }, { lang });
      const { page } = visitor;
      await world.camera.seat(ALICE);
      const name = look.startsWith("phone") ? "kl-enroll-dialog" : "kl-enroll";
      await put(visitor, name, { username: `${look}-${lang}`, "enable-camera-instructions": "", "enable-close-button": "" });
      for (const step of ["consent", "camera-instructions", "camera-stream"]) {
        const reached = (step) => window.told.at(-1)?.step === step || window.told.some((it) => it.step === step);
        await page.waitForFunction(reached, step);
        if (step === "camera-stream") await told(visitor, "frame-results");
        await picture(visitor, `recognize/${step}-${look}-${lang}`);
        assert.deepEqual(await accessibilityViolations(page), [], `${step} ${look} ${lang}`);
        const isWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth;
        assert.equal(await page.evaluate(isWide), false, `${step} ${look} ${lang}`);
        const shown = page.locator(`${name} [lang=${lang}]`).first();
        assert.equal(await shown.count(), 1, `${step} is in ${lang}`);
        if (step === "consent") await agree(visitor);
        if (step === "camera-instructions") await page.locator(`${name} button.main`).click();
      }
      assert.deepEqual(visitor.complaints, []);
      await visitor.context.close();
    }
  });
}
