"""The report's parts about pictures that nothing was planted on."""

from collections.abc import Sequence

import numpy as np

from media_pipeline.evaluation.estimates import mean_of, share_of
from media_pipeline.evaluation.real_faces import RealFace
from media_pipeline.evaluation.tables import condition_name, correlation, interval, plain, table
from media_pipeline.types import Condition

__all__ = ["acne_pictures", "ages", "clear_faces"]


def clear_faces(faces: Sequence[RealFace]) -> str:
    """What was found on faces with clear skin; empty where there are none."""
    if not faces:
        return ""
    rows = []
    for condition in Condition:
        said = [face.results[condition] for face in faces if condition in face.results]
        counts = [one.count for one in said if one.score is not None]
        scores = [one.score for one in said if one.score is not None]
        refused = share_of(len(faces) - len(counts), len(faces))
        if counts:
            median, most = f"{np.median(counts):.0f}", str(max(counts))
            cells = [interval(mean_of(counts), 1), median, most, f"{np.median(scores):.0f}", f"{min(scores):.0f}"]
        else:
            cells = ["-"] * 5
        rows.append([condition_name(condition), *cells, plain(refused)])
    head = ["condition", "findings a face", "median", "most", "median score", "lowest score", "refused"]
    return (
        f"## Clear faces\n\n{len(faces)} generated faces with clear skin, as they are: few findings are right (a "
        "mole, a crease, a shadow under an eye may be real).\n\n" + table(head, rows)
    )


def ages(faces: Sequence[RealFace]) -> str:
    """Whether the older portraits get more wrinkles; empty where there are none."""
    if not faces:
        return ""
    known = [
        (-float(face.birth_year), face.wrinkle_density)
        for face in faces
        if face.birth_year is not None and face.wrinkle_density is not None
    ]
    judged = [
        (-float(face.birth_year), 100 - said.score)
        for face in faces
        if face.birth_year is not None
        and (said := face.results.get(Condition.WRINKLES)) is not None
        and said.score is not None
    ]
    return (
        "## Older against younger\n\n"
        f"{len(faces)} official portraits of people born between {min(f.birth_year or 9999 for f in faces)} and "
        f"{max(f.birth_year or 0 for f in faces)}. Rank correlation of age (birth year) with\n\n"
        f"- wrinkle density, measured on every portrait with a face, also where the picture is too small for a result: "
        f"{correlation(known)}\n"
        f"- 100 - wrinkle score, where the picture carries a result: {correlation(judged)}\n"
    )


def acne_pictures(faces: Sequence[RealFace]) -> str:
    """What was found of the lesions marked by eye on generated pictures; empty where there are none."""
    if not faces:
        return ""
    rows = []
    for face in faces:
        said = face.results.get(Condition.ACNE)
        marks, found, _ = face.marks or (0, 0, 0)
        marked = [str(marks), str(found)] if face.marks else ["-", "-"]
        if said is None or said.score is None:
            rows.append([face.name, *marked, face.refused or (said.reason if said and said.reason else "-"), "-"])
        else:
            rows.append([face.name, *marked, str(said.count), f"{said.score:.0f}"])
    marks, found, boxes = (sum(column) for column in zip(*(face.marks or (0, 0, 0) for face in faces), strict=True))
    together = ""
    if marks and boxes:
        together = (
            f"Together: recall {found / marks:.2f} of {marks} marks, refused pictures counted as missed; "
            f"{found / boxes:.2f} of the findings lie on a mark.\n\n"
        )
    return (
        "## Generated pictures of acne\n\nNot used in training. Lesions were marked by one engineer's eye, before any "
        "model's findings were seen (`evaluation/acne_marks.json`); some findings lie on lesions left unmarked.\n\n"
        + together
        + table(["picture", "marked", "of them found", "findings", "score"], rows)
    )
