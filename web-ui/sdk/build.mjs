// Builds what is published: `dist/recognize.js` with the components, `dist/headless.js` without, and the licences of
// what is in them. The modules one by one are for the tests alone.
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { build } from "esbuild";

const common = { format: "esm", target: "es2022", legalComments: "eof", logLevel: "warning" };

await build({
  ...common,
  entryPoints: { recognize: "src/index.ts", headless: "src/headless.ts" },
  outdir: "dist",
  bundle: true,
  minify: true,
  sourcemap: true,
});

const modules = (await readdir("src", { recursive: true })).filter((name) => name.endsWith(".ts"));
await build({ ...common, entryPoints: modules.map((name) => `src/${name}`), outdir: "build" });

const licences = {
  "LICENSE-MIT": "../../LICENSE-MIT",
  "LICENSE-APACHE": "../../LICENSE-APACHE",
  // All that is bundled: lit, lit-html, lit-element and @lit/reactive-element have the same.
  "LICENSE-lit": "node_modules/lit/LICENSE",
};

await mkdir("dist/licenses", { recursive: true });
for (const [name, text] of Object.entries(licences)) await copyFile(text, `dist/licenses/${name}`);
