/* jemalloc's variadic calls to libc, redirected by the linker's --wrap: see JemallocSystemCalls.swift. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "SystemCall.h"

/* Passes all six arguments, since the kernel ignores those that the call does not have. */
long __wrap_syscall(long number, ...) {
    va_list list;
    long argument[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++) argument[i] = va_arg(list, long);
    va_end(list);
    return linux_result(linux_system_call(
        number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]));
}

int __wrap_open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
    va_end(list);
    return (int)linux_result(linux_system_call(SYS_openat, AT_FDCWD, (intptr_t)path, flags, mode, 0, 0));
}
