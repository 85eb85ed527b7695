/* A system call that bypasses libc. libc's functions are symbols that any other preload library may define too. A
 * library that hooks a function that the allocator core calls could allocate in the hook, wait for a lock, or lie. */
#ifndef SYSTEMCALL_H
#define SYSTEMCALL_H

#include <errno.h>
#include <stdint.h>

/* Returns what the kernel returns: a result, or -errno. errno itself stays as it is. */
static inline intptr_t linux_system_call(
    long number, intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f) {
#if defined(__x86_64__)
    register intptr_t fourth __asm__("r10") = d;
    register intptr_t fifth __asm__("r8") = e;
    register intptr_t sixth __asm__("r9") = f;
    intptr_t result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long which __asm__("x8") = number;
    register intptr_t first __asm__("x0") = a;
    register intptr_t second __asm__("x1") = b;
    register intptr_t third __asm__("x2") = c;
    register intptr_t fourth __asm__("x3") = d;
    register intptr_t fifth __asm__("x4") = e;
    register intptr_t sixth __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(first)
                     : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
#else
#error "no system call for this processor: write it here"
#endif
}

/* The result as libc's functions return it: -1 with errno on an error. */
static inline long linux_result(intptr_t result) {
    if (result > -1 || result < -4095) return result;
    errno = (int)-result;
    return -1;
}

#endif
