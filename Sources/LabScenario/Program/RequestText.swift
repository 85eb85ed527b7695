/// The texts of requests: placeholders, and `{random N}` for a number from 0 to N - 1 that is drawn for each
/// request.
package enum RequestText {
    /// A piece of a request.
    package enum Piece: Equatable {
        case text(String)
        case random(below: Int)
    }

    private static let mark = "{random "

    /// The pieces of a text; nil for the last one if its `{random N}` cannot be read.
    package static func pieces(of text: String) -> [Piece?] {
        var pieces: [Piece?] = []
        var rest = text[...]
        while let place = rest.firstRange(of: mark) {
            pieces.append(.text(String(rest[..<place.lowerBound])))
            let number = rest[place.upperBound...].prefix { $0 != "}" }
            guard let limit = Int(number), limit > 0, number.endIndex < rest.endIndex else {
                return pieces + [nil]
            }
            pieces.append(.random(below: limit))
            rest = rest[rest.index(after: number.endIndex)...]
        }
        return (pieces + [.text(String(rest))]).filter { $0 != .text("") }
    }

    /// What is wrong with a text; nil if nothing is.
    static func objection(to text: String) -> String? {
        pieces(of: text).contains(nil)
            ? "\"\(text)\" draws no number; write {random N} with N above 0, as in {random 1000}" : nil
    }
}
