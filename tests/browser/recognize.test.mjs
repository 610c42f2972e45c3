// People enrol their face and approve by it, with the web SDK and a camera.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { PHONE, accessibilityViolations, picture } from "./chromium.mjs";
import { claimsOf, tampered, verifyJwt } from "./merchant.mjs";
import { ALICE, ALICE_LATER, MALLORY } from "./person_camera.mjs";
import {
  DATA, all, approve, arrive, close, ending, enrol, enterPin, open,
  press, put, readError, resident, testFaces, told, world,
} from "./recognition.mjs";

before(open);
after(close);

testFaces("seed_002_somebody_enrols_and_approves_a_payment_and_no_backend_takes_it_for_another", async () => {
  const visitor = await arrive();
  const enrolled = await enrol(visitor, ALICE);
  assert.deepEqual(
    (await all(visitor, "step-change")).map(({ step }) => step),
    ["bootstrap", "consent", "camera-stream-boot", "camera-stream", "done"],
  );
  await approve(visitor, ALICE_LATER, { "operation-id": "order-4711" });
  const { page } = visitor;
  await page.getByText("Look into the camera").waitFor();
  await told(visitor, "frame-results");
  const order = (await page.evaluate(() => window.told)).map(({ kind }) => kind);
  const counting = ["recognition-start", "pose", "non-cancelable", "frame-results"].map((kind) => order.indexOf(kind));
  assert.ok(!counting.includes(-1), order.join());
  assert.deepEqual(counting, counting.toSorted((one, other) => one - other), "it counts from the first frame on");
  // The pictures of the camera come a little later than what is told of them.
  await page.waitForTimeout(500);
  await picture(visitor, "recognize/camera");
  const success = await ending(visitor);
  assert.equal(success.kind, "success", JSON.stringify(success));
  assert.equal(success.keylessId, enrolled.keylessId);
  assert.equal(success.factor, "face");
  const [finished] = await all(visitor, "finished");
  assert.deepEqual({ ...finished, kind: "success" }, success, "the same in the words of version 2");
  assert.equal(finished.transactionJwt, success.jwt);
  const { customer, username, type, source } = success;
  assert.deepEqual({ customer, username, type, source }, { customer: "shop", username: "alice", type: "auth", source: "url" });
  await picture(visitor, "recognize/done");

  // "td (transaction data), which contains the payload passed"
  const claims = await claimsOf(world.server, "shop", success.jwt);
  assert.deepEqual(
    { kid: claims.kid, td: claims.td, version: claims.version, sub: claims.sub },
    { kid: "FACE", td: DATA, version: "1.1.0", sub: success.keylessId },
  );
  // "external_user_id": "only if present", and nothing else.
  assert.deepEqual(Object.keys(claims).toSorted(), ["iat", "kid", "sub", "td", "version"]);
  const expected = { jwt: success.jwt, transactionData: DATA, username: "alice" };
  const ask = (changed) => verifyJwt(world.server, world.keys.shop, { ...expected, ...changed });
  const dearer = JSON.stringify([{ Amount: "9912.50 EUR" }, { Payee: "Demo Shop" }]);
  const forged = tampered(success.jwt, { td: dearer });
  assert.equal((await ask({ transactionData: dearer })).reason, "TRANSACTION_DATA_MISMATCH");
  assert.equal((await ask({ transactionData: undefined })).reason, "TRANSACTION_DATA_MISMATCH");
  assert.equal((await ask({ jwt: forged, transactionData: dearer })).reason, "INVALID_SIGNATURE");
  assert.equal((await ask({ username: "mallory" })).reason, "USER_MISMATCH");
  await assert.rejects(claimsOf(world.server, "shop", forged), /signature/);
  assert.equal((await ask()).valid, true);
  assert.equal((await ask()).reason, "ALREADY_USED");
  const operation = await fetch(`${world.server.issuer}/v2/operations/order-4711`, { headers: { "X-Api-Key": world.keys.shop } });
  assert.equal((await operation.json()).userId, success.keylessId);

  // Another person before the same device.
  await approve(visitor, MALLORY);
  const refused = await told(visitor, "recognition-failure");
  assert.equal(refused.reason, "SERVER_FACE_DOES_NOT_MATCH");
  await page.getByText("That was not recognised. Attempts left: 2").waitFor();
  assert.deepEqual(await all(visitor, "success"), []);
  // A photo of the right person.
  await approve(visitor, ALICE_LATER, {}, { still: true });
  assert.equal((await told(visitor, "recognition-failure")).reason, "SERVER_RECOGNITION_FAILED");
  // Whoever goes on trying.
  await approve(visitor, MALLORY);
  assert.match(await readError(visitor), /Too many attempts. Try again in 10 min./);
  const { code, retryAfter } = await told(visitor, "error");
  assert.deepEqual([code, retryAfter], ["SERVER_USER_LOCKED_OUT", 600]);
  assert.deepEqual(await all(visitor, "success"), []);
  assert.deepEqual(visitor.complaints, []);
  await visitor.context.close();
});

