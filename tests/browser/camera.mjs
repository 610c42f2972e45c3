// A camera in front of which photos of somebody turn their head as the page asks: a stand-in for a person, made of the
// photos of the ORL database.
import { ALICE, MALLORY, MODELS, noFaces, photosOf } from "./person_camera.mjs";

/** Where the models are; nothing where they are not, or there are no photos. */
export const models = noFaces ? undefined : MODELS;

export { ALICE, MALLORY as STRANGER };

/** Puts somebody in front of the camera of a page that is still to be loaded; nobody, if there is no camera. */
export async function putBefore({ page }, somebody, texts) {
  // Grey pixels: 92 by 112.
  const photos = somebody && (await photosOf(somebody)).map(({ grey }) => [...grey]);
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
    // A head that turns no faster than it is looked at: the next photo comes when the one before was sent.
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      send.call(this, data);
      if (typeof data === "string") return;
      const asked = document.getElementById("face-status").textContent;
      target = { [texts.center]: 0, [texts.left]: far, [texts.right]: -far }[asked] ?? target;
      step += Math.sign(target - step);
      draw(context, photos[Math.abs(step)], step < 0);
    };
    draw(context, photos[0], false);
    return canvas.captureStream(15);
  };
  const refused = () => Promise.reject(new DOMException("no camera", "NotFoundError"));
  navigator.mediaDevices.getUserMedia = async () => (photos ? turning() : refused());
}
