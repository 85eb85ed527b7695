#!/usr/bin/env bash
# A sparse file on tmpfs, mapped MAP_PRIVATE and written.
#
# One would guess: a private write never reaches the file, so a sparse file stays sparse. On ext4 that is true.
# Found: on tmpfs, the write fault first gives the *file* a block of zeroes, then copies it. So each page costs RAM
#   twice, and on a full tmpfs a private write has no room.
# Versions: Linux 6.18.
# Seen, 2026-11-28: 64 MiB of blocks in the file on tmpfs, none on ext4; the file's bytes are zero on both.
source "$(dirname "$0")/prelude.sh"
compile gcc writes <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **arguments) {
    const size_t size = 64 << 20;
    int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(arguments[1]);
    if (file == -1 || ftruncate(file, size) != 0) return 1;
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    for (size_t at = 0; at < size; at += 4096) bytes[at] = 1;
    struct stat status;
    fstat(file, &status);
    char first = 9;
    pread(file, &first, 1, 0);
    printf("%ld MiB, first byte %d", (long)status.st_blocks >> 11, first);
}
C
seen "blocks that private writes gave a sparse file on tmpfs" "$("$scratch/writes" /dev/shm/finding.$$)" "64 MiB, first byte 0"
if [[ $(stat -f -c %T "$scratch") == ext2/ext3 ]]; then
    seen "the same on ext4" "$("$scratch/writes" "$scratch/file")" "0 MiB, first byte 0"
fi
verdict "tmpfs"
