import ArgumentParser
import LabBase
import CommandLineTool

/// The command line. Each subcommand has its own file and leaves the work to the other targets.
@main
struct ForkLabCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "forklab",
        abstract: "Measure what fork(2) costs, and what it still means, when the heap lies in a pool file.",
        discussion: """
            EXAMPLES
              forklab run
                  all modes on every file system usable here, against glibc and jemalloc
              forklab run Scenarios/first-fork.yaml --trials 9 --output /tmp/mine
                  one question, more trials, results where you want them
              forklab recommend --pool-dir /data --pool-size 1G --max-stall 5ms
                  which mode suits, measured in your directory against your limits
              forklab compare results/main results/branch
                  has anything got worse between two runs?
              forklab preload --pool-dir /dev/shm --pool-size 1G --fork 2 -- redis-server
                  your own program with its heap in a pool
              forklab doctor
                  what here helps or hurts, and what to do about it
              forklab list
                  scenarios and file systems
              forklab describe Scenarios/first-fork.yaml
                  what a run would do, and how long it would take
              forklab run --resume results/local/quickstart-20260131-235959
                  the trials that a run did not get to
              forklab install --prefix ~/.local
                  the library, its header and manual page, for your own programs

            EXIT STATUS
              0    everything expected held; compare: no regression; recommend: an answer
              1    an expectation, or a check of modes 1 to 3 or of a reference, failed;
                   compare: a regression; recommend: no mode is within the limits;
                   cite --check: a number differs from the results;
                   doctor --strict: something hurts or is missing;
                   uninstall: a changed file was kept
              2    bad input, or a system call that failed
              3    compare, recommend: not measured, or too few or too noisy samples
              130  interrupted; the results so far are valid
            """,
        version: ForkLabVersion.text,
        subcommands: [
            RunCommand.self, RecommendCommand.self, DescribeCommand.self, MergeCommand.self,
            CompareCommand.self, ReportCommand.self, CiteCommand.self,
            PreloadCommand.self, LogCommand.self, CompatibilityCommand.self,
            ListCommand.self, DoctorCommand.self, DAXCommand.self,
            InstallCommand.self, UninstallCommand.self,
            SuperviseCommand.self,
        ])
}
