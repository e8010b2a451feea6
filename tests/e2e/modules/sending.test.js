import { applyBudget, encodingFor } from "/static/sending.js";
import { cameraTrack, equal, near } from "./check.js";

const budget = { width: 1280, height: 720, fps: 15, kbps: 900 };

export default {
  "without a budget the whole picture is sent at thirty a second"() {
    equal(encodingFor({ width: 1920, height: 1080 }, null), {
      maxBitrate: 2_500_000,
      maxFramerate: 30,
      scaleResolutionDownBy: 1,
    });
  },
  "a budget scales down what is larger, by the side that is worse off"() {
    equal(encodingFor({ width: 1920, height: 1080 }, budget), {
      maxBitrate: 900_000,
      maxFramerate: 15,
      scaleResolutionDownBy: 1.5,
    });
    near(encodingFor({ width: 1440, height: 1080 }, budget).scaleResolutionDownBy, 1.5, 1e-9);
  },
  "an upright phone is measured by its longer side"() {
    equal(encodingFor({ width: 720, height: 1280 }, budget).scaleResolutionDownBy, 1);
  },
  "nothing is scaled up, and a size that is not known is not scaled"() {
    equal(encodingFor({ width: 640, height: 360 }, budget).scaleResolutionDownBy, 1);
    equal(encodingFor({ width: 0, height: 0 }, budget).scaleResolutionDownBy, 1);
  },
  async "a real sender takes the budget"() {
    const connection = new RTCPeerConnection();
    const track = cameraTrack(640, 360);
    const { sender } = connection.addTransceiver(track, { direction: "sendonly" });
    equal(await applyBudget(sender, { width: 320, height: 180, fps: 10, kbps: 400 }), true);
    const { encodings, degradationPreference } = sender.getParameters();
    const { scaleResolutionDownBy, maxFramerate, maxBitrate } = encodings[0];
    equal([scaleResolutionDownBy, maxFramerate, maxBitrate], [2, 10, 400_000]);
    equal(degradationPreference, "maintain-resolution");
    connection.close();
    track.stop();
  },
};
