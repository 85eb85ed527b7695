/// One line of the debug build's log: "<libvmmalloc>: <4> [File.swift:12 function] pid 1 tid 1: text".
struct LogLine {
    let level: Int
    let file: String
    let function: String
    let process: String
    let text: String

    /// Nil if the line has any other form.
    init?(_ line: Substring) {
        let form = /<libvmmalloc>: <([1-4])> \[(\w+\.swift):[0-9]+ ([^\]]+)\] pid ([0-9]+) tid [0-9]+: (.+)/
        guard let match = try? form.wholeMatch(in: line), let level = Int(match.output.1) else { return nil }
        self.level = level
        file = String(match.output.2)
        function = String(match.output.3.prefix { $0 != "(" })
        process = String(match.output.4)
        text = String(match.output.5)
    }

    /// All lines of a log that have the form; `torn` are the others.
    static func parse(_ log: String) -> (lines: [LogLine], torn: [Substring]) {
        var lines: [LogLine] = []
        var torn: [Substring] = []
        for line in log.split(separator: "\n") {
            if let parsed = LogLine(line) { lines.append(parsed) } else { torn.append(line) }
        }
        return (lines, torn)
    }
}
