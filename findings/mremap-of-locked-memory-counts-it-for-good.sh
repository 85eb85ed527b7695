#!/usr/bin/env bash
# mremap(2) with MREMAP_DONTUNMAP of locked memory (mlock(2)), followed by munlock and munmap of both ranges.
#
# One would guess: the count of locked memory moves with the pages and goes away with the mappings.
# Found: VmLck doubles at the move, and half of it is still counted when no locked mapping is left. RLIMIT_MEMLOCK
#   applies to that count, so an ordinary user's limit shrinks for the life of the process.
# Versions: Linux 6.18.
# Seen, 2026-11-29: 1024, 2048 and 1024 KiB for 1 MiB that was locked once.
source "$(dirname "$0")/prelude.sh"
compile gcc locks <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

static long locked_kibibytes(void) {
    char line[256];
    long kibibytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status)) sscanf(line, "VmLck: %ld", &kibibytes);
    fclose(status);
    return kibibytes;
}

int main(void) {
    const size_t size = 1 << 20;
    const int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *source = mmap(NULL, size, protection, flags, -1, 0);
    char *target = mmap(NULL, size, protection, flags, -1, 0);
    if (mlock(source, size) != 0) return 1;
    printf("%ld", locked_kibibytes());
    mremap(source, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, target);
    printf(", %ld", locked_kibibytes());
    munlock(source, size);
    munlock(target, size);
    munmap(source, size);
    munmap(target, size);
    printf(", %ld", locked_kibibytes());
}
C
seen "KiB in VmLck: locked, moved, all unlocked and unmapped" "$("$scratch/locks")" "1024, 2048, 1024"
verdict "mremap"
