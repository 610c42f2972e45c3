// Nobody approves in the first frame, nor by a click that was meant for something else.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Dwell } from "../build/dwell.js";

/** A page whose time passes when it is told to, and what is told of it. */
function page() {
  const it = { time: 0, holds: true, isAttended: true, told: [], isWatched: true };
  let [tick, attention] = [];
  const ended = () => (it.isWatched = false);
  it.dwell = new Dwell(() => it.holds, (isOver) => it.told.push(isOver), {
    now: () => it.time,
    every: (_, run) => ((tick = run), ended),
    isAttended: () => it.isAttended,
    whenAttention: (changed) => ((attention = changed), ended),
  });
  it.pass = (milliseconds) => {
    for (const end = it.time + milliseconds; it.time < end; ) {
      it.time += 100;
      tick();
    }
  };
  it.attend = (isAttended) => {
    it.isAttended = isAttended;
    attention();
  };
  return it;
}

test("an answer counts once everything was in sight for 700 ms", () => {
  const { dwell, told, pass } = page();
  assert.equal(dwell.look(), false, "in the first frame");
  pass(600);
  assert.equal(dwell.look(), false);
  pass(100);
  assert.equal(dwell.look(), true);
  assert.deepEqual(told, [true]);
});

test("whatever comes between begins it anew", () => {
  for (const interrupt of [
    (it) => {
      it.holds = false;
      it.pass(100);
      it.holds = true;
    },
    // Between two looks.
    (it) => {
      it.attend(false);
      it.attend(true);
    },
    // Somebody comes back: it was in front all the time.
    (it) => it.attend(true),
  ]) {
    const it = page();
    it.pass(1000);
    interrupt(it);
    assert.equal(it.dwell.look(), false);
    it.pass(600);
    assert.equal(it.dwell.look(), false);
    it.pass(100);
    assert.equal(it.dwell.look(), true);
    assert.deepEqual(it.told, [true, false, true]);
  }
});

test("nothing counts in a page without the focus, even if nobody has told", () => {
  const it = page();
  it.pass(1000);
  it.isAttended = false;
  assert.equal(it.dwell.look(), false);
  it.pass(10_000);
  assert.deepEqual(it.told, [true, false]);
});

test("once it is stopped, nothing is watched", () => {
  const it = page();
  it.dwell.stop();
  assert.equal(it.isWatched, false);
});
