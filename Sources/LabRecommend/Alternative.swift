import LabBase
import LabStatistics

/// A change of the limits that would change the answer: found by deciding again with it, never guessed.
struct Alternative: Encodable, Equatable, Sendable {
    /// The change in words: "With --max-stall 84ms".
    let change: String
    /// What the answer would be.
    let answer: Recommendation.Answer

    /// The change with the answer: "With --max-stall 84ms or more: mode 2."
    var text: String {
        switch answer {
        case .use(let candidate): "\(change): \(candidate)."
        case .none: "\(change): no mode is within the limits."
        case .refused: "\(change): no mode is known to be within the limits."
        }
    }

    /// The changes, nearest first, that lead from the present answer to another one.
    static func all(
        _ measurements: [CandidateMeasurement], _ limits: Limits, reflink: Bool
    ) -> [Alternative] {
        let answer = Recommendation(measurements, limits, reflink: reflink).answer
        func changed(_ change: String, _ edit: (inout Limits) -> Void) -> Alternative? {
            var other = limits
            edit(&other)
            let new = Recommendation(measurements, other, reflink: reflink).answer
            // "More would have to be measured" is not an answer.
            return new == answer || new == .refused ? nil : Alternative(change: change, answer: new)
        }
        let bounds = Lever.all.flatMap { lever in
            let own = limits[keyPath: lever.bound]
            let intervals = measurements.compactMap { $0[keyPath: lever.value]?.interval }
            let above = intervals.map { lever.rounded($0.high, up: true) }.filter {
                $0 > own?.amount ?? .infinity
            }
            let below = intervals.map { lever.rounded($0.low, up: false) }
                .filter { $0 > 0 && $0 < own?.amount ?? .infinity }
            func nearest(_ amounts: [Double], _ option: String?, _ words: (String) -> String) -> Alternative?
            {
                for amount in amounts {
                    let found = changed(words(lever.text(amount))) {
                        $0[keyPath: lever.bound] = Limits.Bound(amount, option: option)
                    }
                    if let found { return found }
                }
                return nil
            }
            let isFree = own != nil && own?.option == nil
            return [
                nearest(above.sorted(), isFree ? nil : lever.option) { amount in
                    isFree
                        ? "If \(amount) of \(lever.noun) were free" : "With \(lever.option) \(amount) or more"
                },
                nearest(below.sorted(by: >), lever.option) { "With \(lever.option) \($0) or less" },
            ].compactMap { $0 }
        }
        // A promise of the space that is free anyway.
        let kept = limits.space.flatMap { space in
            space.option != nil
                ? nil
                : changed(
                    "With --spare-space \(ByteCount.text((Int(space.amount) >> 20) << 20)), kept free for the forks"
                ) {
                    $0.space?.option = "--spare-space"
                }
        }
        let snapshots = Limits.Snapshot.allCases.filter { $0 != limits.snapshot }.compactMap { snapshot in
            changed(snapshot.condition) { $0.snapshot = snapshot }
        }
        let goals = Limits.Goal.allCases.filter { $0 != limits.goal }.compactMap { goal in
            measurements.allSatisfy { $0.value(goal) == nil }
                ? nil : changed("With --prefer \(goal.rawValue)") { $0.goal = goal }
        }
        return bounds + [kept].compactMap { $0 } + snapshots + goals
    }
}

/// A limit that can be moved.
private struct Lever {
    let option: String
    let noun: String
    let bound: WritableKeyPath<Limits, Limits.Bound?>
    let value: KeyPath<CandidateMeasurement, Estimate?>
    let unit: Quantity.Unit

    static var all: [Lever] {
        [
            Lever(option: "--max-stall", noun: "time", bound: \.stall, value: \.stall, unit: .nanoseconds),
            Lever(option: "--spare-memory", noun: "RAM", bound: \.memory, value: \.memory, unit: .bytes),
            Lever(
                option: "--spare-space", noun: "the file system", bound: \.space, value: \.space, unit: .bytes
            ),
        ]
    }

    /// Rounds to two significant digits, or to a whole MiB, away from the interval, so that all of it is on one side.
    func rounded(_ amount: Double, up: Bool) -> Double {
        guard amount > 0 else { return 0 }
        var step = Double(1 << 20)
        if unit == .nanoseconds {
            step = 1
            while amount / step >= 100 { step *= 10 }
        }
        return up ? (amount / step).rounded(.up) * step : ((amount / step).rounded(.up) - 1) * step
    }

    /// `amount` in the form that the option takes.
    func text(_ amount: Double) -> String {
        guard unit == .nanoseconds else { return ByteCount.text(Int(amount)) }
        return Duration.nanoseconds(UInt64(amount)).optionText
    }
}

extension Limits.Snapshot {
    /// The wording of a change to this value.
    fileprivate var condition: String {
        switch self {
        case .none: "Without --threads-write"
        case .heap: "With --threads-write --one-moment heap"
        case .process: "With --threads-write"
        }
    }
}
