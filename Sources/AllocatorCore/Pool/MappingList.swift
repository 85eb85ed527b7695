import CLinux

/// The addresses of this process's mappings, from /proc/self/maps, lowest first. Allocates nothing. Other threads may map and
/// unmap while it is read.
struct MappingList: ~Copyable {
    private let fd: CInt
    private var text = InlineArray<512, UInt8>(repeating: 0)
    private var length = 0
    private var position = 0

    /// Throws ENOENT without /proc, EMFILE if there is no free descriptor.
    init() throws(SystemError) {
        fd = try Linux.open(("/proc/self/maps" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
    }

    deinit { Linux.close(fd) }

    /// The addresses of the next mapping; nil at the end.
    mutating func next() -> Range<UInt>? {
        guard let start = number(endingWith: UInt8(ascii: "-")),
            let end = number(endingWith: UInt8(ascii: " ")), start <= end
        else { return nil }
        while let byte = nextByte(), byte != UInt8(ascii: "\n") {}
        return start..<end
    }

    private mutating func number(endingWith end: UInt8) -> UInt? {
        var value: UInt = 0
        while let byte = nextByte() {
            if byte == end { return value }
            let isLetter = byte >= UInt8(ascii: "a")
            value = value &<< 4 | UInt(byte &- (isLetter ? UInt8(ascii: "a") &- 10 : UInt8(ascii: "0")))
        }
        return nil
    }

    private mutating func nextByte() -> UInt8? {
        if position == length {
            let fd = self.fd
            let capacity = text.count
            length = withUnsafeMutablePointer(to: &text) {
                (try? Linux.read(fd, into: UnsafeMutableRawPointer($0), capacity: capacity)) ?? 0
            }
            position = 0
            guard length > 0 else { return nil }
        }
        defer { position &+= 1 }
        return text[position]
    }
}
