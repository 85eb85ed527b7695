import LabBase
import Measurement

/// One parameter of a workload: its name in scenarios and cells, and which values are valid.
package struct WorkloadParameter: Sendable {
    /// The kind of value.
    package enum Kind: Sendable {
        /// Bytes, with an optional suffix.
        case size
        /// A number from 0 to 1.
        case share
        /// A whole number.
        case count(ClosedRange<Int>)
        /// Any number.
        case number(ClosedRange<Double>)
        /// true or false.
        case flag
        /// small, mixed, large, or sizes separated by commas.
        case distribution
        /// Any text that is not empty.
        case text
    }

    /// Its name: "share_in_use".
    package let name: String
    /// The kind of its values.
    let kind: Kind
    /// Its value if a scenario says nothing.
    package let defaultValue: String

    /// Memberwise initializer.
    package init(_ name: String, _ kind: Kind, _ defaultValue: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
    }

    /// The size of the pool; a reference has no pool, but fills its heap by this size.
    package static let poolSize = WorkloadParameter("pool_size", .size, "256M")

    /// How many times per second forklab itself samples memory and space while the workload runs; 0: never.
    package static let usageRate = WorkloadParameter("usage_rate", .count(0...100), "0")

    /// Whether the file system of the pool may be filled to its last block; by default only those named `..._small` may.
    package static let mayFill = WorkloadParameter("may_fill", .flag, "false")

    /// The option of forklab-workload: "--share-in-use".
    package var option: String { "--" + name.map { $0 == "_" ? "-" : String($0) }.joined() }

    /// `value`, which is valid, in the form that the library and all our programs take: "64M" for "64MiB" or "0.0625G". A value
    /// that the library takes as it is stays unchanged.
    package func normalized(_ value: String) -> String {
        guard case .size = kind, let bytes = ByteCount.parse(value) else { return value }
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let suffix = value.dropFirst(digits.count).uppercased()
        return ["", "K", "M", "G", "T"].contains(suffix) ? value : ByteCount.text(bytes)
    }

    /// What is wrong with `value`, and what would be right; nil if it is valid.
    package func objection(to value: String) -> String? {
        switch kind {
        case .size:
            guard let bytes = ByteCount.parse(value), (14 << 20...8 << 40).contains(bytes) else {
                return "\"\(value)\" is not a pool size; give bytes from 14M to 8T, such as 256M or 1G"
            }
        case .share:
            guard let share = Double(value), (0...1).contains(share) else {
                return "\"\(value)\" is not a share; give a number from 0 to 1"
            }
        case .count(let range):
            guard let count = Int(value), range.contains(count) else {
                return "\"\(value)\" is out of range; "
                    + "give a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        case .number(let range):
            guard let number = Double(value), range.contains(number) else {
                return "\"\(value)\" is out of range; "
                    + "give a number from \(range.lowerBound) to \(range.upperBound)"
            }
        case .flag:
            guard Bool(value) != nil else { return "\"\(value)\" is not a choice; give true or false" }
        case .distribution:
            let sizes = value.split(separator: ",", omittingEmptySubsequences: false)
            let isList = sizes.allSatisfy {
                (1...BlockSize.largest).contains(ByteCount.parse(String($0)) ?? 0)
            }
            guard ["small", "mixed", "large"].contains(value) || isList else {
                return "\"\(value)\" is not a distribution; "
                    + "give small, mixed, large, or sizes of 64M at most such as 64,1024,65536"
            }
        case .text: break
        }
        return nil
    }
}
