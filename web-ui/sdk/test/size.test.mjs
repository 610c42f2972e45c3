// What is published is small.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

for (const [name, most] of [["recognize", 40], ["headless", 10]]) {
  test(`${name}.js is under ${most} KB as browsers get it`, async () => {
    const bundle = await readFile(new URL(`../dist/${name}.js`, import.meta.url));
    const { length } = gzipSync(bundle, { level: 9 });
    assert.ok(length < most * 1024, `${length} bytes`);
  });
}

test("the types of what is published are there", async () => {
  const types = await readFile(new URL("../dist/types/headless.d.ts", import.meta.url), "utf8");
  for (const name of [
    "createKeylessAuth", "createKeylessEnroll", "openKeylessWebSocketConnection", "addKeylessEventListeners",
    "removeKeylessEventListeners", "createKeylessMediaStream", "getKeylessCameraPermissionState",
    "getKeylessVideoMediaDevices", "isKeylessVideoMediaStreamAvailable",
  ]) {
    assert.match(types, new RegExp(`function ${name}\\b`));
  }
});
