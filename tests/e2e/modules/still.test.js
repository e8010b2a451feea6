import { takeStill } from "/static/still.js";
import { cameraTrack, equal, ok } from "./check.js";

async function playing(track) {
  const video = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream([track]) });
  await video.play();
  return video;
}

const camera = (width, photo) => ({
  ImageCapture: class {
    async getPhotoCapabilities() {
      return { imageWidth: { min: 1, max: width } };
    }
    takePhoto() {
      return photo;
    }
  },
});

export default {
  async "a photo is taken where the camera takes larger ones than its video"() {
    const track = cameraTrack(320, 240);
    const video = await playing(track);
    const photo = new Blob(["photo"], { type: "image/jpeg" });
    equal(await takeStill(track, video, 1000, camera(4000, Promise.resolve(photo))), photo);
    for (const [width, taken, most] of [[350, photo, 1000], [4000, photo, 2], [4000, Promise.reject(new Error("no")), 1000]]) {
      const still = await takeStill(track, video, most, camera(width, taken));
      ok(still !== photo, "the video's picture");
      const bitmap = await createImageBitmap(still);
      equal([still.type, bitmap.width, bitmap.height], ["image/jpeg", 320, 240]);
    }
    track.stop();
  },
  async "without a photo the video's whole picture is taken, and without a picture none"() {
    const track = cameraTrack(640, 360);
    const still = await takeStill(track, await playing(track), Infinity, {});
    equal((await createImageBitmap(still)).width, 640);
    track.stop();
    const outcome = await takeStill(track, document.createElement("video"), Infinity, {}).catch((error) => error.message);
    equal(outcome, "the camera shows nothing");
  },
};
