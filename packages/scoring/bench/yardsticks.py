"""Yardsticks for bench/tables.ts: yardsticks.py <name> <folder of raw little-endian columns>. Prints one JSON object."""

import json
import sys
import time
from pathlib import Path


def timed(runs, run):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        value = run()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"value": float(value), "medianMs": times[runs // 2], "leastMs": times[0]}


def auroc(folder):
    import numpy as np
    from sklearn.metrics import roc_auc_score

    labels = np.fromfile(folder / "labels", dtype=np.uint8)
    scores = np.fromfile(folder / "scores", dtype="<f8")
    return timed(3, lambda: roc_auc_score(labels, scores))


def iou(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def image_score(truth, predicted, thresholds):
    if not truth and not predicted:
        return None
    ranked = sorted(predicted, key=lambda row: row[4])[::-1]
    total = 0.0
    for threshold in thresholds:
        taken = set()
        hits = 0
        for box in truth:
            for j, row in enumerate(ranked):
                if j not in taken and iou(box, row) >= threshold:
                    taken.add(j)
                    hits += 1
                    break
        total += hits / (len(truth) + len(ranked) - hits)
    return total / len(thresholds)


def rsna(folder):
    from array import array

    def rows(name):
        column = array("d")
        column.frombytes((folder / name).read_bytes())
        width = 5 if name == "truth" else 6
        images = {}
        for at in range(0, len(column), width):
            images.setdefault(int(column[at]), []).append(list(column[at + 1 : at + width]))
        return images

    truth, predicted = rows("truth"), rows("predicted")
    thresholds = [0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75]

    def run():
        scores = [image_score(truth.get(i, []), predicted.get(i, []), thresholds) for i in range(26000)]
        counted = [score for score in scores if score is not None]
        return sum(counted) / len(counted)

    return timed(3, run)


print(json.dumps({"auroc": auroc, "rsna": rsna}[sys.argv[1]](Path(sys.argv[2]))))
