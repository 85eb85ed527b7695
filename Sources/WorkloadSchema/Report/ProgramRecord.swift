/// What a report says about a program beyond what every workload reports.
public struct ProgramRecord: Codable, Equatable, Sendable {
    /// The highest values seen at a glance (a cheap poll), from a trigger until its effect was over. They include short-lived
    /// children, for which the processes themselves are read too rarely.
    public struct HighestGlance: Codable, Equatable, Sendable {
        /// 1 for the first trigger, 2 for the next.
        public var fork: Int
        /// The system's AnonPages, Shmem and PageTables, bytes.
        public var memory: Int64
        /// Used space on the pool's file system, bytes; nil for a reference.
        public var space: Int64?

        /// Memberwise initializer.
        public init(fork: Int, memory: Int64, space: Int64?) {
            self.fork = fork
            self.memory = memory
            self.space = space
        }
    }

    /// One step that was made.
    public struct StepTime: Codable, Equatable, Sendable {
        /// The step that was made.
        public var step: ProgramStep
        /// 1 for the first trigger, 2 for the next; 0 before any.
        public var fork: Int
        /// Its duration.
        public var nanoseconds: UInt64

        /// Memberwise initializer.
        public init(step: ProgramStep, fork: Int, nanoseconds: UInt64) {
            self.step = step
            self.fork = fork
            self.nanoseconds = nanoseconds
        }
    }

    /// A number that the program reported.
    public struct OwnNumber: Codable, Equatable, Sendable {
        /// Its name in the scenario.
        public var name: String
        /// 1 for the first trigger, 2 for the next.
        public var fork: Int
        /// Its value in the unit.
        public var value: Double
        /// The unit, as metrics name it: "nanoseconds", "bytes", "per_second" or "count".
        public var unit: String

        /// Memberwise initializer.
        public init(name: String, fork: Int, value: Double, unit: String) {
            self.name = name
            self.fork = fork
            self.value = value
            self.unit = unit
        }
    }

    /// How the server ended before it was stopped.
    public struct ServerEnd: Codable, Equatable, Sendable {
        /// The step during which it ended.
        public var step: ProgramStep
        /// Its exit status, if it ended by itself.
        public var exitStatus: Int32?
        /// The number of the signal that ended it, if one did.
        public var signal: Int32?
        /// The last lines that it wrote.
        public var lastLines: String

        /// Memberwise initializer.
        public init(step: ProgramStep, exitStatus: Int32?, signal: Int32?, lastLines: String) {
            self.step = step
            self.exitStatus = exitStatus
            self.signal = signal
            self.lastLines = lastLines
        }
    }

    /// The steps, in order.
    public var steps: [StepTime] = []
    /// The numbers that the program reported.
    public var numbers: [OwnNumber] = []
    /// How many times the server's processes forked from the first trigger until the last was over, including forks
    /// beyond those in `accounts`; 0 for a reference.
    public var forks = 0
    /// The longest time without any answer to the probe, from each trigger until its effect was over, ns.
    public var longestGaps: [UInt64] = []
    /// The highest glance of each trigger; nil in results of older versions.
    public var glances: [HighestGlance]?
    /// How the server ended; nil if it lived until it was stopped.
    public var serverEnd: ServerEnd?

    /// An empty record.
    public init() {}
}
