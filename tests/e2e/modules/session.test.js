import { Session } from "/static/session.js";
import { SignallingError } from "/static/signalling.js";
import { annotation, cameraTrack, equal, ok } from "./check.js";

const TEXT = (message) => JSON.stringify({ v: 1, ...message });

/** The server's side with a real peer connection in this very page; only HTTP is left out. */
class LoopbackServer {
  offers = 0;
  ended = [];
  heard = [];
  refusals = []; // errors that the next offers meet
  resumes = []; // the token of each offer, null where it had none
  sessions = 0;
  connections = [];
  controls = []; // the control channel of each connection
  #control = null;
  #annotations = null;

  async iceServers() {
    return [];
  }

  async offer(description, { resume = null } = {}) {
    this.offers += 1;
    this.resumes.push(resume);
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const connection = new RTCPeerConnection();
    this.connections.push(connection);
    connection.addEventListener("datachannel", ({ channel }) => this.#opened(channel));
    await connection.setRemoteDescription(description);
    await connection.setLocalDescription();
    if (connection.iceGatheringState !== "complete") {
      await new Promise((resolve) => {
        connection.addEventListener("icegatheringstatechange", () => connection.iceGatheringState === "complete" && resolve());
      });
    }
    const { sdp, type } = connection.localDescription;
    if (resume === null) this.sessions += 1;
    const token = { token: `token-${this.offers}`, expires_in_ms: 60_000 };
    return { sdp, type, session_id: `session-${this.sessions}`, resumed: resume !== null, resume: token };
  }

  async trickle(sessionId, candidates) {
    for (const candidate of candidates) await this.connections.at(-1).addIceCandidate(candidate);
  }

  async end(sessionId) {
    this.ended.push(sessionId);
  }

  say(message) {
    this.#control.send(TEXT(message));
  }

  annotate() {
    this.#annotations.send(TEXT(annotation()));
  }

  close() {
    for (const connection of this.connections) connection.close();
  }

  #opened(channel) {
    if (channel.label === "annotations") {
      this.#annotations = channel;
      return;
    }
    this.#control = channel;
    this.controls.push(channel);
    channel.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      this.heard.push(message);
      if (message.type === "ping") this.say({ type: "pong", t: message.t });
      if (message.type === "configure") this.annotate();
    });
  }
}

