# Sourced by every finding: a temporary folder, pinned packages in it, and the comparison of what is seen with what was seen.
set -euo pipefail
scratch=$(mktemp -d -p "${TMPDIR:-/var/tmp}" finding.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# Skips, out loud: status 77, as automake has it.
skip() { echo "skipped: $*"; exit 77; }

# Unpacks Debian packages, each NAME=VERSION, under $scratch/root without installing them.
unpack() {
    local package
    for package; do
        (cd "$scratch" && apt-get -q -q download "$package" 2>/dev/null) || skip "$package is not to be had from this system's Debian mirror"
    done
    for package in "$scratch"/*.deb; do dpkg -x "$package" "$scratch/root"; done
    libraries=$scratch/root/usr/lib/$(uname -m)-linux-gnu
}

# Compiles C (or with g++ C++) from standard input to $scratch/NAME; further arguments go to the compiler.
compile() {
    local compiler=$1 name=$2 language=c
    shift 2
    [[ $compiler == g++ ]] && language=c++
    command -v "$compiler" >/dev/null || skip "$compiler is missing"
    "$compiler" -x "$language" -o "$scratch/$name" - -x none "$@"
}

# Runs the rest of the script again as root in a mount namespace of its own, whose mounts end with it.
needs_mounts() {
    [[ -n ${FINDING_MOUNTS-} ]] && return
    (( EUID == 0 )) || skip "needs root to mount a file system"
    rm -rf "$scratch"
    FINDING_MOUNTS=1 exec unshare --mount bash "$0"
}

failed=0
# seen WHAT IS SHOULD_BE: prints it, and remembers where the two differ.
seen() {
    if [[ $2 == "$3" ]]; then
        echo "as before: $1: $2"
    else
        echo "CHANGED: $1: $2 (was: $3)"
        failed=1
    fi
}

# The last line of a finding.
verdict() {
    echo "on: Linux $(uname -r), $*"
    (( failed == 0 )) || { echo "this finding does not hold here any more"; exit 1; }
}
