import LabBase
import LabStatistics

/// The check of one limit against the measurement: a reason to admit a candidate or to rule it out.
struct LimitCheck: Encodable, Equatable, Sendable {
    /// The quantities that can be limited.
    enum Subject: String, Codable, Sendable {
        /// All checks must hold: heap in the pool, forks made, isolation.
        case soundness
        /// The longest stall.
        case stall
        /// RAM.
        case memory
        /// Space of the file system.
        case space
        /// The child's memory must show one moment.
        case snapshot
    }

    /// What the measurement says about the limit.
    enum Verdict: String, Codable, Sendable {
        /// The whole interval is within it.
        case within
        /// The whole interval exceeds it.
        case exceeds
        /// The limit lies in the interval: more trials may settle it.
        case straddles
        /// It was not measured.
        case unmeasured
    }

    /// The limited quantity.
    let subject: Subject
    /// The outcome of the check.
    let verdict: Verdict
    /// The distribution over the trials; nil if nothing was measured, or if no number decides.
    let measured: Estimate?
    /// The limit; nil if no number decides.
    let bound: Limits.Bound?
    /// The check in words: "longest stall 80.7 ms [78.2 ms .. 83.1 ms] exceeds --max-stall 5.00 ms".
    let text: String

    private init(
        _ subject: Subject, _ verdict: Verdict, _ text: String, _ measured: Estimate?,
        _ bound: Limits.Bound?
    ) {
        self.subject = subject
        self.verdict = verdict
        self.text = text
        self.measured = measured
        self.bound = bound
    }

    /// A check that is only in words.
    init(_ subject: Subject, _ verdict: Verdict, _ text: String) {
        self.init(subject, verdict, text, nil, nil)
    }

    /// Checks the interval of the median against a bound. nil if there is no bound.
    init?(_ subject: Subject, _ measured: Estimate?, _ bound: Limits.Bound?) {
        guard let bound else { return nil }
        guard let measured else {
            self.init(subject, .unmeasured, "\(subject.words) was not measured")
            return
        }
        let (verdict, text) = Self.judge(subject, measured, bound)
        self.init(subject, verdict, text, measured, bound)
    }

    /// How many trials exceeded a limit that the median is within.
    var trialsBeyond: Int {
        guard verdict == .within, let measured, let bound else { return 0 }
        return Self.trials(of: measured, beyond: bound)
    }

    private static func trials(of measured: Estimate, beyond bound: Limits.Bound) -> Int {
        measured.summary.values.count { $0 > bound.amount }
    }

    private static func judge(
        _ subject: Subject, _ measured: Estimate, _ bound: Limits.Bound
    ) -> (Verdict, String) {
        let limit =
            (bound.option.map { "\($0) " } ?? "what is free here, ")
            + Quantity.text(bound.amount, subject.unit)
        let number = "\(subject.words) \(measured.text(subject.unit))"
        guard let interval = measured.interval else {
            let trials = "\(measured.summary.count) trials, \(Contrast.leastTrials) are needed"
            return (.straddles, "\(number) cannot be checked against \(limit): \(trials)")
        }
        if interval.low > bound.amount { return (.exceeds, "\(number) exceeds \(limit)") }
        if interval.high > bound.amount {
            return (.straddles, "\(number) may exceed \(limit): \(measured.summary.count) trials cannot tell")
        }
        let worse = trials(of: measured, beyond: bound)
        let caveat =
            worse == 0
            ? ""
            : ", but \(worse) of \(measured.summary.count) trials exceeded it "
                + "(up to \(Quantity.text(measured.summary.maximum, subject.unit)))"
        return (.within, "\(number) is within \(limit)\(caveat)")
    }
}

extension LimitCheck.Subject {
    /// The unit of its numbers.
    var unit: Quantity.Unit { self == .stall ? .nanoseconds : .bytes }

    /// The subject in a word or two.
    var noun: String {
        switch self {
        case .soundness: "what fork means"
        case .stall: "the stall"
        case .memory: "RAM"
        case .space: "space"
        case .snapshot: "the snapshot"
        }
    }

    /// The subject's number in the words of a sentence.
    fileprivate var words: String {
        switch self {
        case .soundness: "what fork means"
        case .stall: "longest stall"
        case .memory: "RAM"
        case .space: "space"
        case .snapshot: "snapshot"
        }
    }
}
