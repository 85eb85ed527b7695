import Foundation
import Testing

/// Threads that wait for a futex in the heap while another thread forks.
@Suite struct FutexTests {
    private static func cxxWaiters() throws -> String {
        try Scratch.compiled("cxx_waiters.cc", ["-std=gnu++20"])
    }

    /// Runs a program in a mode, under both builds, with its pool on tmpfs and on disk, and checks its output.
    private func check(_ mode: Int, _ output: String, _ program: String, _ arguments: String...) throws {
        for library in BuildProducts.libraries {
            for site in [PoolSite.tmpfs, .disk] {
                let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                    .run([program] + arguments)
                #expect(outcome.status == 0, "\(library), \(site): \(outcome)")
                #expect(outcome.output == output, "\(library), \(site): \(outcome)")
            }
        }
    }

    @Test(
        arguments: [
            "future", "timed future", "atomic", "long atomic", "notify_all", "flag", "semaphore", "latch",
            "barrier",
        ], [1, 2, 3])
    func whatCXXWaitsForIsFound(kind: String, mode: Int) throws {
        try check(mode, "woken\n", Self.cxxWaiters(), kind)
    }

    @Test(
        arguments: [
            "plain", "bitset", "waitv", "requeue", "wake-op", "wake-op-second", "lock-pi",
        ], [1, 2, 3])
    func whoWaitsThroughSyscallIsFound(way: String, mode: Int) throws {
        try check(mode, "woken\n", Scratch.compiled("heap_waiter.c"), way)
    }

    @Test(.enabled(if: kernelHasFutexCalls, "needs Linux 6.7"), arguments: [1, 2, 3])
    func whoWaitsThroughTheNewerSystemCallsIsFound(mode: Int) throws {
        try check(mode, "woken\n", Scratch.compiled("heap_waiter.c"), "futex_wait")
    }

    /// A limit of mode 1: docs/fork-modes.md says why.
    @Test(
        arguments: ["semaphore", "robust-mutex", "barrier", "join"],
        [(1, "lost\n"), (2, "woken\n"), (3, "woken\n")])
    func whoWaitsWithinLibcMayBeLost(way: String, expected: (mode: Int, output: String)) throws {
        try check(expected.mode, expected.output, Scratch.compiled("heap_waiter.c"), way)
    }

    @Test func turnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run([Self.cxxWaiters(), "future"])
        #expect(outcome.status == 1 && outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    @Test(arguments: [0, 1, 2, 3])
    func allElseThatSyscallDoesIsAsItWas(mode: Int) throws {
        try check(mode, "done\n", Scratch.compiled("futex_calls.c"))
    }
}

/// Whether futex_wait(2) and its relatives exist.
private let kernelHasFutexCalls: Bool = {
    let release = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
    let numbers = release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    return !numbers.lexicographicallyPrecedes([6, 7])
}()
