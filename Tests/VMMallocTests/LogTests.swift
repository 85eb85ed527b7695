import Foundation
import Testing

/// What the debug build logs, at which level, and where.
@Suite struct LogTests {
    /// Each call with its place, arguments and result.
    @Test func levelFourIsEveryCallOfTheMallocFamily() throws {
        let outcome = try Preloaded.debug(log: ["LEVEL": "4"]).run(program: "traced_calls.c")
        #expect(outcome.status == 0, "\(outcome)")
        let calls = LogLine.parse(outcome.errors).lines.filter { $0.level == 4 }.map(\.text)
        let said = outcome.output.split(separator: "\n").map(String.init)
        #expect(said.count == 28)
        let first = try #require(calls.firstIndex(of: said[0]))
        let between = calls[first...].prefix(said.count)
        #expect(Array(between) == said)
    }

    /// A level has the lines of those below it, and none of those above.
    @Test(arguments: [0, 1, 2, 3, 4])
    func eachLevelIncludesThoseBelow(level: Int) throws {
        let outcome = try Preloaded.debug(log: ["LEVEL": "\(level)"]).run(program: "traced_calls.c")
        #expect(outcome.status == 0, "\(outcome)")
        let log = LogLine.parse(outcome.errors)
        #expect(log.torn.isEmpty)
        // At level 4 the program's failed calls have their own lines.
        #expect(Set(log.lines.map(\.level)) == Set(1...4).filter { $0 <= level }, "\(outcome)")
    }

    @Test func levelOneExplainsAnError() throws {
        let outcome = try Preloaded.debug(log: ["LEVEL": "1"]).run(program: "traced_calls.c")
        #expect(outcome.status == 0, "\(outcome)")
        let explanation =
            /no room for an extent of [0-9]+ bytes: [0-9]+ of 67108864 are in use, the longest free run is [0-9]+/
        #expect(outcome.errors.contains(explanation), "\(outcome)")
    }

