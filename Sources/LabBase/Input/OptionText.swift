/// Parses option values by the rules of scenario files. Every error names the option.
package enum OptionText {
    /// A time such as "90s". Throws `InputError`.
    package static func time(_ text: String, option: String) throws(InputError) -> Duration {
        guard let time = Duration(text: text) else { throw InputError(option, Duration.objection(to: text)) }
        return time
    }

    /// A size such as "2G", in bytes. Throws `InputError`.
    package static func size(_ text: String, option: String) throws(InputError) -> Int {
        guard let bytes = ByteCount.parse(text) else {
            throw InputError(
                option, "\"\(text)\" is not a size; give bytes, or a number with K, M, G or T, such as 2G")
        }
        return bytes
    }

    /// One of several words. Throws `InputError`.
    package static func choice<Word: RawRepresentable<String>>(
        _ text: String, of words: [Word], option: String
    ) throws(InputError) -> Word {
        guard let word = words.first(where: { $0.rawValue == text }) else {
            throw InputError(option, Nearest.unknown("value", text, among: words.map(\.rawValue)))
        }
        return word
    }
}
