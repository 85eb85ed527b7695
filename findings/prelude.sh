# Every finding sources this. It provides a temporary folder, pinned packages in it, and a comparison of what happens
# now with what was seen before.
set -euo pipefail
scratch=$(mktemp -d -p "${TMPDIR:-/var/tmp}" finding.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

# Says why it skips, and exits with status 77, as automake's tests do.
skip() { echo "skipped: $*"; exit 77; }

# Unpacks Debian packages, given as NAME=VERSION, under $scratch/root without installing them.
unpack() {
    local package
    for package; do
        (cd "$scratch" && apt-get -q -q download "$package" 2>/dev/null) || skip "$package is not to be had from this system's Debian mirror"
    done
    for package in "$scratch"/*.deb; do dpkg -x "$package" "$scratch/root"; done
    libraries=$scratch/root/usr/lib/$(uname -m)-linux-gnu
}

# Compiles C (with g++: C++) from standard input to $scratch/NAME. Further arguments go to the compiler.
compile() {
    local compiler=$1 name=$2 language=c
    shift 2
    [[ $compiler == g++ ]] && language=c++
    command -v "$compiler" >/dev/null || skip "$compiler is missing"
    "$compiler" -x "$language" -o "$scratch/$name" - -x none "$@"
}

# Starts the script again as root in its own mount namespace, whose mounts disappear with it.
needs_mounts() {
    [[ -n ${FINDING_MOUNTS-} ]] && return
    (( EUID == 0 )) || skip "needs root to mount a file system"
    rm -rf "$scratch"
    FINDING_MOUNTS=1 exec unshare --mount bash "$0"
}

failed=0
# seen WHAT IS SHOULD_BE: prints IS, and remembers if it differs from SHOULD_BE.
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
