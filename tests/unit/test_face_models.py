"""Models are shared by those who need them one after the other, and made for those who need them at once."""

import threading

import cv2
import numpy as np
import pytest
from mediapipe.python import packet_getter

from media_pipeline import face_models
from media_pipeline.face_models import CROP_SIZE, FaceModels, ModelPool
from media_pipeline.mediapipe_graph import Graph, landmark_array
from media_pipeline.types import Image


def test_one_after_the_other_gets_the_same_models() -> None:
    pool = ModelPool()
    with pool.borrow() as first:
        pass
    with pool.borrow() as second:
        assert second is first
    pool.close()


def test_two_at_once_get_different_models_and_a_third_waits_at_the_limit() -> None:
    pool = ModelPool(limit=2)
    got = threading.Event()

    def wait_for_models() -> None:
        with pool.borrow():
            got.set()

    with pool.borrow() as one:
        with pool.borrow() as other:
            assert one is not other
            third = threading.Thread(target=wait_for_models)
            third.start()
            assert not got.wait(0.2)
        assert got.wait(20)
        third.join(20)
    pool.close()


def test_a_closed_pool_lends_nothing_and_frees_what_comes_back(astronaut: Image) -> None:
    pool = ModelPool()
    with pool.borrow() as models:
        pool.close()
        assert models.detect(astronaut)  # what is out may still be used
    with pytest.raises(RuntimeError, match="closed"), pool.borrow():
        pass
    with pytest.raises(RuntimeError, match="closed"):
        models.detect(astronaut)


def test_the_detector_puts_box_and_eyes_on_the_face(astronaut: Image) -> None:
    models = FaceModels()
    for far in (False, True):
        face = models.detect(astronaut, far=far)[0]
        assert face.score > 0.6
        assert np.hypot(face.right_eye[0] - 204, face.right_eye[1] - 102) < 10
        assert np.hypot(face.left_eye[0] - 247, face.left_eye[1] - 104) < 10
        assert face.box.x < 204 < 247 < face.box.x + face.box.width
    models.close()


def test_the_mesh_says_how_sure_it_is(astronaut: Image) -> None:
    models = FaceModels()
    crop = np.asarray(cv2.resize(astronaut[50:200, 150:300], (CROP_SIZE, CROP_SIZE)), np.uint8)
    landmarks, presence = models.mesh(crop)
    assert landmarks.shape == (478, 3)
    assert presence > 0.9
    landmarks, presence = models.mesh(np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8))
    assert landmarks.shape == (0, 3)
    assert presence < 0.5
    models.close()


def test_without_mediapipes_warp_the_mesh_is_the_same_to_the_last_bit(astronaut: Image) -> None:
    crop = np.asarray(cv2.resize(astronaut[38:206, 130:298], (CROP_SIZE, CROP_SIZE)), np.uint8)
    meshes = []
    for model_side in (None, CROP_SIZE):
        graph = Graph(face_models._MESH, ("landmarks",), {"with_attention": True}, "region", model_side)
        meshes.append(packet_getter.get_proto(graph.run(crop)["landmarks"]).SerializeToString())
        graph.close()
    assert len(landmark_array(meshes[0])) == 478
    assert meshes[0] == meshes[1]
