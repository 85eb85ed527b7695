import Testing

/// A command that people use, for the debug build (`Compatibility/` has those for the release build). It proves that its
/// heap lies in the pool before it does its work.
struct RealProgram: Sendable, CustomTestStringConvertible {
    let name: String
    /// The command, given its own directory.
    let command: @Sendable (_ directory: String) -> [String]
    /// What it prints.
    let output: String

    var testDescription: String { name }

    /// To put before the work in a shell script: fails if the heap is not in the pool.
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
    ]
}
