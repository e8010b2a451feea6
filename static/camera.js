// The user's cameras: which there are, and opening one.

export class CameraError extends Error {
  /** `code`: a key of failures.js. */
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

/** What can be asked of a camera, px. Phones held upright turn width and height by themselves. */
export const RESOLUTIONS = Object.freeze([
  { id: "360p", label: "640 × 360", width: 640, height: 360 },
  { id: "720p", label: "1280 × 720", width: 1280, height: 720 },
  { id: "1080p", label: "1920 × 1080", width: 1920, height: 1080 },
]);

const CODES = {
  NotAllowedError: "permission_denied",
  SecurityError: "permission_denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "camera_busy",
  AbortError: "camera_busy",
};

/** Throws CameraError where no camera can be had on this page at all. */
export function checkSupport(scope = globalThis) {
  if (!scope.isSecureContext) throw new CameraError("insecure_context");
  if (!scope.navigator.mediaDevices?.getUserMedia || !scope.RTCPeerConnection) throw new CameraError("no_webrtc");
}

/**
 * Opens a camera: {deviceId} of listCameras(), or any; {resolution} an entry of RESOLUTIONS. Resolves to its video
 * track, made for detail rather than motion. Throws CameraError.
 */
export async function openCamera({ deviceId, resolution }) {
  checkSupport();
  const video = {
    width: { ideal: resolution.width },
    height: { ideal: resolution.height },
    frameRate: { ideal: 30, max: 30 },
    ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
  };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    const [track] = stream.getVideoTracks();
    track.contentHint = "detail";
    return track;
  } catch (error) {
    throw new CameraError(CODES[error.name] ?? "camera_failed", error);
  }
}

/** The cameras: [{deviceId, label}]. Before the first permission browsers give neither names nor ids. */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
    .map(({ deviceId, label }, index) => ({ deviceId, label: label || `Camera ${index + 1}` }));
}

/** Whether the picture is to be shown as in a mirror: yes, unless the camera looks away from the user. */
export function looksAtUser(track) {
  return track.getSettings().facingMode !== "environment";
}
