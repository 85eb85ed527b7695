import Testing

/// A system call that a fork makes fails once, at each place where it is made: the fork works another way or is
/// refused, and the parent goes on.
@Suite(.enabled(if: PoolSite.isInstalled("strace"), "needs the package strace"))
struct InjectedFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// What strace does to the call.
        let injection: String
        let sites: [PoolSite]
        let modes: [Int]

        init(_ injection: String, _ sites: [PoolSite], modes: [Int] = [2]) {
            self.injection = injection
            self.sites = sites
            self.modes = modes
        }

        var call: String { String(injection.prefix { $0 != ":" }) }
        var testDescription: String { injection }
    }

    private static let reflinking = PoolSite.canMount ? PoolSite.reflinking : []
    private static let copying = [PoolSite.tmpfs, .disk]

    static let cases =
        ["error=EIO", "error=EOPNOTSUPP", "error=EINTR", "error=EDQUOT", "error=ENOSPC"].map {
            Case("ioctl:\($0)", reflinking)
        }
        + ["error=EIO", "error=EINTR", "error=EDQUOT", "error=ENOSPC"].map {
            Case("copy_file_range:\($0)", copying)
        } + [
            Case("fallocate:error=EIO", [.disk]), Case("fallocate:error=EDQUOT", [.disk], modes: [2, 3]),
            Case("fallocate:error=EINTR", [.disk]), Case("fallocate:error=EOPNOTSUPP", [.disk]),
            Case("openat:error=EMFILE", [.disk], modes: [2, 3]), Case("openat:error=ENFILE", [.disk]),
            Case("fcntl:error=EMFILE", [.disk]), Case("ftruncate:error=EIO", [.disk]),
            Case("fstatfs:error=EIO", [.disk, .tmpfs]), Case("mprotect:error=ENOMEM", copying, modes: [1]),
            Case("mremap:error=ENOMEM", copying, modes: [1]),
            Case("mmap:error=ENOMEM", copying, modes: [1, 2]),
            Case("mmap:error=EINTR", copying, modes: [1, 2]),
            Case("madvise:error=ENOMEM", copying, modes: [1]),
            Case("munlock:error=ENOMEM", copying, modes: [1]),
            Case("msync:error=ENOMEM", copying, modes: [1]),
            Case("sync_file_range:error=EIO", reflinking),
        ]

    @Test(arguments: cases)
    func failsOnce(fault: Case) throws {
        for site in fault.sites {
            for mode in fault.modes {
                let start = try calls(of: fault, forks: 0, site, mode).count
                let all = try calls(of: fault, forks: 2, site, mode)
                // The program's own reading of its maps is not part of a fork.
                for place in all.indices.dropFirst(start) where !all[place].contains("/proc/self/maps") {
                    let inject = "inject=\(fault.injection):when=\(place + 1)"
                    let outcome = try trace(["-e", inject, "-o", "/dev/null"], forks: 2, site, mode)
                    // strace makes mremap fail before anything is unmapped; lowered_limit.c tests the kernel's own refusals.
                    #expect(outcome.status == 0, "\(site), mode \(mode), \(inject): \(outcome)")
                }
            }
        }
    }

    /// What lies at the twin's addresses instead would otherwise become the heap.
    @Test(arguments: [PoolSite.tmpfs, .disk], [1, 2, 3])
    func aTwinThatCannotBeMappedIsDoneWithout(site: PoolSite, mode: Int) throws {
        let fault = Case("mmap:error=ENOMEM", [site])
        let calls = try calls(of: fault, forks: 0, site, mode)
        let twins = calls.indices.filter {
            calls[$0].contains("PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_NORESERVE")
        }
        let place = try #require(twins.first)
        let inject = "inject=\(fault.injection):when=\(place + 1)"
        let outcome = try trace(["-e", inject, "-o", "/dev/null"], forks: 2, site, mode)
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Some sandboxes have no copy_file_range, others a filter that does not know it.
    @Test(arguments: ["ENOSYS", "EPERM", "EOPNOTSUPP"])
    func whereNothingCopiesRangesTheMemoryIsWritten(error: String) throws {
        let outcome = try trace(
            ["-e", "inject=copy_file_range:error=\(error)", "-o", "/dev/null"], forks: 2, .tmpfs, 2)
        #expect(outcome.status == 0 && outcome.output == "memory copied\nmemory copied\n", "\(outcome)")
    }

    /// A file system may be slow to free a file that is only closed.
    @Test(arguments: copying, [2, 3])
    func aCopyThatIsGivenUpIsEmptied(site: PoolSite, mode: Int) throws {
        let fault = Case("copy_file_range:error=ENOSPC", [site])
        let last = try calls(of: fault, forks: 1, site, mode).count
        let options = [
            "-e", "trace=ftruncate,copy_file_range", "-e", "inject=\(fault.injection):when=\(last)", "-o",
            "/dev/stderr",
        ]
        let outcome = try trace(options, forks: 1, site, mode)
        #expect(outcome.status == 0, "\(outcome)")
        let emptied = outcome.errors.split(separator: "\n").filter {
            $0.hasPrefix("ftruncate(") && $0.contains(", 0) ") && $0.hasSuffix("= 0")
        }
        #expect(emptied.count == 1, "\(outcome)")
    }

    /// The number of such calls that the program makes with a given number of forks.
    private func calls(
        of fault: Case, forks: Int, _ site: PoolSite, _ mode: Int
    ) throws -> [Substring] {
        let outcome = try trace(["-e", "trace=\(fault.call)", "-o", "/dev/stderr"], forks: forks, site, mode)
        #expect(outcome.status == 0, "\(outcome)")
        return outcome.errors.split(separator: "\n").filter { $0.hasPrefix("\(fault.call)(") }
    }

    /// The program under strace, which is not itself under the library.
    private func trace(
        _ options: [String], forks: Int, _ site: PoolSite, _ mode: Int
    ) throws -> Outcome {
        let strace = [
            "env", "-u", "LD_PRELOAD", "strace", "-qq", "-E", "LD_PRELOAD=\(BuildProducts.library)",
        ]
        let program = [try Scratch.compiled("fork_or_refusal.c"), "1", "\(forks)"]
        return try Preloaded(site: site, forkMode: mode).run(strace + options + program)
    }
}
