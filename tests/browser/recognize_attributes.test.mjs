// What a page says of a component by its attributes.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { picture } from "./chromium.mjs";
import { ALICE } from "./person_camera.mjs";
import {
  DATA, agree, all, arrive, close, open, press, put, readError, resident, testFaces, told, world,
} from "./recognition.mjs";

before(open);
after(close);

/** Every step that there is. */
const STEPS = [
  "bootstrap", "transaction-review", "consent", "factor", "pin", "pin-setup", "camera-permission", "camera-selection", "camera-instructions",
  "camera-stream-boot", "camera-stream", "server-computation", "done", "error",
];

testFaces("disable-steps: what must be shown is shown, whatever the page says", async () => {
  const newcomer = await arrive();
  await world.camera.seat(ALICE);
  for (const disabled of [STEPS.join(" "), JSON.stringify(STEPS)]) {
    await put(newcomer, "kl-auth-or-enroll", { username: "spared", "disable-steps": disabled });
    await newcomer.page.locator("dialog.review .consent").waitFor();
    await agree(newcomer);
    await newcomer.page.locator("kl-auth-or-enroll video").waitFor();
    await told(newcomer, "begin-stream");
    // Nothing is asked here, so nothing is shown.
    await put(newcomer, "kl-auth", { username: "", "disable-steps": disabled });
    await told(newcomer, "error");
    await newcomer.page.waitForFunction(() => window.told.some(({ step }) => step === "error"));
    assert.equal(await newcomer.page.locator("kl-auth section").count(), 0);
  }
  await newcomer.context.close();
  const visitor = await resident();
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": DATA, "disable-steps": STEPS.join(",") });
  const { page } = visitor;
  await page.locator("dialog.review [data-row] dd").first().waitFor();
  assert.deepEqual(await all(visitor, "begin-stream"), []);
  // Nor is anybody asked what they cannot see.
  await page.locator("#approve[aria-disabled=false]").click();
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("not allowed", "NotAllowedError"));
  });
  await press(visitor, "With my face");
  await page.getByText("The camera isn’t allowed here.").waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor();
});

testFaces("localization-packs and localization-variables: the page's own texts, with what the page says in them", async () => {
  const visitor = await arrive();
  const data = { errorNotEnrolled: "Ask {shop} or {nobody}, {{ shop }}." };
  await put(visitor, "kl-auth", {
    username: "nobody",
    "localization-packs": JSON.stringify([{ language: "en", data }, { language: "it", data: { errorTitle: "Non ha funzionato" } }]),
    "localization-variables": JSON.stringify({ shop: "<b>Demo</b>" }),
  });
  assert.equal(await readError(visitor), "Ask <b>Demo</b> or {nobody}, {<b>Demo</b>}.");
  const element = visitor.page.locator("kl-auth");
  await element.evaluate((it) => (it.localizationVariables = { shop: "us", nobody: "nobody else" }));
  await visitor.page.getByText("Ask us or nobody else, {us}.").waitFor();
  // A language of the page's own.
  await element.evaluate((it) => it.setAttribute("lang", "it"));
  await visitor.page.getByText("Non ha funzionato").waitFor();
  await visitor.context.close();
});

testFaces("ws-url: a component that was written for version 2 reaches the same service", async () => {
  const visitor = await arrive();
  const url = world.server.issuer.replace("http", "ws");
  for (const address of [url, `${url}/recognize/v2`]) {
    await put(visitor, "kl-enroll", { username: "second", "service-url": "", "ws-url": address, key: "passed over", "key-id": "1" });
    assert.equal((await told(visitor, "opened")).operation, "enrol");
  }
  await put(visitor, "kl-enroll", { "service-url": "" });
  assert.equal((await told(visitor, "error")).code, "SERVICE_URL_UNSET");
  await visitor.context.close();
});

testFaces("theme: light or dark whatever the system is, in colours of the page's own", async () => {
  const colors = { light: { primary: "#112233" }, dark: { primary: "#ddeeff" } };
  for (const system of ["light", "dark"]) {
    const visitor = await arrive({ colorScheme: system });
    for (const [theme, isDark] of [["light", false], ["dark", true], ["", system === "dark"]]) {
      const attributes = { "service-url": "http://127.0.0.1:1", "theme-options": JSON.stringify({ colors }) };
      await put(visitor, "kl-auth", { ...attributes, ...(theme && { theme }) });
      const button = visitor.page.getByRole("button", { name: "Try again" });
      await button.waitFor();
      const colour = (selector) => visitor.page.locator(selector).evaluate((it) => getComputedStyle(it).backgroundColor);
      assert.equal(await colour("kl-auth section"), isDark ? "rgb(22, 25, 31)" : "rgb(255, 255, 255)", `${theme} ${system}`);
      assert.equal(await colour("kl-auth button.main"), isDark ? "rgb(221, 238, 255)" : "rgb(17, 34, 51)", `${theme} ${system}`);
    }
    await visitor.context.close();
  }
});