// A session on a loopback server, handed to `act` with a function that waits for a state; cleaned up afterwards.
async function withSession(act, prepare = () => undefined) {
  const server = new LoopbackServer();
  prepare(server);
  const session = new Session(server, { landmarks: "contours" });
  const states = [];
  session.addEventListener("state", ({ detail }) => states.push(detail));
  const track = cameraTrack(320, 180);
  const reached = async (state, count = 1) => {
    for (const end = performance.now() + 15_000; performance.now() < end; ) {
      const found = states.filter((each) => each.state === state);
      if (found.length >= count) return found[count - 1];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never ${state}: ${JSON.stringify(states)}`);
  };
  try {
    await act({ server, session, track, states, reached });
  } finally {
    session.stop();
    track.stop();
    server.close();
  }
}

export default {
  async "a session is live when the first annotation comes, and begins with its configuration"() {
    await withSession(async ({ server, session, track, states, reached }) => {
      session.start(track);
      await reached("live");
      equal(states.map(({ state }) => state), ["connecting", "live"]);
      equal(server.heard.find(({ type }) => type === "configure").landmarks, "contours");
      session.stop();
      equal(session.state, "idle");
      equal(server.ended, ["session-1"]);
    });
  },
  async "a goodbye with a time brings it back by itself"() {
    await withSession(async ({ server, session, track, reached }) => {
      session.start(track);
      await reached("live");
      server.say({ type: "bye", reason: "server_stopping", retry_after_ms: 50 });
      equal((await reached("waiting")).code, "server_stopping");
      await reached("live", 2);
      equal(server.offers, 2);
    });
  },
  async "a goodbye without a time is the end"() {
    await withSession(async ({ server, session, track, reached }) => {
      session.start(track);
      await reached("live");
      server.say({ type: "bye", reason: "session_too_long", retry_after_ms: null });
      equal((await reached("failed")).code, "time_is_up");
      equal(server.offers, 1);
    });
  },
  async "a lost connection is followed at once by one that takes the session over"() {
    await withSession(async ({ server, session, track, states, reached }) => {
      session.start(track);
      await reached("live");
      server.close();
      await reached("live", 2);
      equal(states.map(({ state }) => state), ["connecting", "live", "connecting", "live"]);
      equal(server.resumes, [null, "token-1"]);
      equal(server.ended, [], "sessions ended");
      session.stop();
      equal(server.ended, ["session-1"], "sessions ended");
    });
  },
  async "a session that cannot be taken over is begun afresh, and the old one ended"() {
    await withSession(async ({ server, session, track, reached }) => {
      session.start(track);
      await reached("live");
      server.refusals.push(new SignallingError("resume_refused", { retryAfterMs: 0 }));
      server.close();
      await reached("live", 2);
      equal(server.resumes, [null, "token-1", null]);
      equal(server.ended, ["session-1"]);
    });
  },
  async "when the network changes the old connection stays until the new one serves"() {
    await withSession(async ({ server, session, track, states, reached }) => {
      session.start(track);
      await reached("live");
      const [before] = server.controls;
      const switched = new Promise((resolve) => session.addEventListener("switched", resolve, { once: true }));
      let heard = 0;
      session.addEventListener("message", () => (heard += 1));
      session.networkChanged();
      session.networkChanged(); // browsers say it more than once
      await switched;
      equal(server.resumes, [null, "token-1"]);
      equal(states.map(({ state }) => state), ["connecting", "live"]);
      ok(heard > 0, "nothing heard over the new connection");
      for (const end = performance.now() + 5000; before.readyState === "open" && performance.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      ok(before.readyState !== "open", "the old connection stays");
      equal(server.ended, [], "sessions ended");
    });
  },
  async "a new connection that is refused leaves the old one as it is"() {
    await withSession(async ({ server, session, track, states, reached }) => {
      session.start(track);
      await reached("live");
      server.refusals.push(new SignallingError("resume_refused", { retryAfterMs: 0 }));
      session.networkChanged();
      while (server.offers < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 100));
      equal(states.map(({ state }) => state), ["connecting", "live"]);
      equal(server.offers, 2);
      session.networkChanged(); // and it may be tried again
      await new Promise((resolve) => session.addEventListener("switched", resolve, { once: true }));
    });
  },
  async "a full server is asked again when it said so, and at once when the user wants"() {
    const full = new SignallingError("server_full", { retryAfterMs: 60_000 });
    await withSession(
      async ({ session, track, reached }) => {
        session.start(track);
        const { code, retryAt } = await reached("waiting");
        equal(code, "server_full");
        ok(retryAt - performance.now() > 55_000, "sooner than asked");
        session.retryNow();
        await reached("live");
      },
      (server) => server.refusals.push(full),
    );
  },
  async "a refusal that will not change is final and says why"() {
    const refusal = new SignallingError("offer_refused", { detail: "The video must be VP8 or H264." });
    await withSession(
      async ({ server, session, track, reached }) => {
        session.start(track);
        const { code, detail } = await reached("failed");
        equal([code, detail], ["offer_refused", "The video must be VP8 or H264."]);
        equal(server.offers, 1);
      },
      (server) => server.refusals.push(refusal),
    );
  },
  async "stopping while it connects leaves nothing behind"() {
    await withSession(async ({ server, session, track }) => {
      const started = session.start(track);
      session.stop();
      await started;
      await new Promise((resolve) => setTimeout(resolve, 300));
      equal(session.state, "idle");
      equal(server.ended.length, server.offers, "sessions left on the server");
    });
  },
  async "stopping while the server answers ends what it has just opened"() {
    await withSession(async ({ server, session, track }) => {
      const started = session.start(track);
      while (server.offers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      session.stop();
      await started;
      equal(server.ended, ["session-1"]);
    });
  },
  async "another configuration holds for the next connection too"() {
    await withSession(async ({ server, session, track, reached }) => {
      session.start(track);
      await reached("live");
      session.configure({ landmarks: "full" });
      server.say({ type: "bye", reason: "server_stopping", retry_after_ms: 10 });
      await reached("live", 2);
      equal(server.heard.filter(({ type }) => type === "configure").at(-1).landmarks, "full");
    });
  },
};
