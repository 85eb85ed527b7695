import ArgumentParser
import LabBase
import LabRecommend

/// The options of `recommend` that say what to measure with: a built-in workload, a scenario, or a program.
struct RecommendWorkloadOptions: ParsableArguments {
    @Option(
        help:
            "A built-in workload: heap, store, prefork, shell, tree, writers (default: heap; with --threads-write writers)."
    )
    var workload: String?

    @Option(help: "The workload or program of a scenario file, without its matrix.")
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "A parameter of the workload, or a setting of the library. May be repeated.",
            valueName: "key=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Makes your program fork.", valueName: "command"))
    var trigger: String?

    @Option(help: ArgumentHelp("Succeeds as soon as your program is ready.", valueName: "command"))
    var ready: String?

    @Option(help: ArgumentHelp("Fills your program's heap.", valueName: "command"))
    var load: String?

    @Option(help: ArgumentHelp("Ends when the effect of the trigger is over.", valueName: "command"))
    var settle: String?

    @Option(help: ArgumentHelp("Succeeds if your program's result is right.", valueName: "command"))
    var verify: String?

    @Option(
        help: ArgumentHelp(
            "Ends your program: a command, or a signal (default: SIGTERM).", valueName: "command"))
    var stop: String?

    @Option(help: ArgumentHelp("How many times to trigger it (default: 2).", valueName: "count"))
    var triggers: String?

    @Option(help: ArgumentHelp("The user to run it as, if forklab runs as root.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("How long a step may take (default: 60s).", valueName: "time"))
    var deadline: String?

    @Option(help: ArgumentHelp("An environment variable for it. May be repeated.", valueName: "NAME=value"))
    var env: [String] = []

    /// The workload, with a pool of the given size. Throws an `InputError` that names the option.
    func parse(
        _ command: [String], poolSize: String?, threadsWrite: Bool
    ) throws(InputError) -> ForkingWorkload {
        let named = try chosen(command, threadsWrite: threadsWrite)
        guard let poolSize else {
            guard scenario != nil else {
                throw InputError(
                    "--pool-size", "is missing; give the size of the pool, 14M at least, such as 1G")
            }
            return try named.setting(set)
        }
        return try named.with(poolSize: poolSize).setting(set)
    }

    private func chosen(_ command: [String], threadsWrite: Bool) throws(InputError) -> ForkingWorkload {
        let names = [
            workload.map { _ in "--workload" }, scenario.map { _ in "--scenario" },
            command.isEmpty ? nil : "a command after --",
        ].compactMap { $0 }
        if names.count > 1 {
            throw InputError(names[1], "and \(names[0]) exclude each other; give one of the two")
        }
        if command.isEmpty, let stray = steps.first {
            throw InputError("--\(stray.key)", "is for your own program; give that after --")
        }
        if command.isEmpty, !env.isEmpty {
            throw InputError("--env", "is for your own program; give that after --")
        }
        if let workload { return try .builtIn(workload) }
        if let scenario { return try .scenario(PackageFolder.scenario(scenario), set: set) }
        guard !command.isEmpty else { return .standard(threadsWrite: threadsWrite) }
        let repeated = triggers == nil ? [("triggers", "2")] : []
        return try OwnCommand(arguments: command, steps: steps + repeated, environment: env).workload()
    }

    /// The keys of a scenario's `program:` that were given.
    private var steps: [(key: String, text: String)] {
        [
            ("trigger", trigger), ("ready", ready), ("load", load), ("settle", settle), ("verify", verify),
            ("stop", stop), ("triggers", triggers), ("user", user), ("deadline", deadline),
        ].compactMap { key, text in text.map { (key, $0) } }
    }
}
