// What is in the package, when it is packed where nothing was built.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));

test("what is packed is built before, has its licences, and nothing that nobody needs", () => {
  const clean = mkdtempSync(path.join(tmpdir(), "recognize-package-"));
  try {
    const sdk = path.join(clean, "web-ui/sdk");
    mkdirSync(sdk, { recursive: true });
    for (const name of ["src", "test", "package.json", "README.md", "build.mjs", "tsconfig.json"]) {
      cpSync(path.join(HERE, name), path.join(sdk, name), { recursive: true });
    }
    for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path.join(HERE, "../..", name), path.join(clean, name));
    symlinkSync(path.join(HERE, "node_modules"), path.join(sdk, "node_modules"));
    const said = execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: sdk, encoding: "utf8" });
    const [{ files }] = JSON.parse(said.slice(said.indexOf("[")));
    const names = files.map(({ path }) => path);
    for (const name of [
      "package.json", "README.md", "dist/recognize.js", "dist/headless.js", "dist/types/index.d.ts", "dist/types/headless.d.ts",
      "dist/licenses/LICENSE-MIT", "dist/licenses/LICENSE-APACHE", "dist/licenses/LICENSE-lit",
    ]) {
      assert.ok(names.includes(name), `${name} is missing of ${names.join(" ")}`);
    }
    assert.deepEqual(names.filter((name) => !/^(package\.json|README\.md|dist\/.*)$/.test(name)), []);
    const licence = (name) => readFileSync(path.join(sdk, "dist/licenses", name), "utf8");
    assert.match(licence("LICENSE-MIT"), /Permission is hereby granted/);
    assert.match(licence("LICENSE-APACHE"), /Apache License\s+Version 2\.0/);
    assert.match(licence("LICENSE-lit"), /BSD 3-Clause License/);
  } finally {
    rmSync(clean, { recursive: true });
  }
});

test("all that is bundled has the licence that is in the package", () => {
  const map = JSON.parse(readFileSync(path.join(HERE, "dist/recognize.js.map"), "utf8"));
  const bundled = new Set(map.sources.map((source) => /node_modules\/((@[^/]+\/)?[^/]+)\//.exec(source)?.[1]).filter(Boolean));
  assert.ok(bundled.has("lit-html"));
  const text = readFileSync(path.join(HERE, "dist/licenses/LICENSE-lit"), "utf8");
  for (const name of bundled) {
    const file = path.join(HERE, "node_modules", name, "LICENSE");
    assert.ok(existsSync(file), name);
    assert.equal(readFileSync(file, "utf8").trim(), text.trim(), name);
  }
  const headless = JSON.parse(readFileSync(path.join(HERE, "dist/headless.js.map"), "utf8"));
  assert.deepEqual(headless.sources.filter((source) => source.includes("node_modules")), []);
});
