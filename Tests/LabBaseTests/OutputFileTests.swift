import Foundation
import LabTestSupport
import Testing

@testable import LabBase
@testable import LabProcess

@Suite("Where output goes") struct OutputFileTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func path(_ name: String) -> String { "\(scratch.path)/\(name)" }

    private func status(_ name: String) throws -> stat {
        var status = stat()
        try #require(lstat(path(name), &status) == 0, "\(name): \(String(cString: strerror(errno)))")
        return status
    }

    private func text(_ name: String) throws -> String { try TextFile.read(path(name)) }

    /// The reason why `name` cannot be written; nil if it can.
    private func problem(_ name: String) throws -> String {
        try #require(throws: SystemCallError.self) { try OutputFile.write("new", to: path(name)) }
            .description.replacing(scratch.path, with: "DIR")
    }

    private static func forklab(
        _ script: String, _ arguments: String..., namespace: Bool = false, user: UInt32? = nil
    ) throws -> (end: ChildProcess.ProcessEnd, output: String, errors: String) {
        let program = try BuiltWorkload.folder() + "/forklab"
        var command = ["sh", "-c", script, program] + arguments
        if namespace { command = ["unshare", "-m"] + command }
        if let user {
            command = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + command
        }
        let process = ChildProcess(
            executable: "/usr/bin/env", arguments: command,
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"], timeout: .seconds(120))
        let result = try process.run(interruption: nil)
        return (result.end, result.output, result.errors)
    }

    @Test("A FIFO is written to and stays a FIFO")
    func fifo() throws {
        try #require(mkfifo(path("fifo"), 0o600) == 0)
        try #require(symlink("fifo", path("link")) == 0)
        // Opened for writing too, so that neither end waits for the other.
        let end = open(path("fifo"), O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(end >= 0)
        defer { close(end) }
        for name in ["fifo", "link"] {
            try OutputFile.write("\(name) has it", to: path(name))
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = read(end, &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == "\(name) has it")
        }
        #expect(try status("fifo").st_mode & S_IFMT == S_IFIFO)
        #expect(scratch.entries.count == 2)
    }

    @Test("Symbolic links stay, and their targets are replaced or created")
    func links() throws {
        // Also on another file system: no draft can be renamed across.
        let memory = "/dev/shm/forklab-tests-\(getpid())-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: memory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: memory) }
        _ = try scratch.folder("elsewhere")
        try "old".write(toFile: "\(memory)/there", atomically: false, encoding: .utf8)
        let targets = [
            "dangling": "elsewhere/made", "absolute": "\(memory)/there", "missing": "\(memory)/made",
            "chain": "elsewhere/../dangling",
        ]
        for (name, target) in targets { try #require(symlink(target, path(name)) == 0) }
        for name in targets.keys.sorted() {
            try OutputFile.write("by \(name)", to: path(name))
            #expect(try text(name) == "by \(name)")
            #expect(try RealPath.linkTarget(path(name)) == targets[name])
        }
        #expect(try text("elsewhere/made") == "by dangling")
        #expect(Folder.read(memory)?.sorted() == ["made", "there"])
        #expect(scratch.entries.sorted() == ["absolute", "chain", "dangling", "elsewhere", "missing"])
        try #require(symlink("loop", path("loop")) == 0)
        #expect(try problem("loop") == "write DIR/loop: Too many levels of symbolic links")
        try #require(symlink("no/such", path("nowhere")) == 0)
        let nowhere = try problem("nowhere")
        #expect(nowhere == "write DIR/nowhere: No such file or directory")
    }

    @Test("A file keeps its mode, its owner, and all of its names")
    func file() throws {
        for name in ["file", "twin"] { _ = try scratch.write("something longer than what follows", to: name) }
        try #require(chmod(path("file"), 0o604) == 0)
        if geteuid() == 0 { try #require(chown(path("file"), 1234, 4321) == 0) }
        let old = try status("file")
        try OutputFile.write("new", to: path("file"))
        let new = try status("file")
        #expect(try text("file") == "new")
        #expect(new.st_mode == old.st_mode && new.st_uid == old.st_uid && new.st_gid == old.st_gid)
        #expect(new.st_ino != old.st_ino, "a file is replaced whole")
        try #require(Glibc.link(path("twin"), path("name")) == 0)
        try OutputFile.write("new", to: path("name"))
        #expect(try text("twin") == "new" && status("twin").st_nlink == 2)
        try OutputFile.write("", to: path("name"))
        #expect(try text("twin") == "")
    }

    @Test("A target that would be harmed is refused by name")
    func refused() throws {
        _ = try scratch.folder("folder")
        #expect(try problem("folder") == "write DIR/folder: Is a directory")
        #expect(try problem("folder/") == "write DIR/folder/: Is a directory")
        #expect(try problem("no/such") == "write DIR/no/such: No such file or directory")
        // As long as a name can be, and longer.
        try OutputFile.write("new", to: path(String(repeating: "n", count: 255)))
        #expect(try problem(String(repeating: "n", count: 256)).hasSuffix(": File name too long"))
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path("socket").utf8) }
        let bound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        #expect(try problem("socket") == "write DIR/socket, a socket: No such device or address")
        #expect(try status("socket").st_mode & S_IFMT == S_IFSOCK)
        // Device nodes are only looked at: nothing must be written to one even if this fails.
        guard case .refused(", a block device", EPERM) = OutputTarget.Kind(S_IFBLK | 0o660) else {
            Issue.record("a block device is not refused")
            return
        }
        guard case .stream = try OutputTarget("/dev/null") else {
            Issue.record("/dev/null is not written directly")
            return
        }
    }

    @Test("The names of standard output in /dev mean what the shell opened, and output is appended")
    func standardOutput() throws {
        let results = try ResultFixture()
        for name in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "-"] {
            let run = try Self.forklab(
                #"echo before > "$2"; "$0" report "$1" --csv "$3" >> "$2"; echo after >> "$2"; cat "$2""#,
                results.path, path("out"), name)
            let lines = run.output.split(separator: "\n")
            #expect(run.end == .exited(0), "\(run)")
            #expect(lines.first == "before" && lines.last == "after" && lines.count > 10, "\(name): \(lines)")
        }
    }

    @Test(
        "A full file system leaves what was there, in a file of one name or two, and no piece",
        .enabled(if: geteuid() == 0, "mounts a small file system, so needs root"))
    func fullFileSystem() throws {
        let results = try ResultFixture()
        let script = """
            set -e
            mount -t tmpfs -o size=32k tmpfs "$2"; cd "$2"
            echo old > one; echo old > two; ln two name; ln -s one link
            dd if=/dev/zero of=filler bs=4k count=5 2> /dev/null
            for name in one two link new; do "$0" report "$1" --samples-csv $name || echo $?; done
            "$0" report "$1" --samples-csv - >> filler || echo $?
            cat one two; ls -A
            """
        let run = try Self.forklab(script, results.path, try scratch.folder("mount"), namespace: true)
        #expect(
            run.output == "2\n2\n2\n2\n2\nold\nold\nfiller\nlink\nname\none\ntwo\n", "\(run)")
        #expect(
            run.errors.split(separator: "\n").allSatisfy { $0.contains("No space left on device; make room") }
        )
    }

    @Test(
        "A file of another's that may be written is written, and stays the other's; one that may not is refused",
        .enabled(if: ForkLabRun.canBe(user: 65534), "needs root, setpriv and a build that all can read"))
    func othersFiles() throws {
        let results = try ResultFixture()
        chmod(results.path, 0o755)
        chmod(scratch.path, 0o755)
        for name in ["open", "closed"] { _ = try scratch.write("old", to: name) }
        chmod(path("open"), 0o666)
        let open = try Self.forklab(
            #""$0" report "$1" --csv "$2""#, results.path, path("open"), user: 65534)
        #expect(open.end == .exited(0), "\(open)")
        #expect(try text("open").hasPrefix("mode,") && status("open").st_uid == 0)
        let closed = try Self.forklab(
            #""$0" report "$1" --csv "$2""#, results.path, path("closed"), user: 65534)
        #expect(
            closed.end == .exited(2) && closed.errors.contains("closed: Permission denied; give"), "\(closed)"
        )
        #expect(try text("closed") == "old")
        // One's own file that is not writable, in a folder that is.
        let own = try scratch.folder("own")
        _ = try scratch.write("old", to: "own/file")
        for (name, mode) in [("own", 0o755), ("own/file", 0o444)] as [(String, mode_t)] {
            try #require(chown(path(name), 65534, 65534) == 0 && chmod(path(name), mode) == 0)
        }
        let kept = try Self.forklab(
            #""$0" report "$1" --csv "$2""#, results.path, "\(own)/file", user: 65534)
        #expect(kept.end == .exited(2) && kept.errors.contains("file: Permission denied"), "\(kept)")
        #expect(try text("own/file") == "old")
    }

    @Test("Each option that names a file leaves a FIFO a FIFO and a link a link")
    func options() throws {
        let results = try ResultFixture()
        let script = """
            cd "$2"; mkfifo fifo; echo old > target; ln -s target link
            for option in --output --markdown --csv --samples-csv; do
                cat fifo > read & "$0" report "$1" $option fifo
                test -p fifo || { kill $!; break; }
                wait $!; test $(wc -c < read) -gt 500 && "$0" report "$1" $option link \
                    && test -L link && test $(wc -c < target) -gt 500 && echo $option
                echo old > target
            done 2> /dev/null
            mkfifo forks; "$0" preload --pool-dir /dev/shm --pool-size 64M --fork-log link -- cat /dev/null
            test -L link && echo preload
            printf '# T\\n' > read; ln -sf read link; "$0" cite link > /dev/null; test -L link && echo cite
            "$0" cite fifo
            """
        let run = try Self.forklab(script, results.path, try scratch.folder("options"))
        #expect(
            run.output == "--output\n--markdown\n--csv\n--samples-csv\npreload\ncite\n", "\(run)")
        #expect(
            run.errors
                == "forklab: fifo: is not a file that can be brought up to date; give one, or --check\n")
    }

    @Test("A merge goes through a link to an empty directory, whose mode stays")
    func merge() throws {
        let results = try ResultFixture()
        let place = try scratch.folder("place")
        try #require(chmod(place, 0o750) == 0 && symlink("place", path("link")) == 0)
        if geteuid() == 0 { try #require(chown(place, 1234, 4321) == 0) }
        let old = try status("place")
        let end = try ForkLabRun.end(["merge", path("link"), results.path, "--partial"], scratch: scratch)
        #expect(end.status == 0, "\(end)")
        let new = try status("place")
        #expect(new.st_mode == old.st_mode && new.st_uid == old.st_uid && new.st_gid == old.st_gid)
        #expect(try status("link").st_mode & S_IFMT == S_IFLNK)
        #expect(Folder.read(place)?.contains("summary.md") == true)
    }
}
