import Testing

@testable import AllocatorCore

/// Lines composed without the heap.
@Suite struct MessageLineTests {
    private func text(_ line: MessageLine) -> String {
        var line = line
        return line.withText { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (0 as UInt, "NULL"), (1, "0x1"), (0xf, "0xf"), (0x10, "0x10"), (0x7f12_3456_789a, "0x7f123456789a"),
        (.max, "0xffffffffffffffff"),
    ])
    func addressesAreHexadecimal(bits: UInt, shown: String) {
        #expect(text("\(UnsafeRawPointer(bitPattern: bits))") == shown)
    }

    @Test func numbersAreDecimal() {
        #expect(
            text("\(0) \(-5) \(Int.min) \(UInt64.max) \(CInt.max)")
                == "0 -5 \(Int.min) \(UInt64.max) \(CInt.max)")
        // A size_t comes as Int.
        #expect(text("\(size: -1)") == "\(UInt.max)")
    }

    @Test(arguments: [
        (0 as UInt64, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1535, "1.4 KiB"), (64 << 20, "64.0 MiB"),
        (UInt64.max, "15.9 EiB"),
    ])
    func sizesAreInTheLargestUnit(bytes: UInt64, shown: String) {
        var line = MessageLine()
        line.append(size: bytes)
        #expect(text(line) == shown)
    }

    @Test func figuresAreAligned() {
        var line: MessageLine = "name"
        line.pad(to: 6)
        line.append(42 as UInt64, width: 5)
        #expect(text(line) == "name     42")
        line.append(123_456 as UInt64, width: 5)
        #expect(text(line) == "name     42123456")
    }

    /// Control characters would turn one line into two.
    @Test func aLineStaysOneLine() {
        #expect("a\nb\u{7f}".withCString { text("\(cString: $0)") } == "a?b?")
    }

    @Test func whatIsTooLongIsCut() {
        let long = String(repeating: "x", count: 3000)
        var line = long.withCString { "\(cString: $0)" as MessageLine }
        line.append(size: 1)
        line.pad(to: 5000)
        #expect(text(line) == String(repeating: "x", count: 1023))
    }
}
