import Testing

/// A command that people run, which proves that its heap lies in the pool before it does its work.
struct RealProgram: Sendable, CustomTestStringConvertible {
    let name: String
    var poolSize = "64M"
    /// The command, given a directory of its own.
    let command: @Sendable (_ directory: String) -> [String]
    /// What it prints.
    let output: String

    var testDescription: String { name }

    /// In a shell script, before the work: not in the pool is a failure.
    private static let proof = #"grep -q "$VMMALLOC_POOL_DIR/.*(deleted)" /proc/$$/maps; "#

    static let all = [
        RealProgram(
            name: "python3",
            command: { _ in
                let script = """
                    import os, subprocess, multiprocessing, threading
                    assert any("rw-" in l and "(deleted)" in l and os.environ["VMMALLOC_POOL_DIR"] in l
                               for l in open("/proc/self/maps")), "the heap is not in the pool"
                    data = {i: str(i) * 10 for i in range(50000)}
                    def square(n): return n * n + len(data[n])
                    with multiprocessing.get_context("fork").Pool(4) as pool:
                        assert pool.map(square, range(500)) == [square(n) for n in range(500)]
                    assert subprocess.run(["echo", "child"], capture_output=True).stdout == b"child\\n"
                    threads = [threading.Thread(target=lambda: [os.waitpid(p, 0) if p else os._exit(0)
                                                                for p in [os.fork()]]) for _ in range(5)]
                    [t.start() for t in threads]; [t.join() for t in threads]
                    print(sum(map(len, data.values())))
                    """
                return ["/usr/bin/python3", "-c", script]
            }, output: "2388900\n"),
        RealProgram(
            name: "bash",
            command: { _ in
                let script = """
                    total=0
                    for i in $(seq 20); do
                        n=$(echo $i | sed s/^/1/ | tr 1 2)
                        (total=wrong; exit 3) && echo "a subshell lost its status"
                        total=$((total + n))
                    done
                    diff <(seq 100) <(seq 100) && { sleep 0 & wait; } && echo $total
                    """
                return ["bash", "-ec", proof + script]
            }, output: "2692\n"),
        RealProgram(
            name: "git",
            command: { directory in
                let script = """
                    git init -q "$0" && cd "$0"
                    git config user.email t@example.org && git config user.name T && git config gc.auto 0
                    for i in $(seq 15); do seq $i 500 > file$i; git add . && git commit -qm "commit $i"; done
                    git gc -q && git fsck --strict && git clone -q . copy && git -C copy log --oneline | wc -l
                    """
                return ["sh", "-ec", proof + script, directory]
            }, output: "15\n"),
        RealProgram(
            name: "perl",
            command: { _ in
                let script = """
                    open my $m, "<", "/proc/self/maps"; my $d = $ENV{VMMALLOC_POOL_DIR};
                    grep { m{$d/.*deleted} } <$m> or die "the heap is not in the pool";
                    my %h = map { $_ => "x" x ($_ % 100) } 1..20000;
                    my @kids = map { my $p = fork // die; if (!$p) { $h{$_} = "child" for 1..1000;
                        exit(scalar(keys %h) == 20000 ? 7 : 1) } $p } 1..4;
                    for (@kids) { waitpid($_, 0); die "child: $?" if $? != 7 << 8 }
                    my $out = `echo piped`; print length($h{150}), $out;
                    """
                return ["perl", "-e", script]
            }, output: "50piped\n"),
        RealProgram(
            name: "sort",
            command: { directory in
                // More than the buffer: sort spills to files, and forks to compress each.
                let script = """
                    mkdir -p "$0"; seq 1 300000 | tac |
                        sort -n -S 2M -T "$0" --parallel=2 --compress-program=gzip | md5sum
                    """
                return ["sh", "-ec", proof + script, directory]
            }, output: "daef482d6c698625ab13d987d14e8781  -\n"),
        RealProgram(
            name: "gcc", poolSize: "256M",
            command: { directory in
                let script = """
                    mkdir -p "$0"; cd "$0"; printf '#include <stdio.h>\\nint main(void) { puts("compiled"); }\\n' > it.c
                    gcc -O2 -o it it.c; ./it
                    """
                return ["sh", "-ec", proof + script, directory]
            }, output: "compiled\n"),
    ]
}

/// Programs that people run, under the library, in each mode that promises something.
@Suite struct RealProgramTests {
    private static let modes = [1, 2, 3]

    @Test(arguments: RealProgram.all, modes)
    func doesItsWork(program: RealProgram, mode: Int) throws {
        let preloaded = Preloaded(poolSize: program.poolSize, forkMode: mode)
        let outcome = try preloaded.run(program.command("\(Scratch.disk)/\(program.name)-\(mode)"))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == program.output, "\(outcome)")
    }

    @Test(arguments: RealProgram.all)
    func turnsRedUnderALibraryThatDoesNothing(program: RealProgram) throws {
        let preloaded = Preloaded(library: try Scratch.emptyLibrary())
        let outcome = try preloaded.run(program.command("\(Scratch.disk)/\(program.name)-empty"))
        #expect(outcome.status != 0, "\(outcome)")
        #expect(outcome.output.isEmpty, "\(outcome)")
    }

    /// SET under load, BGSAVE, and the dump that it wrote, loaded by a plain server.
    @Test(
        .enabled(if: PoolSite.isInstalled("redis-server"), "needs the package redis-server"), arguments: modes
    )
    func redis(mode: Int) throws {
        let directory = "\(Scratch.disk)/redis-\(mode)"
        let script = """
            directory=$1; library=$2; mode=$3
            mkdir -p "$directory"; cd "$directory"
            start() { # NAME ENVIRONMENT...
                name=$1; shift
                env "$@" redis-server --port 0 --unixsocket "$directory/$name.sock" --dir "$directory" \\
                    --save '' --enable-debug-command local --dbfilename dump.rdb --logfile "$directory/$name.log" &
                server=$!
                until redis-cli -s "$directory/$name.sock" ping 2>/dev/null | grep -q PONG; do
                    kill -0 $server || { cat "$name.log"; exit 1; }
                done
            }
            ask() { redis-cli -s "$directory/$name.sock" "$@"; }
            start pooled LD_PRELOAD="$library" VMMALLOC_POOL_DIR="$directory" VMMALLOC_POOL_SIZE=256M \\
                VMMALLOC_FORK=$mode
            grep -q "$directory.*(deleted)" /proc/$server/maps || { echo "not in the pool"; exit 1; }
            ask debug populate 50000 key 200 > /dev/null
            for round in 1 2 3; do
                ask set round $round > /dev/null
                before=$(ask lastsave); ask bgsave > /dev/null
                # Writes go on while the child saves.
                ask debug populate $((50000 + round * 1000)) key 200 > /dev/null
                while ask info persistence | grep -q rdb_bgsave_in_progress:1; do :; done
                ask info persistence | grep -q rdb_last_bgsave_status:ok || { cat pooled.log; exit 1; }
            done
            ask bgsave > /dev/null
            while ask info persistence | grep -q rdb_bgsave_in_progress:1; do :; done
            ask debug digest > pooled.digest; ask dbsize
            ask shutdown nosave; wait $server
            start plain
            ask debug digest | cmp - pooled.digest && ask get round
            ask shutdown nosave; wait $server
            """
        var command = Command(["bash", "-c", script, "redis", directory, BuildProducts.library, "\(mode)"])
        command.deadline = 200
        let outcome = try command.run()
        #expect(outcome.output == "53001\n3\n", "\(outcome)")
    }
}
