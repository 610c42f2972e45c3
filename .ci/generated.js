// What the scripts share that write a document from the tests: where the Rust sources are, which
// tests they have, and how a table says so.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..");

/** All Rust sources of the crates, as `[path, source]` pairs in the order of their paths. */
function rustSources() {
  const crates = path.join(ROOT, "crates");
  const entries = fs.readdirSync(crates, { recursive: true }).map((name) => path.join(crates, name));
  const wanted = entries.filter((file) => /\.rs$/.test(file) && !file.includes(`${path.sep}target${path.sep}`));
  const named = wanted.map((file) => [path.relative(ROOT, file).split(path.sep).join("/"), fs.readFileSync(file, "utf8")]);
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}

const TEST = /((?:^[ \t]*(?:\/\/\/|#\[).*\n)*?)^[ \t]*#\[(?:\w+::)?test[^\]]*\][^]*?\bfn (\w+)/gm;

/** Every test of a source: its name, and the lines of its documentation. */
function tests(source) {
  return Array.from(source.matchAll(TEST), ([, above, name]) => {
    const lines = above.split("\n").filter((line) => /^\s*\/\/\//.test(line));
    return { name, documentation: lines.map((line) => line.replace(/^\s*\/\/\/ ?/, "")) };
  });
}

/** A link from a document in docs/ to a file. */
const link = (file, text) => `[${text}](../${file})`;

/** Several things in one cell of a table. */
const cell = (items) => items.sort().join("<br>") || "–";

/** Writes a document; with `--check`, fails unless it says just this. */
function keep(script, document, text) {
  const file = path.join(ROOT, document);
  if (!process.argv.includes("--check")) {
    fs.writeFileSync(file, text);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
    console.error(`${script}: ${document} is stale; run .ci/${script}`);
    process.exit(1);
  }
}

module.exports = { ROOT, cell, keep, link, rustSources, tests };
