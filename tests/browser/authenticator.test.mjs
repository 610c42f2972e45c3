// People connect the authenticator in one browser, and sign in and pay in another: what is asked there is approved
// or denied here, with the number that the other shows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { startServer } from "../clients/server.mjs";
import { inspect, launch, PHONE, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, enterPassword, signOn } from "./journey.mjs";

const PASSWORD = "likes plain water";
const NAMES = ["alice", "bob", "carol", "dave"];

let server;
let demo;
let browser;

before(async () => {
  const people = NAMES.map((username) => ({ username, password: PASSWORD, email: `${username}@example.com` }));
  [server, demo, browser] = await Promise.all([
    startServer({ binary: process.env.COUNTERSIGN, people, host: "localhost" }),
    startDemo(),
    launch(),
  ]);
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), demo?.stop()]);
});

/** Begins to connect an authenticator on the account pages, where somebody is signed on; tells the link. */
async function pairingLink({ page }, issuer, name, password = PASSWORD) {
  await page.goto(`${issuer}/account/devices`);
  await page.click("#add-authenticator");
  await page.fill("#name", name);
  // Whoever has just given two factors need not confirm once more.
  if (await page.locator("#current_password").count()) await page.fill("#current_password", password);
  await page.click("#device-new #submit");
  await page.waitForSelector("#pairing-key");
  return page.getAttribute("#pair-here", "href");
}

/** Connects a browser of its own by that link. */
async function connect(link, look = PHONE) {
  const phone = await visit(browser, { viewport: look });
  await phone.page.goto(link);
  await phone.page.click("#connect");
  await phone.page.waitForSelector("#accounts li");
  return phone;
}

async function enrolled(username) {
  const desk = await visit(browser);
  await desk.page.goto(`${server.issuer}/account`);
  await enterPassword(desk.page, { username, password: PASSWORD });
  await desk.page.waitForSelector("#go-devices");
  const phone = await connect(await pairingLink(desk, server.issuer, "Phone"));
  await tryOut(desk, phone);
  await desk.context.clearCookies();
  return { desk, phone };
}

/** What was connected is asked for at once: the session at the desk has not given it yet. */
async function tryOut(desk, phone) {
  await desk.page.waitForSelector("#number");
  await answerWith(phone, await desk.page.textContent("#number"));
  await desk.page.waitForSelector("#go-devices");
}

/** Signs on at the desk as far as to where the phone is asked. */
async function askedBy({ page }, username) {
  await page.goto(`${server.issuer}/account`);
  await enterPassword(page, { username, password: PASSWORD });
  await page.waitForSelector("#push");
  return page.textContent("#number");
}

const other = (number) => (number === "10" ? "11" : "10");

async function answerWith({ page }, number) {
  await page.waitForSelector(".asked-card");
  await page.fill(".asked-card [name=number]", number);
  await page.click(".asked-card [value=approve]");
}

test("a phone is connected, asked, and approves a sign-on with the number that the page shows", async () => {
  const desk = await visit(browser);
  await desk.page.goto(`${server.issuer}/account`);
  await enterPassword(desk.page, { username: "alice", password: PASSWORD });
  await desk.page.waitForSelector("#go-devices");
  const link = await pairingLink(desk, server.issuer, "Phone");
  await inspect(desk, "authenticator/pairing");

  const phone = await visit(browser, { viewport: PHONE, colorScheme: "dark" });
  await phone.page.goto(link);
  await phone.page.waitForSelector("#connect");
  await inspect(phone, "authenticator/connect");
  await phone.page.click("#connect");
  await phone.page.waitForSelector("#accounts li");
  assert.ok(!(await phone.page.evaluate(() => location.hash)), "the key is not kept in the address");
  await inspect(phone, "authenticator/connected");
  // The page at the desk notices by itself.
  await tryOut(desk, phone);
  await inspect(desk, "authenticator/added");

  // What was used once connects nothing more.
  const thief = await visit(browser);
  await thief.page.goto(link);
  await thief.page.click("#connect");
  await thief.page.waitForSelector("#status:not(:empty)");
  await thief.page.locator(".alert-danger", { hasText: "didn’t work" }).waitFor();
  assert.equal(await thief.page.locator("#accounts li").count(), 0);
  await thief.context.close();

  await desk.context.clearCookies();
  const number = await askedBy(desk, "alice");
  assert.match(number, /^\d\d$/);
  await inspect(desk, "authenticator/waiting");
  await phone.page.waitForSelector(".asked-card");
  const shown = await phone.page.textContent(".asked-card");
  assert.match(shown, /alice is signing on to/);
  // An address or the time may have the same digits.
  const told = shown.split("\n").filter((line) => !/^(From|At)/.test(line));
  assert.ok(!told.join("\n").includes(number), "the phone does not tell the number");
  await inspect(phone, "authenticator/asked");
  await answerWith(phone, number);
  await desk.page.waitForSelector("#go-devices");
  await phone.page.locator("#status", { hasText: "Approved" }).waitFor();
  await inspect(phone, "authenticator/approved");
  // The key cannot be had by any script.
  const extractable = await phone.page.evaluate(async () => {
    const opened = await new Promise((resolve) => {
      const opening = indexedDB.open("countersign-authenticator");
      opening.onsuccess = () => resolve(opening.result);
    });
    const store = opened.transaction("accounts").objectStore("accounts");
    const [account] = await new Promise((resolve) => {
      const all = store.getAll();
      all.onsuccess = () => resolve(all.result);
    });
    return account.key.extractable;
  });
  assert.equal(extractable, false);
  await Promise.all([desk.context.close(), phone.context.close()]);
});

