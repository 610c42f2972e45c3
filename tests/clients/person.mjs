// A person in front of a browser, who fills in whatever form the server shows.
import { totp } from "./totp.mjs";

const MAX_FORMS = 5;

/** What the person puts into each form. */
const ANSWERS = {
  "sign-on": ({ username, password }) => ({ username, password, action: "check-password" }),
  "one-time-code": ({ totpSecret }) => ({ otp: totp(totpSecret), action: "check-code" }),
  consent: ({ decision = "allow" }) => ({ action: decision }),
};

/**
 * Opens `url` and answers every form until the browser is sent away from the server.
 * Returns where it was sent, and which forms the person saw.
 */
export async function complete(browser, url, person) {
  const seen = [];
  let page = await browser.open(url.href ?? url);
  while (!page.left) {
    const form = Object.keys(ANSWERS).find((id) => id in page.forms);
    if (!form || seen.length === MAX_FORMS) {
      throw new Error(`stuck at ${page.url} (${page.status}) after ${seen.join(", ")}:\n${page.html}`);
    }
    seen.push(form);
    page = await browser.submit(page, form, ANSWERS[form](person));
  }
  return { url: page.left, seen };
}
