// What the types say: what integrators write compiles, and what the README says does, too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const place = (name) => fileURLToPath(new URL(name, import.meta.url));
const LIKE_AN_APPLICATION = [
  "--noEmit", "--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--types", "",
];

/** What the compiler says of a file, which names the package as an application does. */
function complaints(file, ...options) {
  try {
    const compiler = place("../node_modules/.bin/tsc");
    execFileSync(compiler, ["--ignoreConfig", ...LIKE_AN_APPLICATION, ...options, file], { cwd: place(".."), encoding: "utf8" });
    return "";
  } catch ({ stdout }) {
    return stdout;
  }
}

test("what integrators write compiles, and what is wrong does not", () => {
  assert.equal(complaints(place("types/integrator.ts")), "");
});

test("the README's examples compile", () => {
  const readme = readFileSync(place("../README.md"), "utf8");
  const [, page] = /<script type="module">\n([^]*?)<\/script>/.exec(readme);
  const [, headless] = /```js\n([^]*?)```/.exec(readme);
  mkdirSync(place("../build/readme"), { recursive: true });
  const around = "declare const say: (text: string) => void, send: (jwt?: string) => void, video: HTMLVideoElement;\n";
  for (const [name, text] of [["page", `import "@countersign/recognize";\n${page}`], ["headless", around + headless]]) {
    const file = place(`../build/readme/${name}.ts`);
    writeFileSync(file, text);
    // In the page there is the element.
    assert.equal(complaints(file, "--strictNullChecks", "false"), "", name);
  }
});
