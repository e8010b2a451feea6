// How the video is sent: what the page wants by itself, and what the server's budget leaves of it.

export const DEFAULT_KBPS = 2500; // enough for 1280x720 at 30 frames a second with skin texture in it
const DEFAULT_FPS = 30;

/** Changes to one RTP encoding (RTCRtpEncodingParameters) for a `track` size in px and the server's `budget`, if any. */
export function encodingFor(track, budget) {
  if (!budget) return { maxBitrate: DEFAULT_KBPS * 1000, maxFramerate: DEFAULT_FPS, scaleResolutionDownBy: 1 };
  const long = Math.max(track.width, track.height) / Math.max(budget.width, budget.height);
  const short = Math.min(track.width, track.height) / Math.min(budget.width, budget.height);
  const scale = Number.isFinite(long * short) ? Math.max(1, long, short) : 1;
  return { maxBitrate: Math.round(budget.kbps * 1000), maxFramerate: budget.fps, scaleResolutionDownBy: scale };
}

/** Applies the budget to an RTCRtpSender. Resolves to whether the browser took it. */
export async function applyBudget(sender, budget) {
  const { width = 0, height = 0 } = sender.track?.getSettings() ?? {};
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return false;
  Object.assign(parameters.encodings[0], encodingFor({ width, height }, budget));
  parameters.degradationPreference = "maintain-resolution"; // skin needs pixels more than it needs frames
  try {
    await sender.setParameters(parameters);
    return true;
  } catch {
    return false; // the browser knows none of these: it sends as it sees fit, and the server lives with that
  }
}