testFaces("seed_002_what_is_approved_is_shown_letter_by_letter_as_plain_text_before_the_camera_is_used", async () => {
  const visitor = await resident();
  const { page } = visitor;
  const data = JSON.stringify([{ Amount: "12.50 EUR" }, { "<b>Payee</b>": "\u202Epohs  <i>Demo</i>" }]);
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": data });
  await page.locator("dialog.review").waitFor();
  const rows = await page.locator("[data-row] dt, [data-row] dd").allTextContents();
  assert.deepEqual(rows, ["Amount", "12.50 EUR", "<b>Payee</b>", "⟨U+202E⟩pohs  <i>Demo</i>"]);
  const [{ transaction }] = await all(visitor, "opened");
  assert.deepEqual(rows, transaction.pairs.flatMap(({ label, value }) => [label, value]));
  assert.deepEqual(await all(visitor, "begin-stream"), []);
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await picture(visitor, "recognize/review");
  assert.deepEqual(await accessibilityViolations(page), []);
  // No page restyles it.
  await page.evaluate(() => {
    const element = document.querySelector("[data-component]");
    element.themeOptions = { colors: { light: { onSurface: "#ffffff", surface: "#ffffff" } } };
    element.style.cssText += "; font-size: 0; letter-spacing: 99px; color: transparent; -webkit-text-security: disc";
    element.style.cssText += "; -webkit-text-fill-color: transparent; -webkit-text-stroke: 9px white; text-emphasis: '█'";
    element.style.cssText += "; writing-mode: vertical-rl; hyphens: auto; cursor: none; color-scheme: dark";
    document.documentElement.style.fontSize = "1px";
  });
  const drawn = await page.locator("[data-row] dd").first().evaluate((element) => {
    const { color, fontSize, letterSpacing, webkitTextSecurity, writingMode, hyphens, cursor } = getComputedStyle(element);
    const { webkitTextFillColor, webkitTextStrokeWidth, textEmphasisStyle } = getComputedStyle(element);
    const more = { webkitTextFillColor, webkitTextStrokeWidth, textEmphasisStyle, writingMode, hyphens, cursor };
    return { color, fontSize, letterSpacing, webkitTextSecurity, ...more };
  });
  assert.deepEqual(drawn, {
    color: "rgb(23, 25, 31)", fontSize: "18px", letterSpacing: "normal", webkitTextSecurity: "none",
    webkitTextFillColor: "rgb(23, 25, 31)", webkitTextStrokeWidth: "0px", textEmphasisStyle: "none",
    writingMode: "horizontal-tb", hyphens: "manual", cursor: "default",
  });
  // Nor does it make it small.
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await page.evaluate(() => (document.querySelector("[data-component]").style.zoom = "0.2"));
  await page.getByText("Something covers this. It can be approved when all of it is seen.").waitFor();
  await page.evaluate(() => (document.querySelector("[data-component]").style.zoom = ""));
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await press(visitor, "Cancel");
  await told(visitor, "close");
  assert.deepEqual(visitor.complaints, []);
});

testFaces("seed_002_nothing_is_approved_while_something_covers_it_nor_by_a_script", async () => {
  const visitor = await resident();
  const { page } = visitor;
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": DATA });
  const button = page.locator("#approve");
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await button.evaluate((it) => it.click());
  // An element in the top layer, over the amount alone, that lets clicks through.
  await page.evaluate(() => {
    const lie = document.createElement("p");
    lie.popover = "manual";
    lie.id = "lie";
    lie.textContent = "1.00 EUR";
    const { left, top } = document.querySelector("kl-auth").shadowRoot.querySelector("dd").getBoundingClientRect();
    const over = { left: `${left}px`, top: `${top}px`, margin: "0", pointerEvents: "none", background: "white" };
    Object.assign(lie.style, { position: "fixed", ...over });
    document.body.append(lie);
    lie.showPopover();
  });
  await page.getByText("Something covers this. It can be approved when all of it is seen.").waitFor();
  await picture(visitor, "recognize/covered");
  await button.click({ force: true });
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  assert.equal((await all(visitor, "step-change")).at(-1).step, "transaction-review");
  await page.evaluate(() => document.querySelector("#lie").remove());
  await page.locator("#approve[aria-disabled=false]").click();
  await page.waitForFunction(() => window.told.at(-1).step === "factor");
});