test("a wrong number may be corrected, and three of them end it", async () => {
  const { desk, phone } = await enrolled("bob");
  let number = await askedBy(desk, "bob");
  await answerWith(phone, other(number));
  await phone.page.locator(".asked-problem", { hasText: "another number" }).waitFor();
  await inspect(phone, "authenticator/wrong-number");
  for (let tries = 0; tries < 2; tries += 1) await answerWith(phone, other(number));
  await phone.page.locator(".alert-danger", { hasText: "Too many wrong numbers" }).waitFor();
  await desk.page.waitForSelector("#resend");
  await inspect(desk, "authenticator/rejected");
  await desk.page.click("#resend");
  await desk.page.waitForSelector("#number");
  number = await desk.page.textContent("#number");
  await answerWith(phone, other(number));
  await phone.page.locator(".asked-problem", { hasText: "another number" }).waitFor();
  await answerWith(phone, number);
  await desk.page.waitForSelector("#go-devices");
  await Promise.all([desk.context.close(), phone.context.close()]);
});

test("what is denied is not done", async () => {
  const { desk, phone } = await enrolled("carol");
  await askedBy(desk, "carol");
  await phone.page.waitForSelector(".asked-card");
  await phone.page.click(".asked-card [value=deny]");
  await phone.page.locator("#status", { hasText: "Denied" }).waitFor();
  await desk.page.waitForSelector("#resend");
  assert.match(await desk.page.textContent("#error"), /wasn’t approved/);
  // The phone that is closed meanwhile is asked when it is opened again.
  await phone.page.goto("about:blank");
  await desk.page.click("#resend");
  await desk.page.waitForSelector("#number");
  const number = await desk.page.textContent("#number");
  await phone.page.goto(`${server.issuer}/authenticator`);
  await answerWith(phone, number);
  await desk.page.waitForSelector("#go-devices");
  await Promise.all([desk.context.close(), phone.context.close()]);
});

test("without scripts the desk goes on by a button, and the authenticator says what it lacks", async () => {
  const { desk, phone } = await enrolled("dave");
  await desk.context.close();
  const plain = await visit(browser, { javaScriptEnabled: false });
  const number = await askedBy(plain, "dave");
  await plain.page.click("#push #submit");
  await plain.page.waitForSelector("#number");
  await answerWith(phone, number);
  await phone.page.locator("#status", { hasText: "Approved" }).waitFor();
  await plain.page.click("#push #submit");
  await plain.page.waitForSelector("#go-devices");
  await plain.page.goto(`${server.issuer}/authenticator?ui_locales=de`);
  assert.match(await plain.page.textContent("noscript"), /keinen Schlüssel/);
  await Promise.all([plain.context.close(), phone.context.close()]);
});

test("a browser that can keep no key is told so", async () => {
  const visitor = await visit(browser);
  await visitor.page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await visitor.page.goto(`${server.issuer}/authenticator`);
  await visitor.page.waitForSelector("#unsupported:not([hidden])");
  assert.ok(await visitor.page.locator("#authenticator").isHidden());
  await inspect(visitor, "authenticator/unsupported");
  await visitor.context.close();
});

