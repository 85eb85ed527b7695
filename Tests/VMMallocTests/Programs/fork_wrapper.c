/* A library that wraps fork, as tracers' libraries do, and counts the calls. FORK_WRAPPER says what else it does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int fork_wrapper_calls;

pid_t fork(void) {
    static pid_t (*next)(void);
    if (!next) next = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
    fork_wrapper_calls++;
    const char *what = getenv("FORK_WRAPPER");
    if (what == NULL) return next();
    if (strcmp(what, "refuse") == 0) {
        errno = EAGAIN;
        return -1;
    }
    /* Bypasses all handlers. */
    if (strcmp(what, "bare") == 0) return _Fork();
    if (strcmp(what, "twice") == 0) {
        pid_t first = next();
        if (first == 0) _exit(0);
        if (first > 0) waitpid(first, NULL, 0);
    }
    return next();
}
