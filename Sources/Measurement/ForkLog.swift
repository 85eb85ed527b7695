import LabBase

/// The file that VMMALLOC_FORK_LOG names: one line for each fork of each process that writes to it.
public enum ForkLog {
    /// One line of the log.
    public struct Entry: Equatable, Sendable {
        /// The process that forked.
        public let pid: Int32
        /// The number of the fork within its process, from 1.
        public let number: Int
        /// The library's account of it.
        public let account: ForkAccount

        /// Memberwise initializer.
        public init(pid: Int32, number: Int, account: ForkAccount) {
            self.pid = pid
            self.number = number
            self.account = account
        }
    }

    private struct Heading: Decodable {
        let pid: Int32
        let fork: Int
    }

    /// The entries of a log; incomplete lines are left out.
    public static func parse(_ text: String) -> [Entry] {
        text.split(separator: "\n").compactMap { line in
            guard let heading = try? JSONLine.decode(Heading.self, from: String(line)),
                let account = try? JSONLine.decode(ForkAccount.self, from: String(line))
            else { return nil }
            return Entry(pid: heading.pid, number: heading.fork, account: account)
        }
    }

    /// Reads the log at `path`. Throws `SystemCallError`.
    public static func read(_ path: String) throws(SystemCallError) -> [Entry] {
        parse(try TextFile.read(path))
    }
}
