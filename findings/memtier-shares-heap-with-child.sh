#!/usr/bin/env bash
# memkind's memtier (LD_PRELOAD=libmemtier.so.0) spreads an unmodified program's malloc over memory tiers.
#
# One would guess: after fork(2), parent and child have separate heaps, as with every malloc.
# Found: blocks of a file-backed tier (FS_DAX) are MAP_SHARED, so what the child writes appears in the parent's heap.
#   With a tier ratio of 1:1, that is every second block.
# Versions: memkind 1.14.0-2 (Debian 12), Linux 6.18.
# Seen, 2026-11-28: "32 of 64 blocks of the parent changed by its child".
source "$(dirname "$0")/prelude.sh"
unpack libmemkind0=1.14.0-2 libhwloc15=2.9.0-1 libnuma1=2.0.16-1 libdaxctl1=76.1-1
compile gcc forks <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 64 };

int main(void) {
    char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(1 << 16);
        memset(blocks[i], 'p', 1 << 16);
    }
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < BLOCKS; i++) blocks[i][0] = 'c';
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int changed = 0;
    for (int i = 0; i < BLOCKS; i++) changed += blocks[i][0] == 'c';
    printf("%d of %d", changed, BLOCKS);
}
C
mkdir "$scratch/tier"
tiers="KIND:DRAM,RATIO:1;KIND:FS_DAX,PATH:$scratch/tier,PMEM_SIZE_LIMIT:1G,RATIO:1;POLICY:STATIC_RATIO"
seen "blocks of the parent that its child changed, glibc" "$("$scratch/forks")" "0 of 64"
seen "blocks of the parent that its child changed, memtier at 1:1" \
    "$(LD_LIBRARY_PATH=$libraries MEMKIND_MEM_TIERS=$tiers LD_PRELOAD=libmemtier.so.0 "$scratch/forks" 2>&1)" "32 of 64"
verdict "memkind 1.14.0-2"
