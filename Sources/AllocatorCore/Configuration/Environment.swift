import CLinux

/// The process's environment as the dynamic linker passes it to a constructor: NAME=value strings, and NULL at the end.
///
/// getenv(3) cannot be used: `environ` is not set up yet when the first constructor runs.
public struct Environment {
    private let block: UnsafePointer<UnsafeMutablePointer<CChar>?>
    /// Whether all variables count as not set, because the program has more rights than the caller who set them.
    let isIgnored: Bool

    /// The environment in `block`, which must outlive this value. `isIgnored` as for secure_getenv(3).
    public init(_ block: UnsafePointer<UnsafeMutablePointer<CChar>?>, isIgnored: Bool = false) {
        self.block = block
        self.isIgnored = isIgnored
    }

    /// The value of `name`, or nil if it is not set. An empty value is a value.
    public func value(of name: StaticString) -> UnsafePointer<CChar>? {
        guard !isIgnored else { return nil }
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

    /// The value of a required variable. Throws if it is not set.
    func required(_ name: StaticString) throws(ConfigurationError) -> UnsafePointer<CChar> {
        if let value = value(of: name) { return value }
        throw isIgnored ? .ignored(name) : .notSpecified(name)
    }

    /// The value of a variable that allows only certain values, or `unset`. Throws with `advice` for any other.
    func choice<Value>(
        _ name: StaticString, default unset: Value, _ advice: StaticString,
        _ parse: (UnsafePointer<CChar>) -> Value?
    ) throws(ConfigurationError) -> Value {
        guard let text = value(of: name) else { return unset }
        guard let value = parse(text) else { throw .incorrect(name, text, advice) }
        return value
    }
}
