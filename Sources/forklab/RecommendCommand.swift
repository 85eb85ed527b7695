import ArgumentParser
import LabBase
import LabProcess
import LabRecommend
import LabReport

/// `forklab recommend`: finds the mode that suits.
struct RecommendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Measure which fork mode suits a directory, a pool and a program, within your limits.",
        discussion: """
            Runs trials of modes 1 to 3 (and of glibc without a pool, as a control) in your directory, checks each \
            mode against your limits, and says which to use, why, with what settings, and what would change the \
            answer. It never guesses what it could not measure. docs/recommend.md has every rule.

            EXAMPLES
              forklab recommend --pool-dir /data --pool-size 1G
              forklab recommend --pool-dir /data --pool-size 1G --max-stall 5ms
              forklab recommend --pool-dir /data --pool-size 4G \\
                  --workload store --set share_in_use=0.5 --spare-memory 2G
              forklab recommend --pool-dir /data --pool-size 1G \\
                  --scenario Scenarios/redis-bgsave.yaml
              forklab recommend --pool-dir /data --pool-size 1G \\
                  --ready 'redis-cli -p {port} ping' \\
                  --load 'redis-cli -p {port} debug populate 1000000' \\
                  --trigger 'redis-cli -p {port} bgsave' \\
                  --settle 'while redis-cli -p {port} info | grep -q bgsave_in_progress:1; do sleep 0.1; done' \\
                  -- redis-server --port {port} --dir {scratch} \\
                      --enable-debug-command local

            EXIT STATUS
              0    a mode is recommended
              1    every mode was measured, and none is within the limits
              2    bad input, or a system call that failed
              3    no recommendation: something could not be measured, or the trials can
                   not tell
              130  interrupted
            """)

    @Option(help: "Directory for pools; its file system decides what the modes cost.")
    var poolDir: String

    @Option(help: "Size of the pool, 14M at least (default: that of --scenario).")
    var poolSize: String?

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @OptionGroup(title: "What to measure with") var workload: RecommendWorkloadOptions

    @Option(help: "How long it may take: 90s, 10m, 2h.")
    var timeBudget: String = "10m"

    @Option(help: "Directory for the results (default: results/local/recommend-TIME).")
    var output: String?

    @OptionGroup var library: LibraryOption

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Argument(
        parsing: .postTerminator,
        help: "Your own program, after --; each trial fills in {port}, {scratch} and the like.")
    var command: [String] = []

    func run() throws {
        let request = RecommendRequest(
            directory: poolDir,
            workload: try workload.parse(command, poolSize: poolSize, threadsWrite: limits.threadsWrite),
            limits: try limits.parse(),
            timeBudget: try OptionText.time(timeBudget, option: "--time-budget"), command: command)
        // Before the first thread.
        let interruption = try Interruption()
        let run = try RecommendRun(
            request, executables: try library.executables(),
            output: output ?? RunDirectories.new(named: "recommend"))
        let report = try run.perform(interruption: interruption, conclude: { _ = try $0.writeSummary() })
        if let report {
            print(json ? try JSONLine.encode(report) : RecommendDocument(report).text)
        } else {
            StandardError.line("interrupted; what was measured is in \(run.output)")
        }
        let status = ExitStatus.after(report?.recommendation)
        if status != .success { throw status }
    }
}