    @Test(arguments: [1, 2, 3])
    func levelTwoSaysWhatAForkDid(mode: Int) throws {
        let outcome = try Preloaded.debug(mode: mode, log: ["LEVEL": "2"]).run(program: "ends.c", "_exit")
        let action = mode == 1 ? "remap" : "copy_file_range"
        #expect(outcome.errors.contains("fork 1 in mode \(mode): \(action), error 0"), "\(outcome)")
        #expect(outcome.errors.contains("pool of 67108864 bytes at 0x"), "\(outcome)")
        // Its child is another process, and says so; one of vfork is not.
        let ends = outcome.errors.matches(of: /pid ([0-9]+) tid [0-9]+: the process ends by (_?exit)/)
        let processes = outcome.output.split(whereSeparator: \.isWhitespace)
        #expect(
            ends.map { "\($0.output.1) \($0.output.2)" } == ["\(processes[1]) _exit", "\(processes[0]) exit"])
    }

    @Test func levelThreeFollowsAForkThroughItsPhases() throws {
        let outcome = try Preloaded.debug(mode: 2, log: ["LEVEL": "3"]).run(program: "ends.c", "_exit")
        let phases = LogLine.parse(outcome.errors).lines
            .filter { $0.file == "Heap.swift" && $0.process == outcome.output.prefix { $0 != " " } }
            .map(\.function)
        #expect(phases == ["reserveFork", "prepareFork", "resumeParent"], "\(outcome)")
    }

    // MARK: Files

    /// If the name ends with "-" each process has its own file, even the child of a fork.
    @Test func aNameWithAHyphenIsAFileForEachProcess() throws {
        let folder = try Scratch.folder("log-each")
        let outcome = try Preloaded.debug(log: ["LEVEL": "4", "FILE": "\(folder)/log-"])
            .run(program: "ends.c", "_exit")
        #expect(outcome.errors == "", "\(outcome)")
        let processes = outcome.output.split(whereSeparator: \.isWhitespace).prefix(2).map(String.init)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        // env(1), which starts the program, is the same process.
        #expect(files == processes.map { "log-\($0)" }.sorted())
        for process in processes {
            let text = try String(contentsOfFile: "\(folder)/log-\(process)", encoding: .utf8)
            let owners = Set(LogLine.parse(text).lines.map(\.process))
            #expect(owners == [process])
        }
    }

    /// A relative name refers to the directory that the program was started in, wherever it changes to.
    @Test func aChildsFileLiesBesideItsParents() throws {
        let folder = try Scratch.folder("log-relative")
        // The shell that changes there is not under the library: it would leave a log where it started.
        let script = """
            cd '\(folder)'
            export VMMALLOC_POOL_DIR='\(Scratch.tmpfs)' VMMALLOC_POOL_SIZE=64M
            export VMMALLOC_LOG_LEVEL=2 VMMALLOC_LOG_FILE=log- LD_PRELOAD='\(BuildProducts.debugLibrary)'
            exec perl -e 'chdir "/"; if (fork) { wait } print 1'
            """
        let outcome = try Command(["sh", "-c", script]).run()
        #expect(outcome.output == "11", "\(outcome)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.count == 2, "\(files)")
    }

    /// Many threads of many processes, one file: no line is torn, none is lost.
    @Test func linesNeverTear() throws {
        let file = "\(try Scratch.folder("log-shared"))/log"
        let outcome = try Preloaded.debug(log: ["LEVEL": "4", "FILE": file]).run(
            program: "concurrent_forks.c")
        #expect(outcome.status == 0, "\(outcome)")
        let log = LogLine.parse(try String(contentsOfFile: file, encoding: .utf8))
        #expect(log.torn.isEmpty, "\(log.torn.prefix(3))")
        // 240 children, with one line each about its end.
        let ended = Set(log.lines.filter { $0.text == "the process ends by _exit" }.map(\.process))
        #expect(ended.count == 240)
        #expect(log.lines.count { ended.contains($0.process) && $0.text.hasPrefix("free(0x") } == 240)
    }

    /// A descriptor that the program closes or reuses is never written to.
    @Test func aLogThatTheProgramClosedIsNotWritten() throws {
        let folder = try Scratch.folder("log-closed")
        let script = """
            import os
            log = [fd for fd in map(int, os.listdir("/proc/self/fd")) if os.path.exists(f"/proc/self/fd/{fd}")
                   and os.readlink(f"/proc/self/fd/{fd}").endswith("/log")]
            assert len(log) == 1
            file = os.open("\(folder)/data", os.O_CREAT | os.O_WRONLY)
            os.dup2(file, log[0])
            bytearray(10 ** 6)
            """
        let outcome = try Preloaded.debug(log: ["LEVEL": "4", "FILE": "\(folder)/log"])
            .run(["/usr/bin/python3", "-c", script])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/data")).isEmpty)
    }

    /// The program goes on, and what it was to be kept out of stays clean: nothing of the log goes to standard error.
    @Test(arguments: ["/no/such/log", "/no/such/log-", "no/such/log-"])
    func aFileThatCannotBeOpenedIsDoneWithout(path: String) throws {
        let outcome = try Preloaded.debug(log: ["LEVEL": "4", "FILE": path, "STATS": "1"])
            .run(program: "ends.c", "_exit")
        #expect(outcome.errors == Self.warning(path, "No such file or directory"), "\(outcome)")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// What ends the program at its start stands in the log too, whatever the level; without a file it is told once.
    @Test(arguments: [
        ["POOL_DIR": "", "POOL_SIZE": "64M"], ["POOL_SIZE": "64M"], ["POOL_DIR": "/dev/shm"], [:],
        ["POOL_DIR": "/dev/shm", "POOL_SIZE": "13M"], ["POOL_DIR": "/dev/shm", "POOL_SIZE": "many"],
        ["POOL_DIR": "/no/such/directory", "POOL_SIZE": "64M"],
        ["POOL_DIR": "/dev/shm", "POOL_SIZE": "64M", "FORK": "4"],
        ["POOL_DIR": "/dev/shm", "POOL_SIZE": "64M", "LOG_STATS": "yes"],
    ])
    func errorsAtStartReachTheLog(settings: [String: String]) throws {
        for level in 0...4 {
            let log = "\(try Scratch.folder("log-start"))/log"
            func run(_ more: [String: String]) throws -> Outcome {
                let variables = settings.merging(["LOG_LEVEL": "\(level)"].merging(more) { $1 }) { $1 }
                let program = ["LD_PRELOAD=\(BuildProducts.debugLibrary)", "/bin/true"]
                return try Command(["env"] + variables.map { "VMMALLOC_\($0.key)=\($0.value)" } + program)
                    .run()
            }
            let outcome = try run(["LOG_FILE": log])
            #expect(outcome.status == -6, "\(outcome)")
            #expect(outcome.errors.hasPrefix("Error (libvmmalloc): "), "\(outcome)")
            let lines = LogLine.parse(try String(contentsOfFile: log, encoding: .utf8)).lines
            #expect(lines.filter { $0.level == 1 }.map { $0.text + "\n" } == [outcome.errors])
            #expect(try run([:]).errors == outcome.errors)
        }
    }

    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func aForkLogThatCannotBeOpenedAndAChildWithoutAHeapAreInTheLog() throws {
        let log = "\(try Scratch.folder("log-child"))/log"
        var program = Preloaded.debug(mode: 2, poolSize: "20M", log: ["FILE": log])
        program.environment["VMMALLOC_FORK_LOG"] = "/no/such/log"
        program.site = .fresh("tmpfs", mebibytes: 64)
        let outcome = try program.run(program: "unannounced_fork.c", "__fork", "60")
        #expect(outcome.output == "child left with 71\n", "\(outcome)")
        let texts = LogLine.parse(try String(contentsOfFile: log, encoding: .utf8)).lines.map(\.text)
        for line in [
            "Warning (libvmmalloc): cannot open VMMALLOC_FORK_LOG",
            "Error (libvmmalloc): the child of a fork gets no memory pool",
        ] { #expect(texts.contains { $0.hasPrefix(line) }, "\(texts)") }
    }

    /// A child that has changed its user may not make a file beside its parent's: what it forks goes on in the log that
    /// it has, and what it starts has none.
    @Test(.enabled(if: geteuid() == 0, "needs root, to change the user"))
    func aFileThatAnotherUserMayNotMakeIsDoneWithout() throws {
        let logs = try Scratch.folder("log-of-root")
        chmod(logs, 0o700)
        // The other user must be able to read the library, and to make a pool.
        let open = "\(Scratch.tmpfs)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
        chmod(open, 0o1777)
        let library = "\(open)/libvmmalloc.so.1"
        try FileManager.default.copyItem(atPath: BuildProducts.debugLibrary, toPath: library)
        let script = """
            use POSIX;
            if (!fork) {
                setuid(65534) or die $!;
                if (!fork) { POSIX::_exit(0) }
                wait;
                print "$?\n";
                exec "/bin/true";
            }
            wait;
            print "$?\n";
            """
        var program = Preloaded.debug(log: ["LEVEL": "2", "FILE": "\(logs)/log-"])
        program.library = library
        program.environment["VMMALLOC_POOL_DIR"] = open
        let outcome = try program.run(["perl", "-e", script])
        #expect(outcome.output == "0\n0\n", "\(outcome)")
        #expect(outcome.errors == Self.warning("\(logs)/log-", "Permission denied"), "\(outcome)")
        let files = try FileManager.default.contentsOfDirectory(atPath: logs)
        #expect(files.count == 2, "\(files)")
        let text = try files.map { try String(contentsOfFile: "\(logs)/\($0)", encoding: .utf8) }.joined()
        #expect(text.contains("no log file of its own: Permission denied"), "\(text)")
        // The child that changed its user, and the one that it forked.
        #expect(text.matches(of: /pid [0-9]+ tid [0-9]+: the process ends by _exit/).count == 1, "\(text)")
    }

    private static func warning(_ path: String, _ error: String) -> String {
        "Warning (libvmmalloc): cannot open VMMALLOC_LOG_FILE (\(path)): \(error); continuing without it\n"
    }

    /// Logging does not use the heap that it is about: the same calls, whatever the level.
    @Test func loggingAllocatesNothing() throws {
        let silent = try calls(level: 0)
        #expect(silent > 10)
        #expect(try calls(level: 4) == silent)
    }

    private func calls(level: Int) throws -> UInt64 {
        let outcome = try Preloaded.debug(log: ["LEVEL": "\(level)", "STATS": "1"])
            .run(program: "ends.c", "_exit")
        let process = outcome.output.prefix { $0 != " " }
        return try #require(StatisticsTests.figures(outcome.errors, of: process)["calls that allocated"])
    }

    // MARK: Settings

    @Test(arguments: [
        ("LEVEL", "5", "incorrect VMMALLOC_LOG_LEVEL value (5): use 0, 1, 2, 3 or 4"),
        ("LEVEL", "", "incorrect VMMALLOC_LOG_LEVEL value (): use 0, 1, 2, 3 or 4"),
        ("STATS", "yes", "incorrect VMMALLOC_LOG_STATS value (yes): use 0 or 1"),
    ])
    func nonsenseIsOneLineAndAbort(variable: String, value: String, line: String) throws {
        let outcome = try Preloaded.debug(log: [variable: value]).run(["/bin/true"])
        #expect(outcome.errors == "Error (libvmmalloc): \(line)\n", "\(outcome)")
        #expect(outcome.status == -6)
    }

    /// libvmmalloc(7): these variables have no effect on the non-debug version.
    @Test func theReleaseBuildKnowsNoneOfIt() throws {
        let file = "\(try Scratch.folder("log-release"))/log"
        let outcome = try Preloaded(environment: [
            "VMMALLOC_LOG_LEVEL": "nonsense", "VMMALLOC_LOG_FILE": file, "VMMALLOC_LOG_STATS": "nonsense",
        ]).run(program: "ends.c", "_exit")
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
