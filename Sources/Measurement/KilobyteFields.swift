/// The `Name:   123 kB` lines that files in /proc are made of.
public struct KilobyteFields {
    // Bytes that are searched, not a dictionary of strings: the harness asks for three of 50 many times a second.
    private let bytes: [UInt8]

    /// The fields of `text`; other lines are left out.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Bytes; 0 for a field that this kernel does not have.
    public subscript(name: String) -> Int64 {
        let label = Array("\(name):".utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
            let words = line.dropFirst(label.count).split(separator: UInt8(ascii: " "))
            guard words.count == 2, words[1].elementsEqual("kB".utf8) else { return 0 }
            return (Int64(String(decoding: words[0], as: UTF8.self)) ?? 0) * 1024
        }
        return 0
    }
}
