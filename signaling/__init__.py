"""WebRTC signalling: offers, sessions, data channels, ICE servers. The only package that imports aiortc."""
