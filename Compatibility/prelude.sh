# bash reads this before the script of each program. The working directory is new and is removed afterwards.
#
#   pooled COMMAND...   runs a command under the library, or plainly in the run without the library
#   $CASE               the case to run, $FORKLAB_COMPATIBILITY the folder of the program files
set -euo pipefail

# Debian's soft limit, so that programs that go through all descriptors up to the limit behave the same everywhere.
ulimit -Sn 1024 2> /dev/null || true

# check NAME COMMAND...: prints ok if the command succeeds, or else not ok and its last lines of output.
check() {
    local name=$1 said=$TMPDIR/.said status=0
    shift
    "$@" > "$said" 2>&1 || status=$?
    if ((status == 0)); then
        echo "ok $name"
    else
        echo "not ok $name"
        { tail -n 12 "$said"; echo "status $status"; } | sed 's/^/  # /'
    fi
}

# equal ACTUAL EXPECTED: for use with check.
equal() { [[ $1 == "$2" ]] || { echo "is '$1', not '$2'"; return 1; }; }

# in_pool PID: checks that the heap of that process lies in the pool. A program that never forks shows it in no other
#   way.
in_pool() {
    [[ -n $FORKLAB_POOL ]] || return 0
    grep -q "$FORKLAB_POOL/.*(deleted)" "/proc/$1/maps" || { echo "not ok heap of process $1 in the pool"; return 1; }
    echo "ok heap of process $1 in the pool" >&2
    : > "$FORKLAB_PROOF"
}

# wait_for PID COMMAND...: waits until the command succeeds. Fails once the process is gone. The run's deadline also
#   ends it.
wait_for() {
    local process=$1
    shift
    until "$@" > /dev/null 2>&1; do
        kill -0 "$process" 2> /dev/null || { echo "process $process is gone" >&2; return 1; }
        sleep 0.02
    done
}

# own_address: a loopback address that no other script is using, for servers that listen on $own_port.
own_address() { echo 127.$(($$ / 64516 + 1)).$(($$ / 254 % 254 + 1)).$(($$ % 254 + 1)); }
own_port=27182
