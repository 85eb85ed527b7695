#!/usr/bin/env bash
# Maps a file on a tmpfs with huge=advise, with MADV_HUGEPAGE: once after posix_fallocate(3) has reserved its space, and
# once without that.
#
# One would guess: reserving 64 MiB in one call makes huge pages more likely.
# Found: fallocate fills the file with small pages, since it does not know about the advice that the mapping will get
#   later. They stay small. MADV_POPULATE_WRITE reserves the same space, but in huge pages.
# Versions: Linux 6.18.
# Seen, 2026-11-28: 0 MiB mapped by huge pages after fallocate, 64 MiB after MADV_POPULATE_WRITE.
source "$(dirname "$0")/prelude.sh"
needs_mounts
[[ -r /sys/kernel/mm/transparent_hugepage/shmem_enabled ]] || skip "this kernel has no huge pages for tmpfs"
compile gcc reserves <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **arguments) {
    const size_t size = 64 << 20, huge = 2 << 20;
    int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(arguments[1]);
    if (file == -1 || ftruncate(file, size) != 0) return 1;
    int by_fallocate = strcmp(arguments[2], "fallocate") == 0;
    if (by_fallocate && posix_fallocate(file, 0, size) != 0) return 1;
    uintptr_t space = (uintptr_t)mmap(NULL, size + huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *bytes = mmap((void *)((space + huge - 1) & ~(huge - 1)), size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_FIXED, file, 0);
    madvise(bytes, size, MADV_HUGEPAGE);
    if (!by_fallocate && madvise(bytes, size, MADV_POPULATE_WRITE) != 0) return 1;
    memset(bytes, 1, size);
    char line[256];
    long mapped = 0, kibibytes;
    FILE *smaps = fopen("/proc/self/smaps", "r");
    while (fgets(line, sizeof line, smaps))
        if (sscanf(line, "ShmemPmdMapped: %ld", &kibibytes) == 1) mapped += kibibytes;
    printf("%ld", mapped >> 10);
}
C
mkdir "$scratch/memory"
mount -t tmpfs -o huge=advise,size=256m finding "$scratch/memory"
seen "MiB mapped by huge pages after posix_fallocate" "$("$scratch/reserves" "$scratch/memory/file" fallocate)" 0
seen "MiB mapped by huge pages after MADV_POPULATE_WRITE" "$("$scratch/reserves" "$scratch/memory/file" populate)" 64
umount "$scratch/memory"
verdict "tmpfs huge=advise"
