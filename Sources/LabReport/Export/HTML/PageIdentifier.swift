/// Identifiers of the page's elements, as targets of links.
enum PageIdentifier {
    /// The identifier of a cell's section; cells are counted from 0.
    static func cell(_ index: Int) -> String { "cell-\(index + 1)" }

    /// The identifier of a metric's line in that section.
    static func metric(_ name: String, cell index: Int) -> String { "\(cell(index))-\(word(name))" }

    /// The identifier of a metric's explanation.
    static func meaning(_ name: String) -> String { "about-\(word(name))" }

    /// `name` in a form that is safe in identifiers and links. Results may come from elsewhere, with metrics of any
    /// name: a blank would end an identifier, and a percent sign would change a link.
    private static func word(_ name: String) -> String {
        String(
            name.unicodeScalars.flatMap { scalar -> String in
                let character = Character(scalar)
                let isPlain = character.isASCII && (character.isLetter || character.isNumber)
                return isPlain || "_-".contains(character)
                    ? String(character) : ".\(String(scalar.value, radix: 16))."
            })
    }
}
