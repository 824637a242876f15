"""Two yardsticks over raw uint8 volumes (z, y, x), masks in memory: see scoring.ts. One JSON line per case."""
import json
import sys
import time

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree


def border(mask):
    p = np.pad(mask, 1)
    inner = (
        p[2:, 1:-1, 1:-1] & p[:-2, 1:-1, 1:-1]
        & p[1:-1, 2:, 1:-1] & p[1:-1, :-2, 1:-1]
        & p[1:-1, 1:-1, 2:] & p[1:-1, 1:-1, :-2]
    )
    return mask & ~inner


def timed(work):
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1e3, result


def tree(a, b, spacing, workers):
    ba, bb = border(a), border(b)
    pa, pb = np.argwhere(ba) * spacing, np.argwhere(bb) * spacing
    da = cKDTree(pb).query(pa, workers=workers)[0]
    db = cKDTree(pa).query(pb, workers=workers)[0]
    return max(np.percentile(da, 95), np.percentile(db, 95))


def edts(a, b, spacing):
    distance_transform_edt(~a, sampling=spacing)
    distance_transform_edt(~b, sampling=spacing)


for line in sys.stdin:
    case = json.loads(line)
    shape = case["shape"][::-1]
    spacing = np.array(case["spacing"][::-1])
    a, b = (np.fromfile(case[side], np.uint8).reshape(shape) for side in ("reference", "prediction"))
    edt_ms = tree_ms = all_cores_ms = 0.0
    hd95 = []
    for label in range(1, case["labels"] + 1):
        both = (a == label) | (b == label)
        crop = tuple(
            slice(hit[0], hit[-1] + 1)
            for hit in (np.flatnonzero(both.any(axis=tuple(k for k in range(3) if k != axis))) for axis in range(3))
        )
        ca, cb = a[crop] == label, b[crop] == label
        # The better of two: the first one also pays for fresh memory.
        edt_ms += min(timed(lambda: edts(ca, cb, spacing))[0] for _ in range(case["repeats"]))
        runs = [timed(lambda: tree(ca, cb, spacing, 1)) for _ in range(case["repeats"])]
        tree_ms += min(ms for ms, _ in runs)
        all_cores_ms += min(timed(lambda: tree(ca, cb, spacing, -1))[0] for _ in range(case["repeats"]))
        hd95.append(runs[0][1])
    print(json.dumps({"edtMs": edt_ms, "treeMs": tree_ms, "allCoresMs": all_cores_ms, "hd95": hd95}), flush=True)
