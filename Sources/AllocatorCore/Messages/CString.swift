import CLinux

extension StaticString {
    /// The literal as a C string. Literals are NUL-terminated, but passing one as `const char *` would allocate.
    public var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// Whether the NUL-terminated `string` is this text.
    func equals(_ string: UnsafePointer<CChar>) -> Bool { strcmp(string, cString) == 0 }
}

/// Parsing of C strings.
enum CString {
    /// The value of a text with one decimal digit as its only character; nil for any other.
    static func digit(_ text: UnsafePointer<CChar>) -> UInt8? {
        guard text[0] >= 48, text[0] <= 57, text[1] == 0 else { return nil }
        return UInt8(truncatingIfNeeded: text[0] &- 48)
    }
}
