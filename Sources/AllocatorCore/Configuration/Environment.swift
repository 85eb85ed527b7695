import CLinux

/// The process's environment as the dynamic linker hands it to a constructor: NAME=value strings, NULL last.
///
/// getenv(3) does not serve here: `environ` is not set up when the first constructor runs.
public struct Environment {
    private let block: UnsafePointer<UnsafeMutablePointer<CChar>?>

    /// The environment in `block`, which must outlive this value.
    public init(_ block: UnsafePointer<UnsafeMutablePointer<CChar>?>) { self.block = block }

    /// The value of `name`, or nil if it is not set. An empty value is a value.
    public func value(of name: StaticString) -> UnsafePointer<CChar>? {
        var index = 0
        while let entry = block[index] {
            index &+= 1
            let length = name.utf8CodeUnitCount
            if strncmp(entry, name.cString, length) == 0 && entry[length] == CChar(truncatingIfNeeded: 61) {
                return UnsafePointer(entry + length + 1)
            }
        }
        return nil
    }
}
