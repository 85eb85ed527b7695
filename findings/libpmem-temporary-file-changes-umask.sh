#!/usr/bin/env bash
# libpmem maps a temporary file through pmem_map_file(3) with PMEM_FILE_TMPFILE.
#
# One would guess: a call that maps a file does not change the process's state, so threads may call it at any time.
# Found: it sets the umask, which belongs to the whole process, to 077 and back. A file that another thread creates in
#   between gets the wrong mode, and two such calls at the same time can leave 077 behind for good. The manual does not
#   say so.
# Versions: libpmem 1.12.1-2 (Debian 12).
# Seen, 2026-11-28: two calls of umask(2), the first with 077.
source "$(dirname "$0")/prelude.sh"
command -v strace >/dev/null || skip "strace is missing"
unpack libpmem1=1.12.1-2 libpmem-dev=1.12.1-2 libndctl6=76.1-1 libdaxctl1=76.1-1
compile gcc maps -I"$scratch/root/usr/include" "$libraries/libpmem.so.1" -Wl,--allow-shlib-undefined <<'C'
#include <libpmem.h>

int main(int count, char **arguments) {
    size_t length;
    int is_pmem;
    return !pmem_map_file(
        arguments[1], 8 << 20, PMEM_FILE_CREATE | PMEM_FILE_TMPFILE, 0600, &length, &is_pmem);
}
C
(umask 022 && LD_LIBRARY_PATH=$libraries strace -o "$scratch/trace" -e trace=umask "$scratch/maps" "$scratch")
seen "calls of umask in one pmem_map_file" "$(sed -n 's/^umask(\([0-7]*\)).*/\1/p' "$scratch/trace" | paste -s -d' ')" "077 022"
verdict "libpmem 1.12.1-2"
