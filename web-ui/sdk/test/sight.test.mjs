// Whether all of something was in sight, as a browser tells it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { SightWatch, isByHand } from "../build/sight.js";

const [WIDTH, SCREEN] = [300, 600];
Object.assign(globalThis, { innerWidth: WIDTH, innerHeight: SCREEN });

globalThis.IntersectionObserver = class {
  constructor(look) {
    this.look = look;
    this.observed = [];
    globalThis.observer = this;
  }
  observe(element) {
    this.observed.push(element);
  }
  unobserve() {}
  disconnect() {}
};

/** An element of this height that is at `top` of the screen, with what is above it at each point. */
function element(height) {
  const it = { top: 0, height, hit: undefined };
  it.getBoundingClientRect = () => rect(it.top, it.top + it.height);
  it.closest = () => null;
  it.contains = () => false;
  it.getRootNode = () => ({ elementFromPoint: (x, y) => it.hit?.(x, y) ?? it });
  return it;
}

const rect = (top, bottom, width = WIDTH) => ({ left: 0, right: width, width, top, bottom, height: bottom - top });

/** The browser tells of it where it is. */
function tell(it, top, { width = WIDTH, isVisible = true } = {}) {
  it.top = top;
  const [from, to] = [Math.max(0, top), Math.min(SCREEN, top + it.height)];
  const isIntersecting = to > from;
  const intersectionRect = isIntersecting ? rect(from, to, width) : rect(0, 0, 0);
  observer.look([{ target: it, isIntersecting, isVisible, boundingClientRect: it.getBoundingClientRect(), intersectionRect }]);
}

test("a row that is higher than the screen is seen part after part, in any order", () => {
  const row = element(1500);
  const watch = new SightWatch([row], () => {});
  for (const [top, sight] of [[0, "unseen"], [-900, "unseen"], [-1600, "unseen"], [-300.4, "seen"]]) {
    tell(row, top);
    assert.equal(watch.sight, sight, `${top}`);
  }
});

test("a leap leaves something unseen, however little it is", () => {
  const row = element(1250);
  const watch = new SightWatch([row], () => {});
  for (const top of [0, -650, 0, -650]) tell(row, top);
  assert.equal(watch.sight, "unseen");
  tell(row, -40);
  tell(row, -100);
  assert.equal(watch.sight, "seen");
});

test("what was covered, or cut off at a side, was not seen", () => {
  for (const unseen of [{ isVisible: false }, { width: 200 }]) {
    const row = element(100);
    const watch = new SightWatch([row], () => {});
    tell(row, 0, unseen);
    assert.notEqual(watch.sight, "seen");
    tell(row, 0);
    assert.equal(watch.sight, "seen");
  }
});

test("what was drawn anew is seen anew", () => {
  const row = element(1000);
  const watch = new SightWatch([row], () => {});
  tell(row, 0);
  row.height = 1100;
  tell(row, -500);
  assert.equal(watch.sight, "unseen");
});

test("every look asks the browser again for what was not seen, and for nothing else", () => {
  const [row, button] = [element(1500), element(48)];
  const watch = new SightWatch([row, button], () => {});
  observer.observed = [];
  assert.equal(watch.look(), "unseen");
  assert.deepEqual(observer.observed, [], "it was asked for both, and has not told yet");
  for (const it of [row, button]) tell(it, 0);
  for (let times = 0; times < 2; times += 1) assert.equal(watch.look(), "unseen");
  assert.deepEqual(observer.observed, [row]);
  tell(row, -600);
  assert.equal(watch.look(), "unseen");
  assert.deepEqual(observer.observed, [row, row]);
});

test("nothing is on top of any part that is on the screen, in browsers that say no more", () => {
  const row = element(1500);
  const watch = new SightWatch([row], () => {});
  const other = element(10);
  for (const hit of [(_, y) => y > 500 && other, (x) => x < 50 && other]) {
    row.hit = (x, y) => hit(x, y) || undefined;
    tell(row, 0, { isVisible: undefined });
    assert.equal(watch.sight, "covered");
  }
  row.hit = undefined;
  for (const top of [0, -500, -900]) tell(row, top, { isVisible: undefined });
  assert.equal(watch.sight, "seen");
});

test("what a page has zoomed is not legible", () => {
  const row = element(100);
  const watch = new SightWatch([row], () => {});
  tell(row, 0);
  for (const [zoom, sight] of [[1, "seen"], [0.2, "covered"], [5, "covered"], [undefined, "seen"]]) {
    row.currentCSSZoom = zoom;
    assert.equal(watch.sight, sight);
  }
});

test("a click is the person's own if it is trusted, on the element, and at a point where nothing else is", () => {
  const [button, other] = [element(48), element(10)];
  button.contains = (it) => it === button;
  const click = (changed) => ({ isTrusted: true, detail: 1, clientX: 5, clientY: 5, composedPath: () => [button], ...changed });
  assert.equal(isByHand(click(), button), true);
  assert.equal(isByHand(click({ isTrusted: false }), button), false);
  assert.equal(isByHand(click({ composedPath: () => [other] }), button), false);
  assert.equal(isByHand(click(), null), false);
  button.hit = () => other;
  assert.equal(isByHand(click(), button), false);
  assert.equal(isByHand(click({ detail: 0, clientX: 0, clientY: 0 }), button), true, "by a key");
});
