import Foundation
import Testing

/// Programs that people run, under the library, in each mode that promises something.
@Suite struct RealProgramTests {
    private static let modes = [1, 2, 3]

    @Test(arguments: modes)
    func python(mode: Int) throws {
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
        let outcome = try Preloaded(forkMode: mode).run(["/usr/bin/python3", "-c", script])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "2388900\n", "\(outcome)")
    }

    @Test(arguments: modes)
    func bash(mode: Int) throws {
        let script = """
            total=0
            for i in $(seq 20); do
                n=$(echo $i | sed s/^/1/ | tr 1 2)
                (total=wrong; exit 3) && echo "a subshell lost its status"
                total=$((total + n))
            done
            diff <(seq 100) <(seq 100) && { sleep 0 & wait; } && echo $total
            """
        let outcome = try Preloaded(forkMode: mode).run(["bash", "-c", script])
        #expect(outcome.output == "5110\n", "\(outcome)")
    }

    @Test(arguments: modes)
    func git(mode: Int) throws {
        let directory = "\(Scratch.disk)/git-\(mode)"
        let script = """
            git init -q "$0" && cd "$0"
            git config user.email t@example.org && git config user.name T && git config gc.auto 0
            for i in $(seq 15); do seq $i 500 > file$i; git add . && git commit -qm "commit $i"; done
            git gc -q && git fsck --strict && git clone -q . copy && git -C copy log --oneline | wc -l
            """
        let outcome = try Preloaded(forkMode: mode, deadline: 300).run(["sh", "-ec", script, directory])
        #expect(outcome.output == "15\n", "\(outcome)")
    }

    @Test(arguments: modes)
    func perl(mode: Int) throws {
        let script = """
            my %h = map { $_ => "x" x ($_ % 100) } 1..20000;
            my @kids = map { my $p = fork // die; if (!$p) { $h{$_} = "child" for 1..1000;
                exit(scalar(keys %h) == 20000 ? 7 : 1) } $p } 1..4;
            for (@kids) { waitpid($_, 0); die "child: $?" if $? != 7 << 8 }
            my $out = `echo piped`; print length($h{150}), $out;
            """
        let outcome = try Preloaded(forkMode: mode).run(["perl", "-e", script])
        #expect(outcome.output == "50piped\n", "\(outcome)")
    }

    @Test(arguments: modes)
    func sortOfALargeFile(mode: Int) throws {
        // More than the buffer: sort spills to files and, with --compress-program, forks for each.
        let outcome = try Preloaded(forkMode: mode).run([
            "sh", "-c",
            "seq 1 300000 | tac | sort -n -S 2M -T \(Scratch.disk) --parallel=2 --compress-program=gzip | md5sum",
        ])
        let plain = try Command(["sh", "-c", "seq 1 300000 | md5sum"]).run()
        #expect(outcome.output == plain.output, "\(outcome)")
    }

    @Test(arguments: modes)
    func gccCompilesAFile(mode: Int) throws {
        let program = "\(Scratch.disk)/hello-\(mode)"
        let source = "#include <stdio.h>\nint main(void) { puts(\"compiled\"); return 0; }\n"
        try source.write(toFile: program + ".c", atomically: true, encoding: .utf8)
        let outcome = try Preloaded(poolSize: "256M", forkMode: mode).run(["gcc", "-O2", "-o", program, program + ".c"])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try Command([program]).run().output == "compiled\n")
    }

    /// SET under load, BGSAVE, and the dump that it wrote, loaded by a plain server.
    @Test(.enabled(if: PoolSite.isInstalled("redis-server"), "needs the package redis-server"), arguments: modes)
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
            grep -q "$directory.*(deleted)" /proc/$server/maps || { echo "the heap is not in the pool"; exit 1; }
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
