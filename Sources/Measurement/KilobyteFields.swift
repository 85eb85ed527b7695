import LabBase

/// The `Name:   123 kB` lines that files in /proc are made of.
public struct KilobyteFields {
    // Bytes that are searched, not a dictionary of strings: the harness asks for three of 50 many times a second.
    private let bytes: [UInt8]

    /// The fields of `text`; other lines are left out.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The fields of the file at `path`. Throws `SystemCallError`. Safe in any thread.
    static func read(_ path: String) throws(SystemCallError) -> KilobyteFields {
        KilobyteFields(bytes: try TextFile.bytes(path))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes; 0 for a field that this kernel does not have.
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

    /// 125952 of "   123 kB", blanks or a tab before the number; 0 of anything else.
    private static func amount(in text: Slice<UnsafeRawBufferPointer>) -> Int64 {
        let number = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let digits = number.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, number.dropFirst(digits.count).elementsEqual(" kB".utf8) else { return 0 }
        return (Int64(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
    }
}