testFaces("seed_002_what_may_cover_it_is_noticed_in_browsers_that_do_not_say_what_is_covered", async () => {
  const visitor = await resident();
  const { page } = visitor;
  await page.evaluate(() => {
    delete IntersectionObserverEntry.prototype.isVisible;
    window.cover = (parent, id) => {
      const lie = document.createElement("p");
      [lie.id, lie.popover, lie.textContent] = [id, "manual", "1.00 EUR"];
      // All of it lets clicks through.
      lie.style.pointerEvents = "none";
      parent.append(lie);
      lie.showPopover();
      return lie;
    };
    // What is there before is below.
    window.chat = window.cover(document.body, "chat");
  });
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": DATA });
  const ready = page.locator("#approve[aria-disabled=false]");
  await ready.waitFor();
  for (const [place, hide] of [
    ["the page", () => (window.lie = window.cover(document.body, "lie"))],
    ["a component", () => {
      const host = document.createElement("div");
      document.body.append(host);
      window.lie = window.cover(host.attachShadow({ mode: "open" }), "lie");
    }],
    ["what was below", () => {
      window.chat.hidePopover();
      window.chat.showPopover();
      window.lie = window.chat;
    }],
    ["another dialog", () => {
      window.lie = document.createElement("dialog");
      document.body.append(window.lie);
      window.lie.showModal();
    }],
  ]) {
    await page.evaluate(hide);
    await page.getByText("Something covers this. It can be approved when all of it is seen.").waitFor();
    await page.locator("#approve").click({ force: true });
    assert.equal((await all(visitor, "step-change")).at(-1).step, "transaction-review", place);
    await page.evaluate(() => window.lie.remove());
    await ready.waitFor();
  }
  await page.evaluate(() => document.querySelector("kl-auth").shadowRoot.querySelector("#approve").click());
  assert.equal((await all(visitor, "step-change")).at(-1).step, "transaction-review");
  // By a key.
  await page.locator("#approve").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.told.at(-1).step === "factor");
});

testFaces("seed_002_what_it_is_in_may_not_be_raised_above_it_in_those_browsers", async () => {
  const visitor = await resident();
  const { page } = visitor;
  await page.evaluate(() => {
    delete IntersectionObserverEntry.prototype.isVisible;
    window.around = document.querySelector("main");
    window.around.popover = "manual";
    window.around.showPopover();
  });
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": DATA });
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await page.evaluate(() => {
    window.around.hidePopover();
    window.around.showPopover();
  });
  await page.getByText("Something covers this. It can be approved when all of it is seen.").waitFor();
  await page.locator("#approve").click({ force: true });
  assert.equal((await all(visitor, "step-change")).at(-1).step, "transaction-review");
});

testFaces("consent: what covers the text, or a script, agrees to nothing", async () => {
  const visitor = await arrive();
  const { page } = visitor;
  await put(visitor, "kl-enroll", { username: "carol" });
  const button = page.locator("dialog.review #approve");
  await page.locator("#approve[aria-disabled=false]").waitFor();
  await button.evaluate((it) => it.click());
  await page.evaluate(() => {
    const lie = document.createElement("p");
    lie.popover = "manual";
    lie.id = "lie";
    lie.textContent = "Do you want a discount?";
    const { left, top } = document.querySelector("kl-enroll").shadowRoot.querySelector(".consent").getBoundingClientRect();
    const over = { left: `${left}px`, top: `${top}px`, margin: "0", pointerEvents: "none", background: "white" };
    Object.assign(lie.style, { position: "fixed", ...over });
    document.body.append(lie);
    lie.showPopover();
  });
  await page.getByText("Something covers this. You can agree when all of it is seen.").waitFor();
  await button.click({ force: true });
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  assert.equal((await all(visitor, "step-change")).at(-1).step, "consent");
  await visitor.context.close();
});

testFaces("seed_002_all_of_a_long_list_must_have_been_seen", async () => {
  const visitor = await resident({ viewport: PHONE });
  const { page } = visitor;
  const pairs = Array.from({ length: 20 }, (_, at) => ({ [`Position ${at + 1}`]: `${at}.00 EUR` }));
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": JSON.stringify(pairs) });
  await page.getByText("Scroll to the end to approve.").waitFor({ state: "attached" });
  assert.equal(await page.locator("#approve").getAttribute("aria-disabled"), "true");
  for (const row of await page.locator("[data-row]").all()) {
    await row.scrollIntoViewIfNeeded();
    await page.waitForTimeout(150);
  }
  await page.locator("#approve[aria-disabled=false]").waitFor();
});

