/// Identifiers of the page's elements, which links lead to.
enum PageIdentifier {
    /// Of the section of a cell, counted from 0.
    static func cell(_ index: Int) -> String { "cell-\(index + 1)" }

    /// Of the line of a metric in it.
    static func metric(_ name: String, cell index: Int) -> String { "\(cell(index))-\(word(name))" }

    /// Of what a metric means.
    static func meaning(_ name: String) -> String { "about-\(word(name))" }

    /// `name` as a part of an identifier and of a link. Results may come from elsewhere, with metrics of any
    /// name: blanks would end an identifier, and a percent sign would change a link.
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
