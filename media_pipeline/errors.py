"""What can go wrong between a picture and its findings.

PipelineError
├── PictureError            the caller's picture cannot be analysed; `code` says why
└── DetectorError           a detector failed; the others' results stand
    └── ModelError          weights that cannot be loaded or are not the model asked for
"""

__all__ = ["DetectorError", "ModelError", "PictureError", "PipelineError"]


class PipelineError(Exception):
    """Base of the tree."""


class PictureError(PipelineError):
    """The picture cannot be analysed. code is for machines (no_face, several_faces, not_an_image, too_large, too_small,
    implausible_face, ...), the text is a sentence for the person who sent it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class DetectorError(PipelineError):
    """A detector could not do its work."""


class ModelError(DetectorError):
    """A model file is missing, broken, or not what it should be."""
