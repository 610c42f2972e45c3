// What a page cannot change of what is approved.
import assert from "node:assert/strict";
import { test } from "node:test";

import { style } from "../build/style.js";

const rules = [...style.cssText.replace(/\/\*[^]*?\*\//g, "").matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => [
  selector.trim(),
  body.trim().split(";").map((it) => it.trim()).filter(Boolean),
]);

test("what a page hands down ends at the section of the review, and our own rules come after", () => {
  const [, body] = rules.find(([selector]) => selector === "dialog.review > .screen");
  assert.equal(body[0], "all: initial");
  for (const name of ["display: grid", "color: var(--ink)", "cursor: default"]) assert.ok(body.includes(name), name);
});

test("no size of the review is of the page", () => {
  const review = rules.filter(([selector]) => selector.includes("dialog.review"));
  assert.ok(review.length > 8);
  for (const [selector, body] of review) assert.doesNotMatch(body.join(";"), /\d(rem|em)\b/, selector);
});

test("every colour that the review is drawn with is its own", () => {
  const own = rules.filter(([selector]) => selector === "dialog.review").flatMap(([, body]) => body).join(";");
  for (const name of ["primary", "on-primary", "surface", "ink", "ink-soft", "line", "quiet", "danger"]) {
    assert.match(own, new RegExp(`--${name}: light-dark\\(#`), name);
  }
});
