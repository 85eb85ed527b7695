import Foundation
import Glibc
import LabBase
import LabProcess

/// The program gnuplot: draws plots as SVG.
struct Gnuplot {
    private static let timeout = Duration.seconds(60)
    /// Without a UTF-8 locale gnuplot complains that it cannot write a degree sign.
    static let environment = ProgramEnvironment.plain.merging(["LC_ALL": "C.UTF-8"]) { $1 }

    private let program: String

    /// Why there are no pictures.
    struct Missing: Error {
        /// What is missing, and what would help.
        let reason: String
    }

    /// Looks for gnuplot. Throws `Missing`.
    init() throws(Missing) {
        guard let program = RealPath.program("gnuplot") else {
            throw Missing(reason: "gnuplot is missing; install the package gnuplot-nox")
        }
        self.program = program
    }

    /// The SVG documents of `plots`, by name, and gnuplot's messages about those that fail. Throws `SystemCallError`.
    func draw(_ plots: [Plot]) throws -> (documents: [String: String], failures: [String: String]) {
        // A path that gnuplot can quote.
        let directory = try TemporaryDirectory(in: "/tmp")
        defer { directory.remove() }
        let folder = directory.path
        try GnuplotExporter().write(plots, to: folder)
        var documents: [String: String] = [:]
        var failures: [String: String] = [:]
        for plot in plots {
            let process = ChildProcess(
                executable: program, arguments: ["-e", "cd '\(folder)'", "\(folder)/\(plot.name).gp"],
                environment: Self.environment, timeout: Self.timeout)
            let result = try process.run(interruption: nil)
            if result.end == .exited(0), let svg = try? TextFile.read("\(folder)/\(plot.name).svg") {
                documents[plot.name] = svg
            } else {
                failures[plot.name] = result.errors.isEmpty ? "\(result.end)" : result.errors
            }
        }
        return (documents, failures)
    }
}
