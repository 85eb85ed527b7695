#!/usr/bin/env python3
"""How often the intervals and verdicts of docs/methodology.md are right, on times drawn from known distributions.

python3 coverage.py (numpy 2.4, scipy 1.17; about four minutes)
"""
import numpy as np
from scipy import stats

REPETITIONS, RESAMPLES = 2000, 999
rng = np.random.default_rng(1)


def log_normal(count, median=1.0):
    return median * np.exp(0.1 * rng.standard_normal(count))


def long_tail(count, median=1.0):
    return median * (1 + rng.exponential(0.3, count)) / (1 + 0.3 * np.log(2))


def jackknife(x):
    return np.array([np.median(np.delete(x, index)) for index in range(len(x))])


def bca(estimate, resampled, jackknifed):
    share = ((resampled < estimate).mean() + (resampled <= estimate).mean()) / 2
    bias = stats.norm.ppf(min(max(share, 0.5 / RESAMPLES), 1 - 0.5 / RESAMPLES))
    influence = [(len(j) - 1) * (j.mean() - j) / len(j) for j in jackknifed]
    squares = sum((i**2).sum() for i in influence)
    acceleration = sum((i**3).sum() for i in influence) / (6 * squares**1.5) if squares > 0 else 0
    shifted = bias + stats.norm.ppf([0.025, 0.975])
    return np.quantile(resampled, stats.norm.cdf(bias + shifted / (1 - acceleration * shifted)))


def medians(x):
    return np.median(x[rng.integers(0, len(x), (RESAMPLES, len(x)))], axis=1)


def ratio_interval(x, y):
    jx, jy = jackknife(x), jackknife(y)
    estimate = np.median(y) / np.median(x)
    return estimate, bca(estimate, medians(y) / medians(x), [np.median(y) / jx, jy / np.median(x)])


print("| times | trials | percentile | BCa | BCa, ratio of two |\n|---|---|---|---|---|")
for name, draw in [("log-normal", log_normal), ("long tail", long_tail)]:
    for count in [5, 7, 9, 15, 41]:
        hits = np.zeros(3)
        for _ in range(REPETITIONS):
            x, y = draw(count), draw(count)
            resampled = medians(x)
            intervals = [np.quantile(resampled, [0.025, 0.975]), bca(np.median(x), resampled, [jackknife(x)])]
            hits[:2] += [low <= 1 <= high for low, high in intervals]
            low, high = ratio_interval(x, y)[1]
            hits[2] += low <= 1 <= high
        print(f"| {name} | {count} |", " | ".join(f"{h / REPETITIONS:.1%}" for h in hits), "|", flush=True)

FAMILY, MINIMUM_EFFECT = 20, 0.05
print(f"\nWith {FAMILY} comparisons, spread 10 %, minimum effect 5 %:")
print("\n| true ratio | trials | worse | same | better |\n|---|---|---|---|---|")
for ratio in [1.0, 1.1, 1.25, 1.5]:
    for count in [5, 9, 15, 41]:
        verdicts = dict.fromkeys(["worse", "same", "better", "inconclusive"], 0)
        for _ in range(REPETITIONS // 4):
            x, y = log_normal(count), log_normal(count, ratio)
            estimate, (low, high) = ratio_interval(x, y)
            clear = stats.mannwhitneyu(x, y).pvalue * FAMILY < 0.05 and not low <= 1 <= high
            if 1 / (1 + MINIMUM_EFFECT) <= low and high <= 1 + MINIMUM_EFFECT:
                verdict = "same"
            elif clear and estimate > 1 + MINIMUM_EFFECT:
                verdict = "worse"
            elif clear and estimate < 1 / (1 + MINIMUM_EFFECT):
                verdict = "better"
            else:
                verdict = "inconclusive"
            verdicts[verdict] += 1
        shares = [f"{verdicts[v] / (REPETITIONS // 4):.1%}" for v in ["worse", "same", "better"]]
        print(f"| {ratio} | {count} |", " | ".join(shares), "|", flush=True)
