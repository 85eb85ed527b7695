/// Finds the name that a mistyped one was probably meant to be.
package enum Nearest {
    /// The closest of `candidates`, if it is close enough to be a typing error.
    package static func match(_ word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (name: $0, distance: distance(Array(word), Array($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        // A candidate that shares no letter was not meant.
        return best.distance <= max(2, word.count / 3) && best.distance < word.count ? best.name : nil
    }

    /// "unknown key "trails"; did you mean "trials"?", or the list of what is valid.
    package static func unknown(_ what: String, _ word: String, among candidates: [String]) -> String {
        let advice =
            match(word, among: candidates).map { "did you mean \"\($0)\"?" }
            ?? "valid are \(candidates.joined(separator: ", "))"
        return "unknown \(what) \"\(word)\"; \(advice)"
    }

    /// The Levenshtein distance: how many letters to insert, drop or replace.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[right.count]
    }
}
