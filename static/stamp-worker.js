// Sits between the encoder and the network, changes nothing, and tells the page which RTP timestamps go out when.

self.onrtctransform = ({ transformer }) => {
  const stamp = new TransformStream({
    transform(frame, controller) {
      const rtpTimestamp = frame.getMetadata().rtpTimestamp ?? frame.timestamp;
      // performance.now() counts from the worker's own start, so the message carries the time since the epoch
      self.postMessage({ rtpTimestamp, at: performance.timeOrigin + performance.now() });
      controller.enqueue(frame);
    },
  });
  transformer.readable.pipeThrough(stamp).pipeTo(transformer.writable).catch(() => undefined); // ends with the sender
};
