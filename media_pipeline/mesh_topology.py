"""Which of the mesh's 478 points lie where: outlines of the features that are not skin, and who mirrors whom.

Indices are MediaPipe FaceMesh's; lists run along the person's right side (the picture's left), the left side is their
mirror image.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EYES",
    "FACE_OVAL",
    "IRISES",
    "BROWS",
    "LEFT_POINTS",
    "LIDS",
    "LIPS",
    "NOSTRILS",
    "RIGHT_POINTS",
    "mirrored",
]

_PAIRS = """
    54:284 103:332 67:297 109:338 68:298 63:293 105:334 104:333 66:296 69:299 107:336 108:337 55:285 193:417 245:465
    188:412 114:343 217:437 126:355 209:429 49:279 102:331 64:294 219:439 218:438 220:440 237:457 45:275 44:274 25:255
    31:261 110:339 228:448 24:254 229:449 23:253 230:450 22:252 231:451 26:256 232:452 112:341 233:453 128:357 121:350
    120:349 119:348 118:347 117:346 111:340 116:345 47:277 129:358 203:423 206:426 216:436 212:432 210:430 135:364
    138:367 214:434 192:416 213:433 147:376 123:352 97:326 98:327 202:422 204:424 194:418 201:421 61:291 57:287 185:409
    186:410 40:270 92:322 39:269 165:391 37:267 167:393 43:273 146:375 106:335 182:406 83:313 91:321 181:405 84:314
    211:431 170:395 140:369 171:396 33:263 7:249 163:390 144:373 145:374 153:380 154:381 155:382 133:362 173:398 157:384
    158:385 159:386 160:387 161:388 246:466 70:300 46:276 53:283 52:282 65:295 127:356 234:454 21:251 162:389 93:323
    132:361 58:288 172:397 136:365 150:379 149:378 176:400 148:377 226:446 113:342 225:445 224:444 223:443 222:442
    221:441 189:413 244:464 59:289 60:290 75:305 79:309 166:392 235:455 240:460 20:250 99:328 238:458 239:459 241:461
    242:462 125:354 141:370 130:359 247:467 30:260 29:259 27:257 28:258 56:286 190:414 243:463 48:278 115:344
"""
_MIDLINE = (
    0,
    1,
    2,
    4,
    5,
    6,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    94,
    151,
    152,
    164,
    168,
    175,
    195,
    197,
    199,
    200,
)
_MIRROR = {index: index for index in _MIDLINE}
for _pair in _PAIRS.split():
    _right, _left = map(int, _pair.split(":"))
    _MIRROR[_right], _MIRROR[_left] = _left, _right


# Partners by position: RIGHT_POINTS[i] mirrors LEFT_POINTS[i].
RIGHT_POINTS = np.array([int(pair.split(":")[0]) for pair in _PAIRS.split()], np.intp)
LEFT_POINTS = np.array([int(pair.split(":")[1]) for pair in _PAIRS.split()], np.intp)


def mirrored(index: int) -> int:
    """The same point on the face's other side. Raises KeyError for a point this project does not use."""
    return _MIRROR[index]


def _both_sides(right: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.array(right, np.intp), np.array([_MIRROR[index] for index in right], np.intp)


# Closed outlines, the person's right side first.
EYES = _both_sides((130, 25, 110, 24, 23, 22, 26, 112, 243, 190, 56, 28, 27, 29, 30, 247))  # lids and lashes with them
LIDS = _both_sides((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246))  # the eye's opening
IRISES = (np.array((469, 470, 471, 472), np.intp), np.array((474, 475, 476, 477), np.intp))  # rims
BROWS = _both_sides((70, 63, 105, 66, 107, 55, 65, 52, 53, 46))
NOSTRILS = _both_sides((235, 219, 218, 237, 44, 125, 141, 242, 97, 98))
LIPS = np.array((61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146), np.intp)
_OVAL_RIGHT = (109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148)
FACE_OVAL = np.array((10, *_OVAL_RIGHT, 152, *(_MIRROR[index] for index in reversed(_OVAL_RIGHT))), np.intp)
