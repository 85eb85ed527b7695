#!/usr/bin/env python3
"""Makes ScipyValues.swift: python3 expected.py > ScipyValues.swift (scipy 1.17, numpy 2.4)."""
import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20260131)
samples = {
    "five": rng.lognormal(0, 0.3, 5),
    "six": rng.lognormal(0.1, 0.3, 6),
    "eight": rng.lognormal(0.4, 0.3, 8),
    "fifteen": rng.lognormal(0.2, 0.3, 15),
    "forty": rng.lognormal(0.25, 0.3, 40),
    "long": rng.lognormal(0.1, 0.3, 300),
    "tied": rng.integers(1, 9, 20).astype(float),
    "tiedFew": rng.integers(3, 12, 7).astype(float),
    "equal": np.full(6, 4.0),
}
# Sizes around eight, the limit up to which the test is exact, and samples as small as possible. They have their own
# generator, so that the samples above stay the same.
small = np.random.default_rng(20261125)
samples |= {
    "one": small.lognormal(0, 0.3, 1),
    "two": small.lognormal(0.2, 0.3, 2),
    "three": small.lognormal(0.5, 0.3, 3),
    "eightMore": small.lognormal(0.5, 0.3, 8),
    "nine": small.lognormal(0.3, 0.3, 9),
    "nineMore": small.lognormal(0.6, 0.3, 9),
    "tiedThree": np.array([2.0, 2.0, 5.0]),
    "tiedFour": np.array([5.0, 5.0, 6.0, 2.0]),
    "zeros": np.array([0.0, 0.0, 0.0, 1.0, 0.0, 2.0]),
    "changes": np.round(small.normal(1.5, 2, 9), 1),
}
samples = {name: np.round(values, 6) for name, values in samples.items()}


def median(x, axis=-1):
    return np.median(x, axis=axis)


def ratio(x, y, axis=-1):
    return np.median(y, axis=axis) / np.median(x, axis=axis)


def difference(x, y, axis=-1):
    return np.median(y, axis=axis) - np.median(x, axis=axis)


def interval(data, statistic, rng=rng):
    result = stats.bootstrap(data, statistic, n_resamples=99_999, method="BCa", rng=rng, batch=1000)
    return result.confidence_interval


print("// Made by expected.py with scipy", scipy.__version__)
print("// swift-format-ignore-file")
print("\n/// Samples, and what scipy says of them.")
print("enum ScipyValues {")
print("    static let samples: [String: [Double]] = [")
for name, values in samples.items():
    print(f'        "{name}": [{", ".join(map(repr, values.tolist()))}],')
print("    ]")

print("\n    /// scipy.stats.mannwhitneyu(x, y), method='auto': U of the first sample and the two-sided p-value.")
print("    static let mannWhitney: [(String, String, u: Double, pValue: Double)] = [")
pairs = [
    ("five", "six"), ("five", "eight"), ("six", "long"), ("eight", "long"), ("fifteen", "forty"),
    ("forty", "long"), ("tied", "tiedFew"), ("tied", "forty"), ("five", "tiedFew"), ("equal", "equal"),
]
for first, second in pairs:
    test = stats.mannwhitneyu(samples[first], samples[second])
    print(f'        ("{first}", "{second}", {float(test.statistic)!r}, {float(test.pvalue)!r}),')
print("    ]")

print("\n    /// The same with few values, around the limit of the exact test, and with zeros.")
print("    static let mannWhitneySmall: [(String, String, u: Double, pValue: Double)] = [")
small_pairs = [
    ("one", "one"), ("one", "two"), ("two", "three"), ("three", "three"), ("one", "forty"), ("eight", "eightMore"),
    ("eight", "nine"), ("nine", "nineMore"), ("tiedThree", "tiedFour"), ("one", "tiedThree"), ("zeros", "changes"),
    ("zeros", "zeros"),
]
for first, second in small_pairs:
    test = stats.mannwhitneyu(samples[first], samples[second])
    print(f'        ("{first}", "{second}", {float(test.statistic)!r}, {float(test.pvalue)!r}),')
print("    ]")

print("\n    /// scipy.stats.somersd of the values on the sample that they are from, 1 for the first: Cliff's delta.")
print("    static let effectSizes: [(String, String, delta: Double)] = [")
for first, second in pairs[:9] + small_pairs[1:11]:
    x, y = samples[first], samples[second]
    delta = stats.somersd([1] * len(x) + [0] * len(y), np.concatenate([x, y])).statistic
    print(f'        ("{first}", "{second}", {float(delta)!r}),')
print("    ]")

print("\n    /// scipy.stats.bootstrap of the median, BCa, 99999 resamples.")
print("    static let medianIntervals: [(String, low: Double, high: Double)] = [")
for name in ["five", "six", "eight", "fifteen", "forty", "long"]:
    low, high = interval((samples[name],), median)
    print(f'        ("{name}", {float(low)!r}, {float(high)!r}),')
print("    ]")

print("\n    /// scipy.stats.bootstrap of the second median divided by the first, BCa, 99999 resamples.")
print("    static let ratioIntervals: [(String, String, low: Double, high: Double)] = [")
for first, second in pairs[:9]:
    low, high = interval((samples[first], samples[second]), ratio)
    print(f'        ("{first}", "{second}", {float(low)!r}, {float(high)!r}),')
print("    ]")

print("\n    /// scipy.stats.bootstrap of the second median less the first, BCa, 99999 resamples.")
print("    static let differenceIntervals: [(String, String, low: Double, high: Double)] = [")
for first, second in [("five", "changes"), ("zeros", "changes"), ("eight", "nine"), ("forty", "long")]:
    low, high = interval((samples[first], samples[second]), difference, small)
    print(f'        ("{first}", "{second}", {float(low)!r}, {float(high)!r}),')
print("    ]")

print("\n    /// scipy.stats.norm.ppf.")
print("    static let normalQuantiles: [(probability: Double, z: Double)] = [")
for probability in [1e-6, 0.00005, 0.025, 0.31, 0.5, 0.8, 0.975, 0.99999]:
    print(f"        ({probability!r}, {float(stats.norm.ppf(probability))!r}),")
print("    ]")

print("\n    /// Distances from the median divided by scipy.stats.median_abs_deviation(scale='normal').")
print("    static let outlierScores: [(String, [Double])] = [")
for name in ["five", "fifteen"]:
    values = samples[name]
    scores = abs(values - np.median(values)) / stats.median_abs_deviation(values, scale="normal")
    print(f'        ("{name}", [{", ".join(map(repr, scores.tolist()))}]),')
print("    ]")

print("\n    /// Quantiles 0, 0.25, 0.5, 0.75, 1 of numpy.quantile.")
print("    static let quantiles: [(String, [Double])] = [")
for name in ["five", "six", "fifteen", "long"]:
    print(f'        ("{name}", {np.quantile(samples[name], [0, 0.25, 0.5, 0.75, 1]).tolist()}),')
print("    ]")
print("}")
