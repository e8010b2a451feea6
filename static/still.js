// A still of the camera's, with more detail than the video that is sent has.

const PHOTO_MS = 3000; // a phone's camera focuses and exposes first
const WORTH_IT = 1.2; // a photo that is hardly larger than the video is not worth the camera's pause
const QUALITY = 0.95; // of a JPEG, 0-1: pores survive it

/**
 * Resolves to a JPEG, PNG or WebP blob of at most `mostBytes`: a photo where the camera takes larger ones than its
 * video, else the picture that `video` shows of `track`, in full size. Rejects where there is no picture.
 */
export async function takeStill(track, video, mostBytes = Infinity, scope = globalThis) {
  const photo = await takePhoto(track, scope).catch(() => null);
  if (photo && photo.size <= mostBytes) return photo;
  return fullPicture(video);
}

async function takePhoto(track, scope) {
  if (typeof scope.ImageCapture !== "function") return null;
  const camera = new scope.ImageCapture(track);
  const { imageWidth } = await within(PHOTO_MS, camera.getPhotoCapabilities());
  const { width = 0, height = 0 } = track.getSettings();
  if (!(imageWidth?.max > WORTH_IT * Math.max(width, height))) return null;
  return within(PHOTO_MS, camera.takePhoto());
}

function fullPicture(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return Promise.reject(new Error("the camera shows nothing"));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture cannot be written"))), "image/jpeg", QUALITY);
  });
}

function within(ms, promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), ms));
  return Promise.race([promise, late]);
}
