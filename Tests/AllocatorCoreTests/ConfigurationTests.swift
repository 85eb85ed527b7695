import CLinux
import Testing

@testable import AllocatorCore

/// How the library reads an environment: its configuration, or the line that it prints before it aborts.
private func outcome(_ variables: [String]) -> (configuration: Configuration?, line: String?) {
    var block = variables.map { strdup($0) }
    block.append(nil)
    defer { block.forEach { free($0) } }
    return block.withUnsafeBufferPointer { entries in
        guard let start = entries.baseAddress else { return (nil, nil) }
        do throws(ConfigurationError) {
            return (try Configuration.read(from: Environment(start)), nil)
        } catch {
            var line = error.line
            return (nil, line.withText { String(decoding: $0, as: UTF8.self) })
        }
    }
}

@Suite struct ConfigurationTests {
    @Test(arguments: [
        ("14680064", 14_680_064), ("14M", 14 << 20), ("14m", 14 << 20), ("1G", 1 << 30), ("2t", 2 << 40),
        ("20480K", 20 << 20), ("14684161", 14_684_160),
    ])
    func sizes(text: String, bytes: Int) {
        let result = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=\(text)"])
        #expect(result.configuration?.poolSize == bytes)
    }

    @Test func defaults() {
        let configuration = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M"]).configuration
        #expect(configuration?.forkMode == .privateRemap)
        #expect(configuration?.reservation == .automatic)
        #expect(configuration?.copyPolicy.copier == .parent)
    }

    @Test(arguments: [("parent", Copier.parent), ("child", .child)])
    func copiers(text: String, copier: Copier) {
        let variables = ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK_COPIER=\(text)"]
        #expect(outcome(variables).configuration?.copyPolicy.copier == copier)
    }

    /// A child that copies goes with a fold, unless somebody says no; mode 1 is for good, unless somebody says yes.
    @Test(arguments: [
        ("", Folding.off), ("VMMALLOC_FORK=1", .off), ("VMMALLOC_FORK=2", .off),
        ("VMMALLOC_FORK_COPIER=child", .off), ("VMMALLOC_FORK=1 VMMALLOC_FORK_COPIER=child", .off),
        ("VMMALLOC_FORK=2 VMMALLOC_FORK_COPIER=child", .automatic),
        ("VMMALLOC_FORK=3 VMMALLOC_FORK_COPIER=child VMMALLOC_FOLD=off", .off),
        ("VMMALLOC_FOLD=auto", .automatic), ("VMMALLOC_FORK=1 VMMALLOC_FOLD=auto", .automatic),
    ])
    func folds(text: String, folding: Folding) {
        let variables =
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M"]
            + text.split(separator: " ").map { String($0) }
        #expect(outcome(variables).configuration?.folding == folding)
    }

    @Test(arguments: [
        (
            ["VMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): environment variable VMMALLOC_POOL_DIR not specified"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp"],
            "Error (libvmmalloc): environment variable VMMALLOC_POOL_SIZE not specified"
        ),
        (
            // Only the whole name counts.
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZES=64M", "XVMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): environment variable VMMALLOC_POOL_SIZE not specified"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=1048576"],
            "Error (libvmmalloc): VMMALLOC_POOL_SIZE value is less than minimum (1048576 < 14680064)"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=14M7"],
            "Error (libvmmalloc): incorrect VMMALLOC_POOL_SIZE value (14M7): "
                + "use a whole number of bytes, or one with K, M, G or T behind it"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK=4"],
            "Error (libvmmalloc): incorrect VMMALLOC_FORK value (4): use 0, 1, 2 or 3"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK="],
            "Error (libvmmalloc): incorrect VMMALLOC_FORK value (): use 0, 1, 2 or 3"
        ),
        (
            ["VMMALLOC_POOL_DIR=", "VMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): incorrect VMMALLOC_POOL_DIR value (): "
                + "name a directory that exists and is writable"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_POOL_RESERVE=some"],
            "Error (libvmmalloc): incorrect VMMALLOC_POOL_RESERVE value (some): use eager, lazy, none or auto"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK_COPIER=both"],
            "Error (libvmmalloc): incorrect VMMALLOC_FORK_COPIER value (both): use parent or child"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FOLD=on"],
            "Error (libvmmalloc): incorrect VMMALLOC_FOLD value (on): use off or auto"
        ),
    ])
    func refusals(variables: [String], line: String) {
        #expect(outcome(variables).line == line)
    }

    @Test(arguments: [
        "", " 64M", "64M ", "+64M", "-64M", "64MB", "6.4G", "0x4000000", "M", "abc", "20971520xyz", "64P",
    ])
    func notASize(text: String) {
        let line = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=\(text)"]).line
        let start = "Error (libvmmalloc): incorrect VMMALLOC_POOL_SIZE value (\(text)): use a "
        #expect(line?.hasPrefix(start) == true)
    }

    @Test(arguments: ["9223372036854775808", "18446744073709551616", "9T", "99999999999T", "8796093022209"])
    func tooLargeASize(text: String) {
        let line = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=\(text)"]).line
        let expected =
            "Error (libvmmalloc): incorrect VMMALLOC_POOL_SIZE value (\(text)): the largest pool is 8T"
        #expect(line == expected)
    }

    @Test(arguments: ["00", "01", "2x", "-1", "abc", "1 ", ":", "/"])
    func notAForkMode(text: String) {
        let line = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK=\(text)"]).line
        #expect(line == "Error (libvmmalloc): incorrect VMMALLOC_FORK value (\(text)): use 0, 1, 2 or 3")
    }

    @Test func aLineStaysOneLine() {
        let line = outcome(["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=1\n2"]).line
        #expect(line?.contains("value (1?2)") == true)
        let long = outcome([
            "VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=\(String(repeating: "x", count: 5000))",
        ]).line
        #expect(long?.utf8.count == 1023)
    }
}
