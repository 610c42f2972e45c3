// A real browser, and what every page in it must keep to.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ARTIFACTS = fileURLToPath(new URL("../../artifacts/", import.meta.url));

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** As narrow as WCAG 2.2 (success criterion 1.4.10) asks pages to be readable. */
export const NARROW = { width: 320, height: 640 };

/** The languages of the pages. */
export const LANGUAGES = ["en", "de", "es", "fr"];

/** How people may come to a page. */
export const LOOKS = {
  "desktop-light": { viewport: DESKTOP, colorScheme: "light" },
  "desktop-dark": { viewport: DESKTOP, colorScheme: "dark" },
  "phone-light": { viewport: PHONE, colorScheme: "light", isMobile: true, hasTouch: true },
  "phone-dark": { viewport: PHONE, colorScheme: "dark", isMobile: true, hasTouch: true },
  narrow: { viewport: NARROW, colorScheme: "light", isMobile: true, hasTouch: true },
};

/** Debian's Chromium, without anything that talks to the outside. `args` are added to its own. */
export function launch({ args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}

/** A fresh browser profile with one page, which notes down everything that goes wrong in it. */
export async function visit(browser, { viewport = DESKTOP, ...options } = {}) {
  const context = await browser.newContext({ viewport, locale: "en-GB", ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    // A page with an error status is also reported here; the tests look at what it shows.
    const expected = message.text().startsWith("Failed to load resource: the server responded");
    if (message.type() === "error" && !expected) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    const local = protocol === "data:" || hostname === "127.0.0.1" || hostname === "localhost";
    if (!local) complaints.push(`asked for ${request.url()}`);
  });
  return { page, context, complaints };
}

/** What WCAG 2.2 AA, as far as axe can tell, finds wrong with the page: the grave things. */
export async function accessibilityViolations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target).join("; ")})`);
}

/** Takes the picture of a page: artifacts/<name>.png. */
export async function picture({ page }, name) {
  await page.waitForLoadState("load");
  const file = path.join(ARTIFACTS, `${name}.png`);
  await mkdir(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file, fullPage: true });
}

/** Checks what every page must keep to, and takes its picture. */
export async function inspect(visitor, name, language = "en") {
  const { page, complaints } = visitor;
  await picture(visitor, name);
  assert.deepEqual(await accessibilityViolations(page), [], `accessibility of ${name}`);
  assert.deepEqual(complaints.splice(0), [], `what the browser says of ${name}`);
  assert.equal(await page.locator("html").getAttribute("lang"), language, `language of ${name}`);
  assert.equal(await page.locator("h1").count(), 1, `${name} has one main heading`);
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  assert.ok(content <= window, `${name} is ${content} wide in a window of ${window}`);
}

/** An authenticator that is part of a device and knows its owner, as phones and laptops have them. */
export const PLATFORM = { transport: "internal", hasUserVerification: true, isUserVerified: true };

/** Gives a browser a virtual authenticator, and returns what tells that authenticator what to do. */
export async function authenticator({ context, page }, options) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", hasResidentKey: true, automaticPresenceSimulation: true, ...options },
  });
  const touch = (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  const credentials = () => devtools.send("WebAuthn.getCredentials", { authenticatorId });
  return { touch, credentials };
}
