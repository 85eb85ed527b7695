import LabBase

/// The `Name:   123 kB` lines of files in /proc.
public struct KilobyteFields {
    // Bytes to search, not a dictionary of strings: the harness asks for three fields out of 50, many times per second.
    private let bytes: [UInt8]

    /// The fields in `text`; other lines are ignored.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The fields of the file at `path`. Throws `SystemCallError`. Safe in any thread.
    static func read(_ path: String) throws(SystemCallError) -> KilobyteFields {
        KilobyteFields(bytes: try TextFile.bytes(path))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// A field in bytes; 0 for one that this kernel does not have.
    public subscript(name: String) -> Int64 {
        var label = name + ":"
        return label.withUTF8 { label in
            bytes.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let line = rest.prefix { $0 != UInt8(ascii: "\n") }
                    if line.starts(with: label) { return Self.amount(in: line.dropFirst(label.count)) }
                    rest = rest.dropFirst(line.count + 1)
                }
                return 0
            }
        }
    }

    /// 125952 for "   123 kB", with blanks or a tab before the number; 0 for anything else.
    private static func amount(in text: Slice<UnsafeRawBufferPointer>) -> Int64 {
        let number = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let digits = number.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, number.dropFirst(digits.count).elementsEqual(" kB".utf8) else { return 0 }
        return (Int64(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
    }
}
