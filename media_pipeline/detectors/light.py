"""Whether the light lets colour be judged, and how much of it there is to judge.

Differences of optical density inside one face do not depend on white balance or exposure, so only light that destroys
them is refused: no colour at all, colour far outside what any skin has under white light, channels cut off at the top,
or so few codes that quantisation decides. Nothing here asks for bright skin: the limits hold for dark skin in ordinary
light (L* 25) as for pale skin.
"""

from dataclasses import dataclass

import numpy as np

from media_pipeline.colour import hue_degrees, ita_degrees
from media_pipeline.detectors.maps import FaceMaps
from media_pipeline.types import RegionName

__all__ = ["Light", "light_of"]

LEAST_CHROMA = 5.0  # a* b* radius; measured on faces 15 to 50, on a grey picture 1
HUE_DEGREES = (20.0, 85.0)  # h* of skin is 35-75 in white light; redness brings it below 55 (arXiv 2309.05148)
MOST_CLIPPED = 0.1  # share of the skin with green at 252 or more; red alone reaches its end on pale skin in good light
LEAST_GREEN = 0.012  # linear: an 8-bit value of 28, where one code is 0.03 of optical density
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
DARKER_SKIN_ITA = 10.0  # degrees: tan ends, brown begins (the standard ITA cuts)


@dataclass(frozen=True, slots=True)
class Light:
    """chroma, hue (degrees) and ita (degrees) of the median skin as pictured; clipped: share of skin with green at
    its end; side_gap: luma (0-1) under the left eye over that under the right one, None where one is not seen;
    problem: why colour cannot be judged, None where it can."""

    chroma: float
    hue: float
    ita: float
    clipped: float
    side_gap: float | None
    problem: str | None

    @property
    def redness_note(self) -> str | None:
        """What to say beside any redness result on skin where redness is hard to see."""
        if self.ita > DARKER_SKIN_ITA:
            return None
        return "redness is harder to see on darker skin: some of it may not be found"


def light_of(maps: FaceMaps) -> Light:
    """The light on one face, judged once."""
    return maps.once("light", lambda: _judge(maps))


def _judge(maps: FaceMaps) -> Light:
    skin = maps.skin
    if int(skin.sum()) < 500:
        return Light(0.0, 0.0, 0.0, 0.0, None, "too little bare skin is visible")
    lightness, a, b = (float(np.median(maps.lab[..., channel][skin])) for channel in range(3))
    chroma = float(np.hypot(a, b))
    hue = hue_degrees(a, b)
    ita = ita_degrees(lightness, b)
    clipped = float((maps.linear[..., 1][skin] > 0.97).mean())
    green = float(np.median(maps.linear[..., 1][skin]))
    problem = None
    if green < LEAST_GREEN:
        problem = "abnormal light: the skin is too dark in the picture to tell colours"
    elif clipped > MOST_CLIPPED:
        problem = "abnormal light: the skin is overexposed"
    elif chroma < LEAST_CHROMA:
        problem = "abnormal light: the picture has no colour"
    elif not HUE_DEGREES[0] <= hue <= HUE_DEGREES[1]:
        problem = "abnormal light: it is strongly coloured"
    return Light(chroma, hue, ita, clipped, _side_gap(maps), problem)


def _side_gap(maps: FaceMaps) -> float | None:
    lumas = []
    for name in (RegionName.UNDER_LEFT_EYE, RegionName.UNDER_RIGHT_EYE):
        seen = maps.region(name)
        if int(seen.sum()) < 30:
            return None
        lumas.append(float(np.median(maps.linear[seen] @ LUMINANCE)) ** (1 / 2.2))
    return float(lumas[0] - lumas[1])
