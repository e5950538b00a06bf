"""The yardstick: the whole analysis in plain, good sparse code, as its readers would write it.

COO to CSR, centring, two components, projection, 100 weighted base points, two to five groups with
ten restarts and silhouettes, counts of groups, representativeness. Nothing of ours is used.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import silhouette_score
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits


def whole_map(who, what, choices, people, statements):
    with threadpool_limits(1):
        return _whole_map(who, what, choices, people, statements)


def _whole_map(who, what, choices, people, statements):
    votes = sparse.csr_matrix(
        (choices.astype(np.float32) + 2, (who, what)), shape=(people, statements)
    )
    votes.data -= 2
    seen = np.bincount(votes.indices, minlength=statements)
    means = np.bincount(votes.indices, votes.data, minlength=statements) / np.maximum(seen, 1)
    centred = votes.copy()
    centred.data -= means[votes.indices].astype(np.float32)
    if votes.nnz < 1_000_000:
        start = np.ones(statements)
        gram = sparse.linalg.LinearOperator(
            (statements, statements), lambda v: centred.T @ (centred @ v), dtype=np.float32
        )
        _, vectors = eigsh(gram, k=2, v0=start)
        components = vectors[:, ::-1].T
    else:
        components = randomized_svd(centred, 2, n_oversamples=8, n_iter=4, random_state=0)[2]
    n = np.diff(votes.indptr)
    positions = (centred @ components.T) * np.sqrt(statements / np.maximum(n, 1))[:, None]
    inside = n >= 7
    points = positions[inside]
    clusterer = MiniBatchKMeans if len(points) > 200_000 else KMeans
    base = clusterer(min(100, len(points)), n_init=1, random_state=0).fit(points)
    masses = np.bincount(base.labels_, minlength=len(base.cluster_centers_))
    best = None
    for k in range(2, 6):
        groups = KMeans(k, n_init=10, random_state=0).fit(
            base.cluster_centers_, sample_weight=masses
        )
        score = silhouette_score(base.cluster_centers_, groups.labels_)
        if best is None or score > best[0]:
            best = score, k, groups.labels_
    _, k, of_base = best
    labels = np.full(people, -1)
    labels[inside] = of_base[base.labels_]
    return positions, labels, _representative(votes, labels, k)


def _representative(votes, labels, k):
    statements = votes.shape[1]
    group = np.repeat(labels, np.diff(votes.indptr))
    grouped = group >= 0
    cells = group[grouped] * statements + votes.indices[grouped]
    values = votes.data[grouped]
    shape, size = (k, statements), k * statements
    ns = np.bincount(cells, minlength=size).reshape(shape).astype(float)
    na = np.bincount(cells[values > 0], minlength=size).reshape(shape).astype(float)
    nd = np.bincount(cells[values < 0], minlength=size).reshape(shape).astype(float)
    picked = []
    for g in range(k):
        others = [x.sum(axis=0) - x[g] for x in (na, nd, ns)]
        z = [_two(na[g], ns[g], others[0], others[2]), _two(nd[g], ns[g], others[1], others[2])]
        p = [2 * np.sqrt(ns[g] + 1) * ((x[g] + 1) / (ns[g] + 1) - 0.5) for x in (na, nd)]
        r = [
            (x[g] + 1) / (ns[g] + 2) / ((y + 1) / (others[2] + 2))
            for x, y in ((na, others[0]), (nd, others[1]))
        ]
        share = [(x[g] + 1) / (ns[g] + 2) for x in (na, nd)]
        side = np.where(z[0] > z[1], 0, 1)
        metric = np.choose(side, [r[s] * z[s] * share[s] * p[s] for s in (0, 1)])
        enough = ((z[0] > 1.2816) & (p[0] > 1.2816)) | ((z[1] > 1.2816) & (p[1] > 1.2816))
        picked.append(np.argsort(-np.where(enough, metric, -np.inf))[:5])
    return picked


def _two(x, n, y, m):
    x, n, y, m = x + 1, n + 1, y + 1, m + 1
    pooled = (x + y) / (n + m)
    return (x / n - y / m) / np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / n + 1 / m), 1e-12))
