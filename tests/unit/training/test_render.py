import numpy as np

from media_pipeline.training.render import TILE, render_tile

BACKDROPS = [np.full((400, 400, 3), 200, np.uint8)]


def test_a_seed_fixes_a_tile() -> None:
    one, other = (render_tile(np.random.default_rng([7, 3]), [], BACKDROPS) for _ in range(2))
    np.testing.assert_array_equal(one.rgb, other.rgb)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.extents, other.extents)


def test_tiles_come_with_and_without_lesions_and_labels_stay_inside() -> None:
    tiles = [render_tile(np.random.default_rng([1, n]), [], BACKDROPS) for n in range(12)]
    counts = [len(tile.labels) for tile in tiles]
    assert min(counts) == 0 and max(counts) > 5
    for tile in tiles:
        assert tile.rgb.shape == (TILE, TILE, 3) and tile.rgb.dtype == np.uint8
        kinds, boxes = tile.labels[:, 0], tile.labels[:, 1:]
        assert set(kinds) <= set(range(5))
        assert (boxes >= 0).all() and (boxes <= TILE).all() and (boxes[:, 2:] > boxes[:, :2]).all()


def test_extents_lie_about_the_labels_middles_and_are_smaller() -> None:
    tiles = [render_tile(np.random.default_rng([2, n]), [], BACKDROPS) for n in range(6)]
    labels = np.concatenate([tile.labels[:, 1:] for tile in tiles])
    extents = np.concatenate([tile.extents for tile in tiles])
    inside = (labels[:, :2] > 0).all(axis=1) & (labels[:, 2:] < TILE).all(axis=1)
    labels, extents = labels[inside], extents[inside]
    assert len(labels) > 30
    offset = (extents[:, :2] + extents[:, 2:] - labels[:, :2] - labels[:, 2:]) / 2
    assert np.abs(offset.mean(axis=0)).max() < 0.5
    ratio = np.sqrt((extents[:, 2:] - extents[:, :2]).prod(axis=1) / (labels[:, 2:] - labels[:, :2]).prod(axis=1))
    assert 0.45 < np.median(ratio) < 0.75
