// What people approve, and what they agree to, is shown by the same rules.
import assert from "node:assert/strict";
import { test } from "node:test";

import { LANGUAGES } from "../build/locale.js";
import { isProtected, screen } from "../build/screen.js";

const texts = LANGUAGES.en;
const opened = {
  transaction: { pairs: [{ label: "Amount", value: "12.50 EUR" }] },
  consent: { version: "1", text: "Your face is measured." },
};

/** The markup of a step, but for what escapes it. */
function markup(step, view) {
  const flat = (it) => {
    if (Array.isArray(it)) return it.map(flat).join("");
    if (!it?.strings) return typeof it === "function" ? "" : String(it ?? "");
    return it.strings.map((text, at) => text + (at < it.values.length ? flat(it.values[at]) : "")).join("");
  };
  return flat(screen({ texts, step, opened, ...view }));
}

const WHY = {
  "transaction-review": { unseen: texts.reviewScroll, covered: texts.reviewCovered },
  consent: { unseen: texts.consentScroll, covered: texts.consentCovered },
};

test("only what is approved or agreed to is protected", () => {
  assert.ok(Object.keys(WHY).every(isProtected));
  for (const step of ["bootstrap", "factor", "pin", "camera-permission", "camera-stream", "done"]) assert.ok(!isProtected(step));
});

for (const [step, why] of Object.entries(WHY)) {
  test(`${step}: all of it is watched, and the button says whether it works`, () => {
    const shown = markup(step, { sight: "seen", isReady: true });
    assert.equal(shown.match(/data-row/g).length, 2, "the text and the button");
    assert.match(shown, /<button [^>]*id="approve" data-row aria-disabled=false/);
    assert.match(shown, step === "consent" ? /data-row>Your face is measured\.</ : /data-row><dt>Amount<\/dt><dd>12\.50 EUR</);
  });

  test(`${step}: until then the button does not work, and people read why`, () => {
    for (const sight of ["unseen", "covered", "seen"]) {
      const shown = markup(step, { sight, isReady: false });
      assert.match(shown, /id="approve" data-row aria-disabled=true/);
      for (const [one, text] of Object.entries(why)) assert.equal(shown.includes(text), one === sight);
    }
  });
}