testFaces("seed_002_a_value_that_is_higher_than_the_screen_is_seen_part_after_part", async () => {
  const visitor = await resident({ viewport: PHONE });
  const { page } = visitor;
  const data = JSON.stringify([{ Purpose: "W".repeat(1000) }]);
  await put(visitor, "kl-auth", { username: "zoe", "transaction-data": data });
  const button = page.locator("#approve");
  await page.getByText("Scroll to the end to approve.").waitFor({ state: "attached" });
  const scroll = (by) => page.locator("dialog.review").evaluate((it, by) => it.scrollBy(0, by), by);
  // Not by a leap to the end.
  await scroll(100_000);
  await page.waitForTimeout(1000);
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  for (let times = 0; times < 20; times += 1) {
    await scroll(-150);
    await page.waitForTimeout(250);
  }
  await page.locator("#approve[aria-disabled=false]").waitFor();
});

testFaces("seed_002_malformed_transaction_data_is_refused_before_anybody_connects", async () => {
  const visitor = await arrive();
  await put(visitor, "kl-auth", { "transaction-data": '{"Amount": "12.50 EUR"}' });
  const { code, number } = await told(visitor, "error");
  assert.deepEqual({ code, number }, { code: "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED", number: 1008 });
  await visitor.context.close();
});

testFaces("seed_000_missing_expired_wrong_subject_replayed_are_server_forbidden_before_any_biometrics", async () => {
  const visitor = await arrive();
  await world.camera.seat(ALICE);
  const bank = { customer: "bank", username: "user-123" };
  const late = Math.floor(Date.now() / 1000) - 1000;
  const spent = world.merchant.authorize("user-123");
  await put(visitor, "kl-auth-or-enroll", { ...bank, "authorization-token": spent });
  await visitor.page.getByRole("button", { name: "I agree" }).waitFor();
  for (const token of [
    undefined,
    spent,
    world.merchant.authorize("user-124"),
    world.merchant.authorize("user-123", { aud: "somebody-else" }),
    world.merchant.authorize("user-123", { iat: late, exp: late + 300 }),
    `${world.merchant.authorize("user-123").slice(0, -4)}AAAA`,
  ]) {
    await put(visitor, "kl-auth-or-enroll", { ...bank, ...(token && { "authorization-token": token }) });
    const { code, number } = await told(visitor, "error");
    assert.deepEqual({ code, number }, { code: "SERVER_FORBIDDEN", number: 5003 });
    assert.deepEqual(await all(visitor, "opened"), []);
    assert.deepEqual(await all(visitor, "begin-stream"), []);
  }
  assert.match(await readError(visitor), /wasn’t allowed/);
  // A new token begins anew.
  await visitor.page.evaluate((token) => {
    document.querySelector("[data-component]").setAttribute("authorization-token", token);
  }, world.merchant.authorize("user-123"));
  await visitor.page.getByRole("button", { name: "I agree" }).waitFor();
  await visitor.context.close();
});

testFaces("seed_000_who_is_vouched_for_enrols_and_authenticates_with_a_token_for_each_session", async () => {
  const visitor = await arrive();
  const vouched = () => ({ customer: "bank", username: "user-300", "authorization-token": world.merchant.authorize("user-300") });
  const { keylessId } = await enrol(visitor, ALICE, vouched());
  await approve(visitor, ALICE_LATER, vouched());
  const { kind, operation, ...success } = await ending(visitor);
  assert.deepEqual([kind, operation, success.keylessId], ["success", "authenticate", keylessId]);
  assert.equal((await claimsOf(world.server, "bank", success.jwt)).td, DATA);
  await visitor.context.close();
});

