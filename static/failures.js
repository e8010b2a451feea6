// Everything that can go wrong, in words a person can act on: {title, text}, by code; signIn: it helps to sign in.

const FAILURES = {
  insecure_context: {
    title: "The camera needs a secure page",
    text: "Open this page over https://, or as http://localhost on the machine it runs on.",
  },
  no_webrtc: {
    title: "This browser cannot send live video",
    text: "Use a current Chrome, Edge, Firefox or Safari, and check that WebRTC is not switched off.",
  },
  no_camera: {
    title: "No camera found",
    text: "Connect a camera, or switch it on, and start again.",
  },
  permission_denied: {
    title: "The camera is not allowed",
    text: "Allow the camera for this page in the browser's address bar, then start again.",
  },
  camera_busy: {
    title: "The camera is in use",
    text: "Close the other program or tab that uses it, and start again.",
  },
  camera_failed: {
    title: "The camera did not start",
    text: "Choose another camera or resolution, or reload the page.",
  },
  camera_ended: {
    title: "The camera has stopped",
    text: "It was unplugged or taken by another program. Start again when it is back.",
  },
  server_full: {
    title: "All places are taken",
    text: "The server has no room for another live view right now. This page keeps trying.",
  },
  sign_in_needed: {
    title: "Sign in to use the live view",
    text: "This server analyses live video for signed-in users only.",
    signIn: true,
  },
  too_many_requests: {
    title: "Too many tries",
    text: "The server asks for a pause. This page tries again by itself.",
  },
  offer_refused: {
    title: "The server refused the video",
    text: "It cannot take what this browser offers.",
  },
  unreachable: {
    title: "The server cannot be reached",
    text: "Check the network. This page keeps trying.",
  },
  server_error: {
    title: "The server has a problem",
    text: "This page keeps trying.",
  },
  not_connected: {
    title: "No path for the video",
    text: "The server answers, but no video connection comes about. A firewall may be in the way. This page keeps trying.",
  },
  connection_lost: {
    title: "Connection lost",
    text: "Reconnecting by itself.",
  },
  server_stopping: {
    title: "The server is restarting",
    text: "This page comes back by itself.",
  },
  no_video_arrived: {
    title: "No picture reaches the server",
    text: "The camera may be covered, paused or used by a call. Start again when it is free.",
  },
  time_is_up: {
    title: "This live view has reached its longest time",
    text: "Start again when you like.",
  },
  ended_by_server: {
    title: "The server ended the live view",
    text: "Start again when you like.",
  },
};

/** Title and text for a code; `detail`, a sentence of the server's, replaces the text. */
export function describeFailure(code, detail) {
  const failure = FAILURES[code] ?? { title: "Something went wrong", text: "Start again, or reload the page." };
  return detail ? { ...failure, text: detail } : failure;
}
