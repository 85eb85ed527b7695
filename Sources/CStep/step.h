/* What Swift cannot import for forklab-step. */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Swift marks fork as unavailable. */
static inline pid_t step_fork(void) { return fork(); }

/* Shows a value to others, so that the compiler cannot leave out what it comes from. */
static inline void step_show(uint64_t *place, uint64_t value) { __atomic_store_n(place, value, __ATOMIC_RELAXED); }

/* The program's arguments, as the kernel laid them out; NULL behind the last. */
extern void *__libc_stack_end;
static inline char *step_argument(int index) {
    return index < *(long *)__libc_stack_end ? ((char **)__libc_stack_end + 1)[index] : NULL;
}
