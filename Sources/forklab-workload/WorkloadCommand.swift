import ArgumentParser
import CommandLineTool
import WorkloadSemantics

/// The child workloads that run under the preload library or under a reference allocator.
@main
struct WorkloadCommand: CommandLineTool {
    static let configuration = CommandConfiguration(
        commandName: "forklab-workload",
        abstract: "Fork and allocation workloads that report their measurements and checks as JSON lines.",
        discussion: """
            Under the preload library, VMMALLOC_POOL_DIR and VMMALLOC_FORK tell the workload what to expect \
            of the heap; without them it runs as a reference.

            EXAMPLES
              forklab-workload heap --pool-size 256M --share-in-use 0.5
              LD_PRELOAD=.build/release/libvmmalloc.so VMMALLOC_POOL_DIR=/dev/shm VMMALLOC_POOL_SIZE=256M \\
                  VMMALLOC_FORK=2 forklab-workload heap --pool-size 256M
              forklab-workload store --rate 5000 --forks 3
              forklab-workload snapshot --threads 2 --forks 1000
              forklab-workload throughput --threads 2
              forklab-workload start --starts 100
            """,
        subcommands: [
            HeapCommand.self, StoreCommand.self, PreforkCommand.self, ShellCommand.self, TreeCommand.self,
            WritersCommand.self, SnapshotCommand.self, ThroughputCommand.self, StartCommand.self,
            ExhaustionCommand.self, SemanticsCommand.self, SyntheticCommand.self, ExecutedCommand.self,
            FamilyCommand.self,
        ])
}
