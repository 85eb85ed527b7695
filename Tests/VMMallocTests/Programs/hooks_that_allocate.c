/* A preload library like fakeroot's, but worse: it hooks the functions of libc that a malloc may call, and each hook
 * allocates, writes and frees before it calls the next library. Nothing keeps a hook from being called by its own
 * malloc: a malloc that calls no hooks needs no such protection. Records which hooks libvmmalloc.so has called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The names of the hooks that the library has called, each followed by a space. */
char hooks_called_by_the_library[4096];
/* Calls of the hooks by anyone. */
unsigned long hooks_called;

static void note(const char *name) {
    size_t used = strlen(hooks_called_by_the_library), length = strlen(name);
    char *known = strstr(hooks_called_by_the_library, name);
    if (known && known[length] == ' ') return;
    if (used + length + 2 > sizeof hooks_called_by_the_library) return;
    memcpy(hooks_called_by_the_library + used, name, length);
    hooks_called_by_the_library[used + length] = ' ';
}

static void visit(const char *name, void *caller) {
    Dl_info from;
    __atomic_add_fetch(&hooks_called, 1, __ATOMIC_RELAXED);
    if (dladdr(caller, &from) && from.dli_fname && strstr(from.dli_fname, "libvmmalloc")) note(name);
    size_t size = 100 + strlen(name) * 1000;
    unsigned char *block = malloc(size);
    if (!block) return;
    memset(block, name[0], size);
    for (size_t i = 0; i < size; i++)
        if (block[i] != name[0]) abort();
    free(block);
}

#define NEXT(name) ((__typeof__(&name))next(#name))
static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

#define HOOK(type, name, parameters, arguments)          \
    type name parameters {                               \
        visit(#name, __builtin_return_address(0));       \
        return NEXT(name) arguments;                     \
    }

/* Functions with an optional argument. */
#define HOOK_VARIADIC(type, name, parameters, last, arguments)      \
    type name parameters {                                          \
        va_list list;                                               \
        va_start(list, last);                                       \
        uintptr_t more = va_arg(list, uintptr_t);                   \
        va_end(list);                                               \
        visit(#name, __builtin_return_address(0));                  \
        return NEXT(name) arguments;                                \
    }

/* Files. */
HOOK_VARIADIC(int, open, (const char *path, int flags, ...), flags, (path, flags, more))
HOOK_VARIADIC(int, openat, (int at, const char *path, int flags, ...), flags, (at, path, flags, more))
HOOK_VARIADIC(int, fcntl, (int fd, int command, ...), command, (fd, command, more))
HOOK_VARIADIC(int, ioctl, (int fd, unsigned long request, ...), request, (fd, request, more))
HOOK(int, close, (int fd), (fd))
HOOK(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))
HOOK(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
HOOK(ssize_t, pread, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
HOOK(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
HOOK(int, fstat, (int fd, struct stat *status), (fd, status))
HOOK(int, fstatat, (int at, const char *path, struct stat *status, int flags), (at, path, status, flags))
HOOK(int, statx, (int at, const char *path, int flags, unsigned mask, struct statx *status), (at, path, flags, mask, status))
HOOK(int, fstatfs, (int fd, struct statfs *status), (fd, status))
HOOK(int, ftruncate, (int fd, off_t size), (fd, size))
HOOK(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
HOOK(int, fsync, (int fd), (fd))
HOOK(int, sync_file_range, (int fd, off_t at, off_t size, unsigned flags), (fd, at, size, flags))
HOOK(ssize_t, copy_file_range, (int from, off_t *a, int to, off_t *b, size_t size, unsigned flags), (from, a, to, b, size, flags))
HOOK(int, unlinkat, (int at, const char *path, int flags), (at, path, flags))
HOOK(ssize_t, readlink, (const char *path, char *to, size_t size), (path, to, size))
HOOK(ssize_t, readlinkat, (int at, const char *path, char *to, size_t size), (at, path, to, size))
HOOK(char *, getcwd, (char *to, size_t size), (to, size))

/* Memory. */
HOOK(void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t offset), (at, size, prot, flags, fd, offset))
HOOK(int, munmap, (void *at, size_t size), (at, size))
HOOK(int, mprotect, (void *at, size_t size, int prot), (at, size, prot))
HOOK(int, madvise, (void *at, size_t size, int advice), (at, size, advice))
HOOK(void *, sbrk, (intptr_t by), (by))
void *mremap(void *at, size_t old, size_t size, int flags, ...) {
    va_list list;
    va_start(list, flags);
    void *to = va_arg(list, void *);
    va_end(list);
    visit("mremap", __builtin_return_address(0));
    return NEXT(mremap)(at, old, size, flags, to);
}

/* The process, its limits and its time. */
HOOK(pid_t, getpid, (void), ())
HOOK(pid_t, gettid, (void), ())
HOOK(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
HOOK(int, getrlimit, (__rlimit_resource_t what, struct rlimit *limit), (what, limit))
HOOK(int, setrlimit, (__rlimit_resource_t what, const struct rlimit *limit), (what, limit))
HOOK(int, gettimeofday, (struct timeval *time, void *zone), (time, zone))
HOOK(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
HOOK(long, sysconf, (int name), (name))
HOOK(char *, secure_getenv, (const char *name), (name))
HOOK(int, sched_yield, (void), ())
HOOK(int, sched_getcpu, (void), ())
HOOK(int, sched_getaffinity, (pid_t pid, size_t size, cpu_set_t *set), (pid, size, set))
long syscall(long number, ...) {
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    visit("syscall", __builtin_return_address(0));
    return NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Threads. */
HOOK(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *old), (how, set, old))
HOOK(int, pthread_mutex_init, (pthread_mutex_t *lock, const pthread_mutexattr_t *how), (lock, how))
HOOK(int, pthread_mutex_lock, (pthread_mutex_t *lock), (lock))
HOOK(int, pthread_mutex_trylock, (pthread_mutex_t *lock), (lock))
HOOK(int, pthread_mutex_unlock, (pthread_mutex_t *lock), (lock))
HOOK(int, pthread_mutexattr_init, (pthread_mutexattr_t *how), (how))
HOOK(int, pthread_mutexattr_settype, (pthread_mutexattr_t *how, int type), (how, type))
HOOK(int, pthread_mutexattr_destroy, (pthread_mutexattr_t *how), (how))
HOOK(int, pthread_cond_init, (pthread_cond_t *condition, const pthread_condattr_t *how), (condition, how))
HOOK(int, pthread_cond_signal, (pthread_cond_t *condition), (condition))
HOOK(int, pthread_cond_wait, (pthread_cond_t *condition, pthread_mutex_t *lock), (condition, lock))
HOOK(int, pthread_cond_timedwait, (pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until), (condition, lock, until))
HOOK(int, pthread_create, (pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *argument), (thread, how, start, argument))
HOOK(int, pthread_join, (pthread_t thread, void **result), (thread, result))
HOOK(int, pthread_setname_np, (pthread_t thread, const char *name), (thread, name))
HOOK(int, pthread_getname_np, (pthread_t thread, char *name, size_t size), (thread, name, size))
HOOK(int, sched_setaffinity, (pid_t pid, size_t size, const cpu_set_t *set), (pid, size, set))
HOOK(int, sigfillset, (sigset_t *set), (set))
HOOK(int, pthread_key_create, (pthread_key_t *key, void (*destructor)(void *)), (key, destructor))
