/// Sizes as people write them: "64", "256M", "1.5G".
public enum ByteCount {
    private static let units: [(suffix: Character, bytes: Double)] = [
        ("K", 1024), ("M", 1_048_576), ("G", 1_073_741_824), ("T", 1_099_511_627_776),
    ]

    /// The bytes that `text` names: digits, then at most one of K, M, G, T (binary; lower case, "iB" and
    /// "B" are accepted too). nil for anything else, negative numbers and overflow included.
    public static func parse(_ text: String) -> Int? {
        var digits = text.uppercased()
        if digits.hasSuffix("IB") {
            digits.removeLast(2)
        } else if digits.hasSuffix("B") {
            digits.removeLast()
        }
        var factor = 1.0
        if let unit = units.first(where: { digits.last == $0.suffix }) {
            factor = unit.bytes
            digits.removeLast()
        }
        guard let first = digits.first, first.isNumber, digits.allSatisfy({ $0.isNumber || $0 == "." }),
            let number = Double(digits)
        else { return nil }
        let bytes = number * factor
        return bytes < 0x1p62 && bytes == bytes.rounded(.down) ? Int(bytes) : nil
    }

    /// The shortest of "64", "256M", "1G" that names `bytes` exactly.
    public static func text(_ bytes: Int) -> String {
        for unit in units.reversed() where bytes >= Int(unit.bytes) && bytes % Int(unit.bytes) == 0 {
            return "\(bytes / Int(unit.bytes))\(unit.suffix)"
        }
        return "\(bytes)"
    }
}
