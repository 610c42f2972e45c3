// What somebody approves: it is shown before it is approved, and the shop gets a receipt.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, launch, visit } from "./chromium.mjs";
import { startDemo } from "./demo.mjs";
import { arriveAtShop, signOn } from "./journey.mjs";

let demo;
let browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** The code in the newest message of the demo's inbox. */
async function newestCode() {
  const inbox = await (await fetch(new URL("inbox", demo.shop))).text();
  const code = inbox.match(/(?<!\d)\d{6}(?!\d)/);
  assert.ok(code, inbox);
  return code[0];
}

test("a payment is approved with a code for it alone, and the shop shows the receipt", async () => {
  const visitor = await visit(browser);
  const { page } = visitor;
  await signOn(page, demo, demo.people.withApp);
  await page.goto(demo.shop);
  await page.click("#pay");
  await page.waitForSelector("#one-time-code");
  const shown = await page.textContent("#transaction");
  for (const told of ["99.95", "EUR", "Demo Shop"]) assert.match(shown, new RegExp(told));
  await inspect(visitor, "approval/payment");
  await page.fill("#code", await newestCode());
  await arriveAtShop(page);
  assert.match(await page.textContent("#receipt-text"), /99\.95/);
  const receipt = await page.textContent("#receipt-raw");
  assert.equal(receipt.split(".").length, 3);
  await inspect(visitor, "approval/receipt");
});
