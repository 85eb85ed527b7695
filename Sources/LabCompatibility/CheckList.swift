/// The findings of a script: checks printed in the Test Anything Protocol (testanything.org), one line each,
/// "ok NAME", "ok NAME # SKIP why" or "not ok NAME", with indented details below.
struct CheckList: Codable, Equatable {
    /// One check.
    struct Check: Codable, Equatable {
        let name: String
        let status: Status
        /// The indented lines below it.
        var details: [String] = []
    }

    enum Status: String, Codable { case passed, skipped, failed }

    /// The checks in the order in which they were printed.
    private(set) var checks: [Check] = []

    /// Reads the output of a script; lines that are neither checks nor details are ignored.
    init(_ output: String) {
        for line in output.split(separator: "\n") {
            if let check = Self.check(line) {
                checks.append(check)
            } else if line.hasPrefix("  #"), !checks.isEmpty {
                checks[checks.count - 1].details.append(String(line.dropFirst(3).drop { $0 == " " }))
            }
        }
    }

    /// How many checks were made, without skipped ones.
    var made: Int { checks.count { $0.status != .skipped } }

    /// The check called `name`; nil if the script never reached it.
    subscript(name: String) -> Check? { checks.first { $0.name == name } }

    private static func check(_ line: Substring) -> Check? {
        let isFailure = line.hasPrefix("not ok ")
        guard isFailure || line.hasPrefix("ok ") else { return nil }
        let parts = line.dropFirst(isFailure ? 7 : 3).split(separator: " #", maxSplits: 1)
        guard let name = parts.first?.trimmed, !name.isEmpty else { return nil }
        let isSkipped = parts.count == 2 && parts[1].trimmed.uppercased().hasPrefix("SKIP")
        return Check(name: name, status: isFailure ? .failed : isSkipped ? .skipped : .passed)
    }
}

extension Substring {
    /// The text without spaces at its ends.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
