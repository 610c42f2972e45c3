// Builds what is published: `dist/recognize.js` with the components, `dist/headless.js` without. The modules
// one by one are for the tests alone.
import { readdir } from "node:fs/promises";
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
