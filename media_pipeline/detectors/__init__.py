"""The detectors: each sees an aligned face alone and says where a condition shows on it."""
