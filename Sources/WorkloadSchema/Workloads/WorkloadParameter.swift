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
        /// One of these words.
        case choice([String])
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
        isValid(value) ? nil : "\"\(value)\" \(fault); \(advice)"
    }

    private func isValid(_ value: String) -> Bool {
        switch kind {
        case .size: return ByteCount.parse(value).map((14 << 20...8 << 40).contains) ?? false
        case .share: return Double(value).map((0...1).contains) ?? false
        case .count(let range): return Int(value).map(range.contains) ?? false
        case .number(let range): return Double(value).map(range.contains) ?? false
        case .flag: return Bool(value) != nil
        case .choice(let words): return words.contains(value)
        case .distribution:
            let sizes = value.split(separator: ",", omittingEmptySubsequences: false)
            return ["small", "mixed", "large"].contains(value)
                || sizes.allSatisfy { (1...BlockSize.largest).contains(ByteCount.parse(String($0)) ?? 0) }
        case .text: return true
        }
    }

    private var fault: String {
        switch kind {
        case .size: "is not a pool size"
        case .share: "is not a share"
        case .count, .number: "is out of range"
        case .flag, .choice: "is not a choice"
        case .distribution: "is not a distribution"
        case .text: "is empty"
        }
    }

    /// What would be right: "give a number from 0 to 1".
    package var advice: String {
        switch kind {
        case .size: "give bytes from 14M to 8T, such as 256M or 1G"
        case .share: "give a number from 0 to 1"
        case .count(let range): "give a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "give a number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "give true or false"
        case .choice(let words): "give \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")"
        case .distribution: "give small, mixed, large, or sizes of 64M at most such as 64,1024,65536"
        case .text: "give a text"
        }
    }
}
