#!/usr/bin/env bash
# A program with two threads has its own malloc, whose memory is MAP_SHARED. One thread holds a FILE (flockfile), the
# other forks.
#
# One would guess: fork(2) writes nothing to the heap, so at least the parent's locks stay held. pthread_atfork handlers
#   decide what the child does first.
# Found: in the child of a threaded process, glibc resets the lock of every FILE before the first handler runs. A FILE
#   lies in the heap. If the heap is shared, the parent's thread loses its lock, and another thread takes it.
# Versions: glibc 2.36.
# Seen, 2026-11-28: "lost" with malloc in shared memory, "held" with private.
source "$(dirname "$0")/prelude.sh"
for kind in SHARED PRIVATE; do
    compile gcc forks-$kind -pthread -DKIND=MAP_$kind <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A malloc that never frees. */
static char *heap;
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *malloc(size_t size) {
    pthread_mutex_lock(&lock);
    if (!heap) heap = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, KIND | MAP_ANONYMOUS, -1, 0);
    char *block = heap + used + 16;
    *(size_t *)(block - 16) = size;
    used += (size + 31) & ~(size_t)15;
    pthread_mutex_unlock(&lock);
    return block;
}
void free(void *block) { (void)block; }
void *calloc(size_t count, size_t size) { return malloc(count * size); }
void *realloc(void *block, size_t size) {
    char *moved = malloc(size);
    if (!block) return moved;
    size_t old = *(size_t *)((char *)block - 16);
    return memcpy(moved, block, old < size ? old : size);
}

static FILE *file;
static pthread_barrier_t barrier;

static void *hold(void *unused) {
    flockfile(file);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void) {
    file = fopen("/proc/self/status", "r");
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread;
    pthread_create(&thread, NULL, hold, NULL);
    pthread_barrier_wait(&barrier);
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    const char *answer = ftrylockfile(file) == 0 ? "lost" : "held";
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    write(STDOUT_FILENO, answer, 4);
    _exit(0);
}
C
done
seen "the other thread's lock after a fork, heap MAP_SHARED" "$("$scratch/forks-SHARED")" lost
seen "the same, heap MAP_PRIVATE" "$("$scratch/forks-PRIVATE")" held
verdict "$(getconf GNU_LIBC_VERSION)"
