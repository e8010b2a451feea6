"""How the built-in acne model is made: a seeded renderer of lesions on skin, and the training of a small YOLOv8 on it.

`make train` renders the data set once, trains, calibrates the threshold and exports `media_pipeline/weights/acne.onnx`.
Nothing here is imported by the server. The evaluation's renderer is another one, and neither knows the other.
"""
