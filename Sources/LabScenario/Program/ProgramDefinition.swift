import LabMetrics
import WorkloadSchema

/// The `program:` of a scenario: the user's own server, and how to start it, load it, make it fork and
/// stop it. Only `start` runs under the allocator that a cell measures; every other command runs without it.
///
/// Texts contain placeholders as written in the file: see `Placeholders`.
package struct ProgramDefinition: Codable, Equatable, Sendable {
    /// Something to do from outside the server, and how long it may take.
    package struct Command: Codable, Equatable, Sendable {
        /// How it is done.
        package var action: Action
        /// Nanoseconds until it is abandoned, which fails the trial.
        package var deadline: UInt64

        /// A way of doing something.
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
        /// Its value if the matrix gives none.
        package var defaultValue: String
    }

    /// One request over TCP, and how to recognise its response.
    package struct Request: Codable, Equatable, Sendable {
        /// The text to send; empty if the server speaks first.
        package var send: String
        /// The beginning that the response must have.
        package var expect: String
        /// The end of the response; empty if it is complete as soon as `expect` has come.
        package var end: String

        /// A request that sends `send` and waits for a response from `expect` to `end`.
        package init(send: String, expect: String, end: String) {
            self.send = send
            self.expect = expect
            self.end = end
        }
    }

    /// An open-loop latency probe over TCP.
    package struct Probe: Codable, Equatable, Sendable {
        /// The port, usually "{port}".
        package var port: String
        /// The requests, which take turns.
        package var requests: [Request]
        /// Requests per second, all connections together; a number, or a parameter in braces.
        package var rate: String
        package static let rates = 0.01...1_000_000.0
        /// The number of connections, each with its own thread.
        package var connections: Int
        /// Whether each request makes its own connection, which counts as part of it.
        package var reconnect: Bool
        /// Nanoseconds that it runs before the first trigger.
        package var before: UInt64
        /// Nanoseconds that it runs after the effect of a trigger is over.
        package var after: UInt64
        /// Nanoseconds after which a request without a response has failed.
        package var patience: UInt64
    }

    /// A number that the program reports.
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
        /// The unit of the number.
        package var unit: OwnUnit
    }

    /// How to end the server.
    package enum Stop: Codable, Equatable, Sendable {
        /// A signal to send to it.
        case signal(Int32)
        /// A command after which it ends.
        case command(Command)
    }

    /// Its name in reports.
    package var name: String
    /// Packages to install if one of its commands is not found.
    package var packages: [String]
    /// The user that it runs as if forklab runs as root; nil for the same user.
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
    /// Repeated until it succeeds: then the server is ready. nil: it is ready at once.
    package var ready: Command?
    /// Fills the server's heap.
    package var load: Command?
    /// The latency probe; nil for none.
    package var probe: Probe?
    /// Makes the server fork.
    package var trigger: Command
    /// How many times it is triggered.
    package var triggers: Int
    /// Returns when the effect of a trigger is over; nil: it is over when the trigger has ended.
    package var settle: Command?
    /// Ends with status 0 if the result of the server or its child is right.
    package var verify: Command?
    /// Numbers that the program reports.
    package var metrics: [OwnMetric]
    /// How to end it.
    package var stop: Stop
    /// Nanoseconds that the server may take to end, and the default for commands.
    package var deadline: UInt64
}