testFaces("of several cameras the person chooses one, if none is known to look at them", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await world.camera.seat(ALICE);
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    window.cameras = [];
    mediaDevices.enumerateDevices = async () =>
      [["videoinput", "front", "Front"], ["audioinput", "ear", "Ear"], ["videoinput", "usb", "On the desk"]].map(
        ([kind, deviceId, label]) => ({ kind, deviceId, label }),
      );
    mediaDevices.getUserMedia = async ({ video: { deviceId, ...video } }) => {
      const stream = await real({ audio: false, video: { ...video, facingMode: undefined } });
      window.cameras.push({ id: deviceId?.exact, stream });
      return stream;
    };
  });
  const opened = () => page.evaluate(() => window.cameras.map(({ id, stream }) => [id, stream.getTracks()[0].readyState]));
  await put(visitor, "kl-enroll", { username: "chooser" });
  await agree(visitor);
  await page.getByLabel("Camera").waitFor();
  await picture(visitor, "recognize/selection");
  assert.deepEqual(await page.getByLabel("Camera").locator("option").allTextContents(), ["Front", "On the desk"]);
  await page.getByLabel("Camera").selectOption("On the desk");
  await press(visitor, "Continue");
  await told(visitor, "frame-results");
  assert.deepEqual((await opened()).map(([id]) => id ?? "any"), ["any", "usb"]);
  assert.deepEqual((await opened()).map(([, state]) => state), ["ended", "live"]);
  // Who takes the component away turns off the camera, and is told nothing of it.
  await page.locator("kl-enroll").evaluate((it) => it.dispose());
  assert.deepEqual(await all(visitor, "close"), []);
  await page.waitForFunction(() => window.cameras.every(({ stream }) => stream.getTracks()[0].readyState === "ended"));
  // People may be spared it.
  await put(visitor, "kl-enroll", { username: "chooser", "disable-steps": "camera-selection" });
  await agree(visitor);
  await told(visitor, "frame-results");
  assert.equal((await opened()).length, 3);
  assert.ok(!(await all(visitor, "step-change")).some(({ step }) => step === "camera-selection"));
  assert.deepEqual(visitor.complaints, []);
  await visitor.context.close();
});

testFaces("the component and the camera's picture have the shapes that the page wants", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await world.camera.seat(ALICE);
  const size = (selector) =>
    page.locator(selector).evaluate((it) => [it.getBoundingClientRect().width, it.getBoundingClientRect().height]);
  await put(visitor, "kl-auth", { username: "", "aspect-ratio": "1:2" });
  await told(visitor, "error");
  const [width, height] = await size("kl-auth .screen");
  assert.ok(Math.abs(width / height - 0.5) < 0.01, `${width} x ${height}`);
  for (const [given, expected] of [["4/3", 4 / 3], ["0.5", 0.5], ["nonsense", 3 / 4]]) {
    await put(visitor, "kl-enroll", { username: "shapes", "camera-aspect-ratio": given });
    await agree(visitor);
    await told(visitor, "frame-results");
    const [across, down] = await size("kl-enroll .picture");
    assert.ok(Math.abs(across / down - expected) < 0.01, `${given}: ${across} x ${down}`);
    await page.waitForTimeout(500);
    await picture(visitor, `recognize/shape-${given.replace("/", "-")}`);
  }
  assert.deepEqual(visitor.complaints, []);
  await visitor.context.close();
});

testFaces("a component waits for a server as long as the page wants", async () => {
  const visitor = await arrive();
  // A server that never says anything.
  await visitor.page.routeWebSocket(/recognize/, () => {});
  const began = performance.now();
  await put(visitor, "kl-auth", { "ws-timeout": "300" });
  const { code, number } = await told(visitor, "error", 5000);
  assert.deepEqual({ code, number }, { code: "WEB_SOCKET_TIMEOUT", number: 1011 });
  assert.ok(performance.now() - began >= 300);
  assert.match(await readError(visitor), /connection was lost/);
  await visitor.page.getByRole("button", { name: "Try again" }).waitFor();
  await visitor.context.close();
});
