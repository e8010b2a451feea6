"""Trains YOLOv8n on the rendered tiles and saves it as an Ultralytics checkpoint.

    python -m media_pipeline.training.train --data FOLDER --out acne.pt --seed 1

Ultralytics' network and loss with a loop of our own: its trainer needs torchvision, which only imports beside a CUDA
build of torch. AdamW, cosine with a warm-up, exponential moving average of the weights, bfloat16 autocast with
channels-last memory, on a GPU where torch sees one and else on the processor. Everything follows from the seed, up to
the order in which threads add floats.
"""

import argparse
import copy
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media_pipeline.training.lesions import Kind

os.environ.setdefault("YOLO_AUTOINSTALL", "false")

__all__ = ["Batches", "train"]

CROP = 256  # px
STEPS = 5000
SCHEDULE = 9000  # steps that the cosine of the learning rate is laid out for; training ends before its end
BATCH = 32
NAMES = {int(kind): f"acne_{kind.name.lower()}" for kind in Kind}


class Batches:
    """Endless batches of random crops, turned and mirrored, from the rendered tiles."""

    def __init__(self, folder: Path, name: str, size: int, seed: int, crop: int = CROP) -> None:
        self.pictures: NDArray[np.uint8] = np.load(folder / f"{name}.npy", mmap_mode="r")
        labels = np.load(folder / f"{name}_labels.npz")["labels"]
        order = np.argsort(labels[:, 0], kind="stable")
        bounds = np.searchsorted(labels[order, 0], np.arange(len(self.pictures) + 1))
        self.labels = [labels[order[a:b], 1:] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
        self.size = size
        self.crop = crop
        self.rng = np.random.default_rng(seed)
        self.queue: list[int] = []

    def next(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """(B, crop, crop, 3) uint8 and (N, 6) float32: picture's index, class, centre x, y, width, height, all 0-1."""
        images = np.empty((self.size, self.crop, self.crop, 3), np.uint8)
        rows = []
        for i in range(self.size):
            if not self.queue:
                self.queue = [int(k) for k in self.rng.permutation(len(self.pictures))]
            image, labels = self._crop(self.queue.pop())
            images[i] = image
            rows.append(np.column_stack([np.full(len(labels), i, np.float32), labels]))
        return images, np.concatenate(rows).astype(np.float32)

    def _crop(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        rng, side = self.rng, self.crop
        picture, labels = self.pictures[index], self.labels[index].astype(np.float32)
        room = picture.shape[0] - side
        x, y = (int(v) for v in rng.integers(0, room + 1, 2))
        crop = picture[y : y + side, x : x + side]
        kinds, boxes = labels[:, :1], labels[:, 1:] - np.array([x, y, x, y], np.float32)
        whole = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        boxes = np.clip(boxes, 0, side)
        left = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        keep = left > 0.4 * np.maximum(whole, 1e-6)
        kinds, boxes = kinds[keep], boxes[keep]
        if rng.random() < 0.5:
            crop, boxes = crop[:, ::-1], np.stack([side - boxes[:, 2], boxes[:, 1], side - boxes[:, 0], boxes[:, 3]], 1)
        if rng.random() < 0.2:
            crop, boxes = crop[::-1], np.stack([boxes[:, 0], side - boxes[:, 3], boxes[:, 2], side - boxes[:, 1]], 1)
        if rng.random() < 0.2:
            crop, boxes = crop.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
        gain = np.exp(rng.normal(0, 0.06, 3)) * math.exp(rng.normal(0, 0.08))
        tables = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
        crop = np.stack([tables[crop[..., c], c] for c in range(3)], axis=-1)
        centre, extent = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        return crop, np.concatenate([kinds, centre / side, extent / side], axis=1).astype(np.float32)


def train(
    data: Path,
    out: Path,
    *,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    threads: int,
    device: str = "cpu",
    crop: int = CROP,
    schedule: int | None = None,
) -> None:
    """Train from scratch and write an Ultralytics checkpoint to `out`. device as torch names it; schedule: steps that
    the learning rate's cosine spans, None for all that are made."""
    import torch
    from ultralytics.cfg import get_cfg
    from ultralytics.nn import tasks

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    network: Any = tasks.DetectionModel("yolov8n.yaml", nc=len(NAMES), verbose=False)  # type: ignore[no-untyped-call]
    network.args = get_cfg()
    network.names = NAMES
    network = network.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    criterion = network.init_criterion()
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.99)
    )
    batches = Batches(data, "train", batch, seed, crop)
    averaged = [v for v in average.state_dict().values() if v.dtype.is_floating_point]
    current = [v for v in network.state_dict().values() if v.dtype.is_floating_point]
    network.train()
    sums, started = torch.zeros(3, device=device), time.monotonic()
    with ThreadPoolExecutor(1) as ahead:
        waiting = ahead.submit(batches.next)
        for step in range(steps):
            share = min(1.0, (step + 1) / 150) * (
                0.5 * (1 + math.cos(math.pi * step / (schedule or steps))) * 0.98 + 0.02
            )
            for group in optimiser.param_groups:
                group["lr"] = rate * share
            images, labels = waiting.result()
            waiting = ahead.submit(batches.next)
            inputs = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255)
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            with torch.autocast(torch.device(device).type, torch.bfloat16):
                predicted = network(inputs)
            predicted = {
                key: [v.float() for v in value] if isinstance(value, list) else value.float()
                for key, value in predicted.items()
            }
            target = torch.from_numpy(labels).to(device)
            loss, parts = criterion(
                predicted, {"img": inputs, "batch_idx": target[:, 0], "cls": target[:, 1:2], "bboxes": target[:, 2:]}
            )
            loss.sum().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            with torch.no_grad():  # the rest of the state counts batches and is never read
                torch._foreach_lerp_(averaged, current, 1 - 0.998 * (1 - math.exp(-(step + 1) / 200)))
                sums += torch.stack([value.detach().reshape(()) for value in parts.values()])
            if step % 50 == 49:
                box, kind, edge = (sums / 50).tolist()
                sums.zero_()
                spent = time.monotonic() - started
                print(f"{step + 1}/{steps} box {box:.3f} class {kind:.3f} edge {edge:.3f} {spent:.0f} s", flush=True)
            if step % 1000 == 999 or step == steps - 1:
                save(average, out)


def save(network: Any, out: Path) -> None:
    """Write the network as an Ultralytics checkpoint, in half precision."""
    import torch

    out.parent.mkdir(parents=True, exist_ok=True)
    half = copy.deepcopy(network).cpu().half()
    torch.save({"model": half, "ema": None, "train_args": dict(vars(network.args)), "date": "", "version": "8"}, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder written by media_pipeline.training.render")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write, .pt")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--schedule", type=int, default=SCHEDULE)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--crop", type=int, default=CROP, help="px of the squares that are cut from the tiles")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", help="cpu or cuda; default: a GPU where there is one")
    options = parser.parse_args()
    import torch

    train(
        options.data,
        options.out,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        threads=options.threads,
        crop=options.crop,
        schedule=options.schedule,
        device=options.device or ("cuda" if torch.cuda.is_available() else "cpu"),
    )


if __name__ == "__main__":
    main()
