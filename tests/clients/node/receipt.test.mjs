// The verifier of the documentation, which knows nothing of Countersign, agrees with it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

const EXAMPLE = new URL("../../../docs/examples/receipt/", import.meta.url);
let folder;

before(async () => {
  // Beside the packages of these tests, where the verifier finds its JOSE library.
  folder = await mkdtemp(path.join(import.meta.dirname, "receipt-"));
  for (const name of ["verify.mjs", "jwks.json", "receipt.jwt"]) await copyFile(new URL(name, EXAMPLE), path.join(folder, name));
});

after(() => rm(folder, { recursive: true }));

const verify = (receipt) => spawnSync("node", ["verify.mjs", receipt, "jwks.json"], { cwd: folder, encoding: "utf8" });

test("the receipt of the documentation is good, and says what was shown", () => {
  const { status, stdout, stderr } = verify("receipt.jwt");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Pay 99\.95 EUR to Demo Shop\?/);
});

test("rts_5_1_d a receipt over another amount is not", async () => {
  const [header, payload, signature] = (await readFile(path.join(folder, "receipt.jwt"), "utf8")).trim().split(".");
  const changed = Buffer.from(payload, "base64url").toString().replaceAll("99.95", "99.96");
  await writeFile(path.join(folder, "forged.jwt"), [header, Buffer.from(changed).toString("base64url"), signature].join("."));
  const { status, stderr } = verify("forged.jwt");
  assert.equal(status, 1);
  assert.match(stderr, /signature verification failed/);
});
