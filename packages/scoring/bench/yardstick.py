"""Yardsticks over raw uint8 volumes (z, y, x), masks in memory: see surfaces.ts and components.ts. One JSON line per case."""
import json
import sys
import time

import numpy as np
import scipy
from scipy.ndimage import distance_transform_edt, label as connected
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
    """Median of three runs in ms, or of fewer where they take long, and the last result."""
    times = []
    while len(times) < 3 and sum(times) < 10_000:
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times)), result


def tree(a, b, spacing, workers):
    ba, bb = border(a), border(b)
    pa, pb = np.argwhere(ba) * spacing, np.argwhere(bb) * spacing
    da = cKDTree(pb).query(pa, workers=workers)[0]
    db = cKDTree(pa).query(pb, workers=workers)[0]
    return max(np.percentile(da, 95), np.percentile(db, 95))


def edts(a, b, spacing):
    distance_transform_edt(~a, sampling=spacing)
    distance_transform_edt(~b, sampling=spacing)


def surfaces(a, b, labels, spacing):
    edt_ms = tree_ms = all_cores_ms = 0.0
    hd95 = []
    for label in range(1, labels + 1):
        both = (a == label) | (b == label)
        crop = tuple(
            slice(hit[0], hit[-1] + 1)
            for hit in (np.flatnonzero(both.any(axis=tuple(k for k in range(3) if k != axis))) for axis in range(3))
        )
        ca, cb = a[crop] == label, b[crop] == label
        edt_ms += timed(lambda: edts(ca, cb, spacing))[0]
        ms, mm = timed(lambda: tree(ca, cb, spacing, 1))
        tree_ms += ms
        all_cores_ms += timed(lambda: tree(ca, cb, spacing, -1))[0]
        hd95.append(mm)
    return {"edtMs": edt_ms, "treeMs": tree_ms, "allCoresMs": all_cores_ms, "hd95": hd95}


def components(mask):
    ms, (_, count) = timed(lambda: connected(mask, structure=np.ones((3, 3, 3))))
    return {"ms": ms, "count": count}


for line in sys.stdin:
    case = json.loads(line)
    if case["what"] == "versions":
        python = ".".join(map(str, sys.version_info[:3]))
        print(json.dumps(f"SciPy {scipy.__version__}, NumPy {np.__version__}, Python {python} ({sys.executable})"))
        continue
    shape = case["shape"][::-1]
    a, b = (np.fromfile(case[side], np.uint8).reshape(shape) for side in ("reference", "prediction"))
    if case["what"] == "components":
        answer = components(a)
    else:
        answer = surfaces(a, b, case["labels"], np.array(case["spacing"][::-1]))
    print(json.dumps(answer), flush=True)
