/* Our exported functions pass calls on to the next function of the same name, in libc or another library. */
#define _GNU_SOURCE
#include "CVMMalloc.h"
#include "SystemCall.h"

#include <dlfcn.h>
#include <sys/syscall.h>

typedef long system_call(long number, long a, long b, long c, long d, long e, long f);

/* Like libc's syscall(2). */
static long bare_system_call(long number, long a, long b, long c, long d, long e, long f) {
    return linux_result(linux_system_call(number, a, b, c, d, e, f));
}

/* libc's functions, by names that nobody hooks. */
extern pid_t __fork(void);
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

static int bare_madvise(void *address, size_t length, int advice) {
    return (int)bare_system_call(SYS_madvise, (long)address, (long)length, advice, 0, 0, 0);
}

/* These are libc's own functions until the lookup, which may call malloc and must wait until that works. */
static pid_t (*next_fork)(void) = __fork;
static int (*next_madvise)(void *, size_t, int) = bare_madvise;
system_call *vmmalloc_next_system_call = bare_system_call;
void *vmmalloc_next_clone = (void *)__clone;

/* Looking up a symbol that exists does not allocate. */
static void find(void **next, const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found) *next = found;
}

/* Functions that lock memory, with the numbers of their system calls. `function` is NULL if the next one of that name
 * is libc's. */
static struct {
    long number;
    const char *name;
    vmmalloc_memory_lock *function;
} memory_locks[] = {{SYS_mlock, "mlock", 0},
                    {SYS_mlock2, "mlock2", 0},
                    {SYS_munlock, "munlock", 0},
                    {SYS_mlockall, "mlockall", 0},
                    {SYS_munlockall, "munlockall", 0}};
enum { MEMORY_LOCKS = sizeof memory_locks / sizeof *memory_locks };

static void find_another_librarys(vmmalloc_memory_lock **function, const char *name) {
    Dl_info libc, its;
    void *found = NULL;
    find(&found, name);
    if (found && dladdr((void *)__fork, &libc) && dladdr(found, &its) && its.dli_fbase != libc.dli_fbase)
        *function = (vmmalloc_memory_lock *)found;
}

vmmalloc_memory_lock *vmmalloc_lock_of_another_library(long number) {
    for (int i = 0; i < MEMORY_LOCKS; i++)
        if (memory_locks[i].number == number) return memory_locks[i].function;
    return NULL;
}

void vmmalloc_find_next_symbols(void) {
    find((void **)&next_fork, "fork");
    find((void **)&next_madvise, "madvise");
    find((void **)&vmmalloc_next_system_call, "syscall");
    find(&vmmalloc_next_clone, "clone");
    for (int i = 0; i < MEMORY_LOCKS; i++) find_another_librarys(&memory_locks[i].function, memory_locks[i].name);
}

pid_t vmmalloc_next_fork(void) { return next_fork(); }

int vmmalloc_next_madvise(void *address, size_t length, int advice) { return next_madvise(address, length, advice); }

long vmmalloc_make_system_call(const struct vmmalloc_system_call *call) {
    return vmmalloc_next_system_call(call->number, call->a, call->b, call->c, call->d, call->e, call->f);
}
