import LabBase

/// One of several parts of a run, made on different hosts and put together by `forklab merge`.
///
/// A shard takes whole passes: the first of three takes trials 1, 4, 7 and so on. Every host measures every cell, so that
/// hosts of different speed do not look like cells of different speed. Each host does its own warm-up.
package struct Shard: Equatable, Sendable, CustomStringConvertible {
    /// The number of the part, from 1.
    package let index: Int
    /// How many parts there are.
    package let count: Int

    /// The whole run as a single part.
    package static let whole = Shard(index: 1, count: 1)

    private init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// Parses "2/5". Throws an `InputError` that names the option.
    package init(_ text: String, option: String = "--shard") throws(InputError) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], index >= 1, count >= index
        else {
            throw InputError(
                option, "\"\(text)\" is not a shard; give its number and how many there are, as in 2/5")
        }
        self.init(index: index, count: count)
    }

    /// Whether this part makes `step`.
    func takes(_ step: Plan.Step) -> Bool { step.isWarmUp || (step.trial - 1) % count == index - 1 }

    /// Throws `InputError` if some shard of `scenario` would have nothing to measure.
    package func check(_ scenario: Scenario) throws(InputError) {
        guard count <= scenario.trials else {
            throw InputError(
                "--shard",
                "\(self) leaves a shard without a trial, since each cell has \(scenario.trials); "
                    + "make it \(scenario.trials) at most, or give --trials \(count)")
        }
    }

    /// The form of the option: "2/5".
    package var description: String { "\(index)/\(count)" }
}
