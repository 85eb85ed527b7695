#!/usr/bin/env bash
# mlock(2) of a private, read-only mapping of a file, followed by mprotect(2) to make it writable.
#
# One would guess: copy-on-write copies a page when it is written.
# Found: if the mapping is locked, mprotect copies every page of the range at once, before anything is written. So does
#   mlock of a mapping that is already writable. From then on, the mapping does not show what another process writes to
#   the file.
# Versions: Linux 6.18.
# Seen, 2026-11-28: 0 MiB of anonymous memory after mlock, 64 MiB after mprotect.
source "$(dirname "$0")/prelude.sh"
compile gcc locks <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static long anonymous_mebibytes(void) {
    char line[256];
    long kibibytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status)) sscanf(line, "RssAnon: %ld", &kibibytes);
    fclose(status);
    return kibibytes >> 10;
}

int main(int count, char **arguments) {
    struct rlimit limit;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    /* What an ordinary user may lock. */
    const size_t size = limit.rlim_cur < (64 << 20) && geteuid() != 0 ? 4 << 20 : 64 << 20;
    int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(arguments[1]);
    if (file == -1 || ftruncate(file, size) != 0) return 1;
    char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    long at_first = anonymous_mebibytes();
    if (mlock(bytes, size) != 0) return 1;
    printf("%ld", anonymous_mebibytes() - at_first);
    mprotect(bytes, size, PROT_READ | PROT_WRITE);
    printf(", %s", anonymous_mebibytes() - at_first >= (long)(size >> 20) - 1 ? "all" : "less");
}
C
seen "MiB copied by mlock, then by mprotect to writable" "$("$scratch/locks" "$scratch/file")" "0, all"
verdict "$(stat -f -c %T "$scratch")"
