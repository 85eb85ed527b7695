/// A contrast and its verdict.
package struct Comparison: Codable, Equatable, Sendable {
    /// The accepted chance of a false alarm, over all contrasts that are judged together.
    static let level = 0.05

    /// The comparison of the two samples.
    package let contrast: Contrast
    /// The p-value, corrected by Holm's method for the contrasts that were judged together.
    package let adjustedPValue: Double
    /// The judgement.
    package let verdict: Verdict
    /// Why nothing could be concluded and what would help; empty for any other verdict.
    package let reason: String
    /// About how many trials on each side would settle it; nil for a conclusive verdict.
    package let wantedTrials: Int?
    /// Whether the second sample is certainly not worse by more than the minimum effect.
    package let excludesRegression: Bool

    /// Judges contrasts that answer one question together: the more there are, the more evidence each needs.
    package static func judge(_ contrasts: [Contrast]) -> [Comparison] {
        // A contrast that cannot raise a false alarm needs no correction.
        let tested = contrasts.indices.filter { contrasts[$0].hasEnoughTrials && !contrasts[$0].isConstant }
        var adjusted = contrasts.map { _ in 1.0 }
        for (index, pValue) in zip(tested, Holm.adjusted(tested.map { contrasts[$0].pValue })) {
            adjusted[index] = pValue
        }
        return zip(contrasts, adjusted).map { Comparison($0, adjustedPValue: $1, family: tested.count) }
    }

    private init(_ contrast: Contrast, adjustedPValue: Double, family: Int) {
        self.contrast = contrast
        self.adjustedPValue = adjustedPValue
        let negligible = contrast.negligible
        let isSure = contrast.hasEnoughTrials
        let isSame = isSure && contrast.interval.lies(within: negligible)
        let isApart =
            isSure && adjustedPValue < Self.level && !contrast.interval.contains(contrast.noEffect)
            && !negligible.contains(contrast.effect)
        let isBetter = (contrast.effect < contrast.noEffect) == contrast.measure.lowerIsBetter
        verdict = isSame ? .same : !isApart ? .inconclusive : isBetter ? .better : .worse
        let doubt = verdict == .inconclusive ? Self.doubt(contrast, family: family) : nil
        reason = doubt?.reason ?? ""
        wantedTrials = doubt?.wantedTrials
        excludesRegression =
            isSure
            && (contrast.measure.lowerIsBetter
                ? contrast.interval.high <= negligible.high : contrast.interval.low >= negligible.low)
    }

    /// Why nothing can be concluded, and how many trials would help.
    private static func doubt(_ contrast: Contrast, family: Int) -> (reason: String, wantedTrials: Int) {
        let (first, second) = (contrast.firstCount, contrast.secondCount)
        guard contrast.hasEnoughTrials else {
            let least = Contrast.leastTrials
            return ("too few trials (\(first) and \(second)): make \(least) at least", least)
        }
        let needed = leastTrials(family: family)
        if !contrast.negligible.contains(contrast.effect), min(first, second) < needed,
            MannWhitney.leastPValue(first, second) * Double(family) >= level
        {
            let reason =
                "\(first) and \(second) trials cannot tell, with \(family) comparisons: make \(needed), "
                + "or compare fewer metrics"
            return (reason, needed)
        }
        // The width of the interval shrinks with the square root of the number of trials.
        let room = contrast.negligible.halfWidth
        let factor = room > 0 ? contrast.interval.halfWidth / room : 2
        let wanted = rounded(Double(min(first, second)) * max(1.5, factor * factor))
        return ("too much spread for \(min(first, second)) trials: about \(wanted) would tell", wanted)
    }

    /// The smallest number of trials on each side whose clearest result would survive the correction for `family` comparisons.
    private static func leastTrials(family: Int) -> Int {
        (Contrast.leastTrials...).first { MannWhitney.leastPValue($0, $0) * Double(family) < level }!
    }

    /// Rounded to one significant digit above 20: it is only an estimate.
    private static func rounded(_ trials: Double) -> Int {
        var step = 1.0
        while trials / step > 20 { step *= 10 }
        return Int((trials / step).rounded(.up) * step)
    }
}
