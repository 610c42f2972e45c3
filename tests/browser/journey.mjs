// The steps that people take on the pages, with mouse and keyboard as they come.
import { totp } from "../clients/totp.mjs";

/** Leaves the shop for the sign-on page. */
export async function goToSignOn(page, demo) {
  await page.goto(demo.shop);
  await page.click("#sign-in");
  await page.waitForSelector("#sign-on");
}

export async function enterPassword(page, { username, password }) {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#sign-on #submit");
}

/** Types the code that the person's app shows; the page sends it by itself where scripts run. */
export async function enterCode(page, { totpSecret }, { scripts = true } = {}) {
  await page.waitForSelector("#one-time-code");
  await page.fill("#code", totp(totpSecret));
  if (!scripts) await page.click("#one-time-code #submit");
}

/** Waits for the shop, allowing it what it asks for on the way if it is asked. */
export async function arriveAtShop(page) {
  await page.waitForSelector("#consent, #id-token");
  if (await page.locator("#consent").count()) await page.click("#allow");
  await page.waitForSelector("#id-token");
}

/** From the shop's front page to being signed in there. */
export async function signOn(page, demo, person) {
  await goToSignOn(page, demo);
  await enterPassword(page, person);
  if (person.totpSecret) await enterCode(page, person);
  await arriveAtShop(page);
}
