import Measurement

/// The `program:` of a scenario: a server of the user's own, and how to start it, load it, make it fork and
/// stop it. Only `start` runs under the allocator that a cell measures; every other command runs plain.
///
/// Texts hold placeholders as the file has them: see `Placeholders`.
public struct ProgramDefinition: Codable, Equatable, Sendable {
    /// Something to do from outside the server, and how long it may take.
    public struct Command: Codable, Equatable, Sendable {
        /// How.
        public var action: Action
        /// Nanoseconds until it is given up, which fails the trial.
        public var deadline: UInt64

        /// How something is done.
        public enum Action: Codable, Equatable, Sendable {
            /// A text for `/bin/sh -c`: done if it ends with status 0.
            case shell(String)
            /// One request to a TCP port: done if the response is right.
            case tcp(port: String, request: Request)
        }
    }

    /// A parameter that the scenario declares: `{name}` in texts, and a key of the matrix.
    public struct Parameter: Codable, Equatable, Sendable {
        /// Its name.
        public var name: String
        /// Its value where the matrix gives none.
        public var defaultValue: String
    }

    /// One request over TCP, and how to tell its response.
    public struct Request: Codable, Equatable, Sendable {
        /// What is sent; empty where the server speaks first.
        public var send: String
        /// What the response must begin with.
        public var expect: String
        /// What the response ends with; empty if it is whole as soon as `expect` has come.
        public var end: String
    }

    /// An open-loop latency probe over TCP.
    public struct Probe: Codable, Equatable, Sendable {
        /// The port, mostly "{port}".
        public var port: String
        /// Sent in turn.
        public var requests: [Request]
        /// Requests a second, all connections together; a number, or a parameter in braces.
        public var rate: String
        static let rates = 0.01...1_000_000.0
        /// Connections, each with a thread of its own.
        public var connections: Int
        /// Whether each request makes a connection of its own, which counts as a part of it.
        public var reconnect: Bool
        /// Nanoseconds that it runs before the first trigger.
        public var before: UInt64
        /// Nanoseconds that it runs after the effect of a trigger is over.
        public var after: UInt64
        /// Nanoseconds after which a request without a response has failed.
        public var patience: UInt64
    }

    /// A number that the program tells.
    public struct OwnMetric: Codable, Equatable, Sendable {
        /// Where the text comes from.
        public enum Source: Codable, Equatable, Sendable {
            /// The output of a command that runs once the effect of a trigger is over.
            case command(Command)
            /// The output of one of the program's steps.
            case step(ProgramStep)
        }

        /// Its name in tables and expectations.
        public var name: String
        /// Where to look for it.
        public var source: Source
        /// A regular expression whose first group (or, without a group, whose match) is the number.
        public var match: String
        /// Its unit.
        public var unit: OwnUnit
    }

    /// How to end the server.
    public enum Stop: Codable, Equatable, Sendable {
        /// A signal for it.
        case signal(Int32)
        /// A command after which it ends.
        case command(Command)
    }

    /// Its name in reports.
    public var name: String
    /// Packages to install where a command of it is not found.
    public var packages: [String]
    /// The user that it runs as where forklab runs as root; nil for the same user.
    public var user: String?
    /// Variables for all of its commands.
    public var environment: [String: String]
    /// Parameters that the scenario declares.
    public var parameters: [Parameter]
    /// Files to write into `{scratch}` before anything runs.
    public var files: [String: String]
    /// Runs before the server.
    public var prepare: Command?
    /// The server: one simple command that stays in the foreground.
    public var start: String
    /// Repeated until it is done: then the server is ready. nil: it is ready at once.
    public var ready: Command?
    /// Fills its heap.
    public var load: Command?
    /// The latency probe; nil for none.
    public var probe: Probe?
    /// Makes it fork.
    public var trigger: Command
    /// How often.
    public var triggers: Int
    /// Returns when the effect of a trigger is over; nil: it is over when the trigger has ended.
    public var settle: Command?
    /// Ends with status 0 if what the server or its child made is right.
    public var verify: Command?
    /// Numbers that the program tells.
    public var metrics: [OwnMetric]
    /// How to end it.
    public var stop: Stop
    /// Nanoseconds for its end, and for the commands that have none of their own.
    public var deadline: UInt64
}