test("a notification is shown while nobody looks, and a click on it leads to the app", async () => {
  const { page, context } = await visit(browser, { viewport: PHONE });
  await context.grantPermissions(["notifications"], { origin: server.issuer });
  const registered = context.waitForEvent("serviceworker");
  await page.goto(`${server.issuer}/authenticator`);
  const worker = await registered;
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
  assert.equal(worker.url(), `${server.issuer}/authenticator/worker.js`);

  // A message as a push service hands it to the browser, once it is opened there (RFC 8291).
  const devtools = await context.newCDPSession(page);
  const registration = new Promise((found) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(server.issuer));
      if (own) found(own.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  const told = { title: "Sign-in to Shop", text: "Near Bern", lang: "en", request: "r1", device: "d1", until: "" };
  const push = async (message) =>
    devtools.send("ServiceWorker.deliverPushMessage", {
      origin: server.issuer,
      registrationId: await registration,
      data: JSON.stringify(message),
    });
  const shown = () =>
    worker.evaluate(async () => {
      const all = await self.registration.getNotifications();
      return all.map(({ title, body, lang, tag, requireInteraction }) => ({ title, body, lang, tag, requireInteraction }));
    });
  const shows = async (count) => {
    for (let tries = 0; (await shown()).length !== count && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return shown();
  };
  await push(told);
  const expected = { title: told.title, body: told.text, lang: "en", tag: "r1", requireInteraction: true };
  assert.deepEqual(await shows(1), [expected]);
  // The same request once more takes the place of what is there; another stands beside it.
  await push({ ...told, text: "Near Basel" });
  await push({ ...told, request: "r2", text: undefined });
  const all = await shows(2);
  assert.deepEqual(all.map(({ tag, body }) => [tag, body]).sort(), [["r1", "Near Basel"], ["r2", ""]]);

  // Only the browser lets a worker open a window, when its person has clicked: what it would open.
  const clicked = () =>
    worker.evaluate(async () => {
      const led = [];
      Clients.prototype.openWindow = async (url) => led.push(["opened", url]);
      WindowClient.prototype.focus = async function () {
        led.push(["focused", this.url]);
      };
      const [notification] = await self.registration.getNotifications();
      const click = new NotificationEvent("notificationclick", { notification });
      let done;
      click.waitUntil = (work) => (done = work);
      self.dispatchEvent(click);
      await done;
      return led;
    });
  const app = `${server.issuer}/authenticator`;
  assert.deepEqual(await clicked(), [["focused", app]]);
  assert.equal((await shows(1)).length, 1, "what was clicked is gone");
  await page.goto("about:blank");
  assert.deepEqual(await clicked(), [["opened", app]]);
  await context.close();
});

test("a payment is approved on the phone, and the receipt holds the signature of its key", async () => {
  const person = demo.people.withApp;
  const desk = await visit(browser);
  await signOn(desk.page, demo, person);
  await desk.page.goto(`${demo.issuer}/account`);
  const phone = await connect(await pairingLink(desk, demo.issuer, "Phone", person.password));
  await desk.page.waitForSelector("#flash");
  await desk.page.locator("#devices a", { hasText: "Phone" }).click();
  await desk.page.click("#device-prefer button");
  await desk.page.waitForSelector("#flash");

  await desk.page.goto(demo.shop);
  await desk.page.click("#pay");
  await desk.page.waitForSelector("#push");
  const [number, page] = await Promise.all([
    desk.page.textContent("#number"),
    desk.page.textContent("#transaction .transaction-text"),
  ]);
  await inspect(desk, "authenticator/payment-waiting");
  await phone.page.waitForSelector(".asked-card");
  const told = await phone.page.textContent(".asked-card .transaction-text");
  assert.match(told, /99\.95/);
  assert.equal(told, page, "the same words on both");
  await inspect(phone, "authenticator/payment-asked");
  await answerWith(phone, number);
  await arriveAtShop(desk.page);
  const receipt = (await desk.page.textContent("#receipt-raw")).trim();
  const { factors } = JSON.parse(Buffer.from(receipt.split(".")[1], "base64url"));
  assert.equal(factors.find(({ signature }) => signature).signature.type, "device_key");
  const verified = await verify(receipt, await (await fetch(`${demo.issuer}/pf/JWKS`)).text());
  assert.match(verified, /99\.95/);
  await Promise.all([desk.context.close(), phone.context.close()]);
});

/** What the command line says of a receipt, without the server. */
async function verify(receipt, jwks) {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-receipt-"));
  const files = { receipt: path.join(directory, "receipt.jwt"), jwks: path.join(directory, "jwks.json") };
  await writeFile(files.receipt, receipt);
  await writeFile(files.jwks, jwks);
  const command = ["receipt", "verify", files.receipt, "--jwks", files.jwks];
  const { stdout } = await promisify(execFile)(process.env.COUNTERSIGN, command);
  await rm(directory, { recursive: true, force: true });
  return stdout;
}