testFaces("seed_000_headless_code_passes_the_token_which_is_good_for_one_session_and_one_origin", async () => {
  const visitor = await arrive();
  const told = await visitor.page.evaluate(
    async ([url, token]) => {
      const sdk = await import("/sdk/headless.js");
      const heard = [];
      const sym = sdk.createKeylessEnroll();
      const options = {
        customer: { name: "bank" }, username: "user-200", service: { url }, authorization: { token },
        key: { id: "1", value: "passed over" },
      };
      sdk.addKeylessEventListeners(sym, { opened: () => heard.push("opened"), error: () => heard.push("error") });
      const { operation, consent } = await sdk.openKeylessWebSocketConnection(sym, options);
      const again = await sdk.openKeylessWebSocketConnection(sym, options).catch(({ code }) => code);
      const silent = await sdk.beginKeylessSession(sym, {}).catch(({ code }) => code);
      sdk.closeKeylessWebSocketConnection(sym);
      const other = sdk.createKeylessEnroll();
      const forbidden = await sdk.openKeylessWebSocketConnection(other, options).catch(({ message }) => message);
      return { kind: typeof sym, operation, hasText: consent.text.length > 100, again, silent, forbidden, heard };
    },
    [world.server.issuer, world.merchant.authorize("user-200")],
  );
  assert.deepEqual(told, {
    kind: "symbol",
    operation: "enrol",
    hasText: true,
    again: "SESSION_ALREADY_USED",
    silent: "SESSION_APPROVAL_MISSING",
    forbidden: "SERVER_FORBIDDEN",
    heard: ["opened"],
  });
  await visitor.page.goto(`${world.merchant.url.replace("127.0.0.1", "localhost")}/`);
  await visitor.page.waitForFunction(() => customElements.get("kl-auth"));
  await put(visitor, "kl-enroll", { username: "wendy" });
  const find = () => window.told.find(({ kind }) => kind === "error")?.code;
  assert.equal(await visitor.page.waitForFunction(find).then((it) => it.jsonValue()), "SERVER_FORBIDDEN");
  await visitor.context.close();
});

testFaces("the device's key never leaves it, and there is one for each service, customer and person", async () => {
  const visitor = await arrive();
  for (const attributes of [{ username: "a" }, { username: "b" }, { username: "a", customer: "bank" }]) {
    const token = world.merchant.authorize(attributes.username);
    await put(visitor, "kl-enroll", { ...attributes, "authorization-token": token });
    await told(visitor, "opened");
  }
  const devices = await visitor.page.evaluate(async () => {
    const settled = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await settled(indexedDB.open("countersign-recognize"));
    const store = database.transaction("devices").objectStore("devices");
    const [names, kept] = [await settled(store.getAllKeys()), await settled(store.getAll())];
    return Promise.all(
      kept.map(async ({ id, keys, secret }, at) => ({
        name: names[at].slice(1).join("/"),
        id,
        secret: secret.length,
        extractable: keys.privateKey.extractable,
        exported: await crypto.subtle.exportKey("jwk", keys.privateKey).catch(({ name }) => name),
      })),
    );
  });
  assert.deepEqual(devices.map(({ name }) => name), ["bank/a", "shop/a", "shop/b"]);
  assert.equal(new Set(devices.map(({ id }) => id)).size, 3);
  for (const { id, secret, extractable, exported } of devices) {
    assert.deepEqual([id.length, secret, extractable, exported], [43, 32, false, "InvalidAccessError"]);
  }
  await visitor.context.close();
});

testFaces("seed_002_a_pin_stands_in_for_the_face_and_the_kid_says_so", async () => {
  const visitor = await resident();
  const { page } = visitor;
  await put(visitor, "kl-auth-dialog", { username: "zoe", "transaction-data": DATA });
  await page.locator("#approve[aria-disabled=false]").click();
  await press(visitor, "With my PIN");
  await enterPin(visitor, "271829");
  await page.getByText("That was not recognised. Attempts left: 2").waitFor();
  await picture(visitor, "recognize/pin");
  await page.locator("#pin").fill("271828");
  await page.keyboard.press("Enter");
  const { factor, jwt } = await ending(visitor);
  assert.equal(factor, "pin");
  assert.equal((await claimsOf(world.server, "shop", jwt)).kid, "PIN");
  await press(visitor, "Close");
  await told(visitor, "close");
});

testFaces("a page that lets people choose a PIN while they enrol asks for no other one when they authenticate", async () => {
  const visitor = await resident();
  const markup = ["kl-auth-or-enroll", { username: "zoe", "enable-pin": "", "transaction-data": DATA }];
  await put(visitor, ...markup);
  await visitor.page.locator("#approve[aria-disabled=false]").click();
  await press(visitor, "With my PIN");
  await enterPin(visitor, "271828");
  const { kind, factor, operation } = await ending(visitor);
  assert.deepEqual({ kind, factor, operation }, { kind: "success", factor: "pin", operation: "authenticate" });
  const steps = async () => (await all(visitor, "step-change")).map(({ step }) => step);
  assert.deepEqual(await steps(), ["bootstrap", "transaction-review", "factor", "pin", "server-computation", "done"]);
  // Nor when it is the face: the camera is next.
  await put(visitor, ...markup);
  await visitor.page.locator("#approve[aria-disabled=false]").click();
  await press(visitor, "With my face");
  await visitor.page.waitForFunction(() => window.told.at(-1).step?.startsWith("camera-"));
  assert.ok(!(await steps()).includes("pin-setup"));
  await visitor.page.evaluate(() => document.querySelector("[data-component]").close());
});
