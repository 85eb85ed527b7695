import LabMetrics
import WorkloadSchema

/// The `program:` of a scenario: a server of the user's own, and how to start it, load it, make it fork and
/// stop it. Only `start` runs under the allocator that a cell measures; every other command runs plain.
///
/// Texts hold placeholders as the file has them: see `Placeholders`.
package struct ProgramDefinition: Codable, Equatable, Sendable {
    /// Something to do from outside the server, and how long it may take.
    package struct Command: Codable, Equatable, Sendable {
        /// How.
        package var action: Action
        /// Nanoseconds until it is given up, which fails the trial.
        package var deadline: UInt64

        /// How something is done.
        package enum Action: Codable, Equatable, Sendable {
            /// A text for `/bin/sh -c`: done if it ends with status 0.
            case shell(String)
            /// One request to a TCP port: done if the response is right.
            case tcp(port: String, request: Request)
        }
    }

    /// A parameter that the scenario declares: `{name}` in texts, and a key of the matrix.
    package struct Parameter: Codable, Equatable, Sendable {
        /// Its name.
        package var name: String
        /// Its value where the matrix gives none.
        package var defaultValue: String
    }

    /// One request over TCP, and how to tell its response.
    package struct Request: Codable, Equatable, Sendable {
        /// What is sent; empty where the server speaks first.
        package var send: String
        /// What the response must begin with.
        package var expect: String
        /// What the response ends with; empty if it is whole as soon as `expect` has come.
        package var end: String

        /// Sends `send` and waits for `expect`, up to `end`.
        package init(send: String, expect: String, end: String) {
            self.send = send
            self.expect = expect
            self.end = end
        }
    }

    /// An open-loop latency probe over TCP.
    package struct Probe: Codable, Equatable, Sendable {
        /// The port, mostly "{port}".
        package var port: String
        /// Sent in turn.
        package var requests: [Request]
        /// Requests a second, all connections together; a number, or a parameter in braces.
        package var rate: String
        package static let rates = 0.01...1_000_000.0
        /// Connections, each with a thread of its own.
        package var connections: Int
        /// Whether each request makes a connection of its own, which counts as a part of it.
        package var reconnect: Bool
        /// Nanoseconds that it runs before the first trigger.
        package var before: UInt64
        /// Nanoseconds that it runs after the effect of a trigger is over.
        package var after: UInt64
        /// Nanoseconds after which a request without a response has failed.
        package var patience: UInt64
    }

    /// A number that the program tells.
    package struct OwnMetric: Codable, Equatable, Sendable {
        /// Where the text comes from.
        package enum Source: Codable, Equatable, Sendable {
            /// The output of a command that runs once the effect of a trigger is over.
            case command(Command)
            /// The output of one of the program's steps.
            case step(ProgramStep)
        }

        /// Its name in tables and expectations.
        package var name: String
        /// Where to look for it.
        package var source: Source
        /// A regular expression whose first group (or, without a group, whose match) is the number.
        package var match: String
        /// Its unit.
        package var unit: OwnUnit
    }

    /// How to end the server.
    package enum Stop: Codable, Equatable, Sendable {
        /// A signal for it.
        case signal(Int32)
        /// A command after which it ends.
        case command(Command)
    }

    /// Its name in reports.
    package var name: String
    /// Packages to install where a command of it is not found.
    package var packages: [String]
    /// The user that it runs as where forklab runs as root; nil for the same user.
    package var user: String?
    /// Variables for all of its commands.
    package var environment: [String: String]
    /// Parameters that the scenario declares.
    package var parameters: [Parameter]
    /// Files to write into `{scratch}` before anything runs.
    package var files: [String: String]
    /// Runs before the server.
    package var prepare: Command?
    /// The server: one simple command that stays in the foreground.
    package var start: String
    /// Repeated until it is done: then the server is ready. nil: it is ready at once.
    package var ready: Command?
    /// Fills its heap.
    package var load: Command?
    /// The latency probe; nil for none.
    package var probe: Probe?
    /// Makes it fork.
    package var trigger: Command
    /// How often.
    package var triggers: Int
    /// Returns when the effect of a trigger is over; nil: it is over when the trigger has ended.
    package var settle: Command?
    /// Ends with status 0 if what the server or its child made is right.
    package var verify: Command?
    /// Numbers that the program tells.
    package var metrics: [OwnMetric]
    /// How to end it.
    package var stop: Stop
    /// Nanoseconds for its end, and for the commands that have none of their own.
    package var deadline: UInt64
}
