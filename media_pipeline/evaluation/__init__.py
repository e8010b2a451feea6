"""How good the detectors are, measured on pictures with planted conditions of known place and size (`make evaluate`).

The renderer here is the evaluation's own: nothing of it is used to train or tune a detector.
"""
