import CLinux

extension StaticString {
    /// The literal as C sees it. Literals are NUL-terminated; passing one as `const char *` would allocate.
    public var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// Whether the NUL-terminated `string` is this text.
    func equals(_ string: UnsafePointer<CChar>) -> Bool { strcmp(string, cString) == 0 }
}
