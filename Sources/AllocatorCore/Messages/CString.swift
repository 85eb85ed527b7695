import CLinux

extension StaticString {
    /// The literal as C sees it. Literals are NUL-terminated; passing one as `const char *` would allocate.
    public var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// Whether the NUL-terminated `string` is this text.
    func equals(_ string: UnsafePointer<CChar>) -> Bool { strcmp(string, cString) == 0 }
}

/// What C strings say.
enum CString {
    /// The value of a text that is one decimal digit; nil for any other.
    static func digit(_ text: UnsafePointer<CChar>) -> UInt8? {
        guard text[0] >= 48, text[0] <= 57, text[1] == 0 else { return nil }
        return UInt8(truncatingIfNeeded: text[0] &- 48)
    }
}
