/// Several tests at once: Holm's step-down method (1979) keeps the chance of even one false alarm among them at the level of
/// a single test. `scipy` has no function for it; `statsmodels.stats.multitest.multipletests(method='holm')` does the same.
enum Holm {
    /// The p-values, each as if it were the only one.
    static func adjusted(_ pValues: [Double]) -> [Double] {
        var adjusted = pValues
        var floor = 0.0
        for (place, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
            floor = max(floor, min(1, pValues[index] * Double(pValues.count - place)))
            adjusted[index] = floor
        }
        return adjusted
    }
}
