#!/usr/bin/env bash
# mremap(2) with MREMAP_FIXED and MREMAP_DONTUNMAP onto an existing mapping, refused with ENOMEM because of RLIMIT_AS.
#
# One would guess: a system call that fails has changed nothing.
# Found: the kernel unmaps the target first and checks the limit afterwards. The source is intact, but the target is
#   gone. Whatever the kernel maps there next may be overwritten by code that still thinks it owns the target. The manual
#   does not say so.
# Versions: Linux 6.18.
# Seen, 2026-11-28: ENOMEM; mincore(2) of the target says ENOMEM (not mapped); the source has its byte.
source "$(dirname "$0")/prelude.sh"
compile gcc moves <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

int main(void) {
    const size_t size = 64 << 20;
    const int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *source = mmap(NULL, size, protection, flags, -1, 0);
    char *target = mmap(NULL, size, protection, flags, -1, 0);
    source[0] = 7;
    /* A limit below what is mapped already, so that nothing more can be mapped. */
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = size;
    setrlimit(RLIMIT_AS, &limit);
    void *moved = mremap(source, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, target);
    int refusal = moved == MAP_FAILED ? errno : 0;
    limit.rlim_cur = before;
    setrlimit(RLIMIT_AS, &limit);
    unsigned char resident;
    int gone = mincore(target, 4096, &resident) == -1 && errno == ENOMEM;
    printf("%s, target %s, source %d", refusal == ENOMEM ? "ENOMEM" : "other", gone ? "gone" : "there", source[0]);
}
C
seen "what is left after the refusal" "$("$scratch/moves")" "ENOMEM, target gone, source 7"
verdict "mremap"
