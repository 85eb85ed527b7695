/* C++'s operators new and delete. Without them, a program that is linked with another allocator that has them
 * (libjemalloc, libtcmalloc, libmimalloc) would free blocks with the wrong one.
 *
 * operator new(size) is jemalloc's own, with malloc's fast path; operator delete(pointer) is another name of free. The
 * others call these two, or their aligned forms, as the standard demands and libstdc++ does. The calls go through the
 * dynamic linker, since a program may replace some operators and rely on the rest. Sizes passed to delete are not
 * trusted.
 *
 * The functions are named after the mangled names that the linker gives them. In C for the tail calls, and because
 * exceptions cannot pass through Swift. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "SystemCall.h"

#define TAIL_CALL __attribute__((musttail)) return
#define HIDDEN __attribute__((visibility("hidden")))
/* The program's operators, whoever defines them. */
extern void *_Znwm(size_t);
extern void *_Znam(size_t);
extern void *_ZnwmSt11align_val_t(size_t, size_t);
extern void *_ZnamSt11align_val_t(size_t, size_t);
extern void _ZdlPv(void *);
extern void _ZdaPv(void *);
extern void _ZdlPvSt11align_val_t(void *, size_t);
extern void _ZdaPvSt11align_val_t(void *, size_t);

/* Ours, through the linker's aliases. */
extern HIDDEN const char vmmalloc_own__Znwm[], vmmalloc_own__Znam[], vmmalloc_own__ZnwmSt11align_val_t[],
    vmmalloc_own__ZnamSt11align_val_t[];

/* Whether the program uses our operator. */
#define IS_OWN(name)                                                                                     \
    ({                                                                                                   \
        const void *own = vmmalloc_own_##name;                                                           \
        /* Keeps the compiler from assuming that two names have two addresses. */                        \
        __asm__("" : "+r"(own));                                                                         \
        own == (const void *)&name;                                                                      \
    })

/* MARK: Without memory */

/* The operator of the C++ library that the program has loaded, or NULL. The next one in the order of libraries would
 * not do, since it may be another allocator's. The C++ library's calls new_handlers, throws and catches std::bad_alloc,
 * and comes back here for memory. */
static void *of_runtime(const char *name) {
    static const char *const libraries[] = {"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
        void *function = library ? dlsym(library, name) : NULL;
        if (function) return function;
    }
    /* A C++ library that was linked into another library. */
    Dl_info place;
    void *throw = dlsym(RTLD_DEFAULT, "__cxa_throw");
    if (!throw || !dladdr(throw, &place)) return NULL;
    void *library = dlopen(place.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    return library ? dlsym(library, name) : NULL;
}

static _Noreturn void end_for_want_of_exceptions(size_t size) {
    char line[160];
    int length = snprintf(
        line, sizeof line,
        "Error (libvmmalloc): operator new finds no memory for %zu bytes, and no C++ library to throw std::bad_alloc\n",
        size);
    (void)linux_system_call(SYS_write, STDERR_FILENO, (intptr_t)line, length, 0, 0, 0);
    abort();
}

HIDDEN void *vmmalloc_new_without_memory(size_t size) {
    void *(*again)(size_t) = (void *(*)(size_t))of_runtime("_Znwm");
    if (!again) end_for_want_of_exceptions(size);
    TAIL_CALL again(size);
}

static void *aligned_new_without_memory(size_t size, size_t alignment) {
    void *(*again)(size_t, size_t) = (void *(*)(size_t, size_t))of_runtime("_ZnwmSt11align_val_t");
    if (!again) end_for_want_of_exceptions(size);
    TAIL_CALL again(size, alignment);
}

/* MARK: new */

/* The slow path of jemalloc's operator new(size), redirected by the linker's --wrap. What jemalloc does when it gets
 * NULL needs libstdc++ at link time. */
extern void *__real_je_malloc_default(size_t);
void *__wrap_je_malloc_default(size_t size) {
    void *block = __real_je_malloc_default(size);
    if (block) return block;
    TAIL_CALL vmmalloc_new_without_memory(size);
}

/* For the debug build: calls its traced malloc. */
void *vmmalloc__Znwm(size_t size) {
    void *block = malloc(size);
    if (block) return block;
    TAIL_CALL vmmalloc_new_without_memory(size);
}

void *vmmalloc__Znam(size_t size) { TAIL_CALL _Znwm(size); }

void *vmmalloc__ZnwmSt11align_val_t(size_t size, size_t alignment) {
    void *block = aligned_alloc(alignment, size);
    if (block) return block;
    TAIL_CALL aligned_new_without_memory(size, alignment);
}

void *vmmalloc__ZnamSt11align_val_t(size_t size, size_t alignment) {
    TAIL_CALL _ZnwmSt11align_val_t(size, alignment);
}

/* The operators that do not throw call those that do, and catch the exception. C cannot catch, so these leave that to
 * the C++ library, unless there is memory and the operators that they would call are ours. */
#define NOTHROW(name, size_and_alignment, at_hand, is_own)                                               \
    {                                                                                                    \
        if (is_own) {                                                                                    \
            void *block = at_hand;                                                                       \
            if (block) return block;                                                                     \
        }                                                                                                \
        __typeof__(&vmmalloc_##name) again = (__typeof__(&vmmalloc_##name))of_runtime(#name);            \
        if (!again) return NULL;                                                                         \
        TAIL_CALL again size_and_alignment;                                                              \
    }

void *vmmalloc__ZnwmRKSt9nothrow_t(size_t size, const void *nothrow)
    NOTHROW(_ZnwmRKSt9nothrow_t, (size, nothrow), malloc(size), IS_OWN(_Znwm))

void *vmmalloc__ZnamRKSt9nothrow_t(size_t size, const void *nothrow)
    NOTHROW(_ZnamRKSt9nothrow_t, (size, nothrow), malloc(size),
            IS_OWN(_Znwm) && IS_OWN(_Znam))

void *vmmalloc__ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow)
    NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t, (size, alignment, nothrow), aligned_alloc(alignment, size),
            IS_OWN(_ZnwmSt11align_val_t))

void *vmmalloc__ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow)
    NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t, (size, alignment, nothrow), aligned_alloc(alignment, size),
            IS_OWN(_ZnwmSt11align_val_t) && IS_OWN(_ZnamSt11align_val_t))

/* MARK: delete */

void vmmalloc__ZdaPv(void *block) { TAIL_CALL _ZdlPv(block); }
void vmmalloc__ZdlPvm(void *block, size_t size) { (void)size; _ZdlPv(block); }
void vmmalloc__ZdaPvm(void *block, size_t size) { (void)size; _ZdaPv(block); }
void vmmalloc__ZdlPvRKSt9nothrow_t(void *block, const void *nothrow) { (void)nothrow; _ZdlPv(block); }
void vmmalloc__ZdaPvRKSt9nothrow_t(void *block, const void *nothrow) { (void)nothrow; _ZdaPv(block); }

void vmmalloc__ZdaPvSt11align_val_t(void *block, size_t alignment) {
    TAIL_CALL _ZdlPvSt11align_val_t(block, alignment);
}
void vmmalloc__ZdlPvmSt11align_val_t(void *block, size_t size, size_t alignment) {
    (void)size;
    _ZdlPvSt11align_val_t(block, alignment);
}
void vmmalloc__ZdaPvmSt11align_val_t(void *block, size_t size, size_t alignment) {
    (void)size;
    _ZdaPvSt11align_val_t(block, alignment);
}
void vmmalloc__ZdlPvSt11align_val_tRKSt9nothrow_t(void *block, size_t alignment, const void *nothrow) {
    (void)nothrow;
    _ZdlPvSt11align_val_t(block, alignment);
}
void vmmalloc__ZdaPvSt11align_val_tRKSt9nothrow_t(void *block, size_t alignment, const void *nothrow) {
    (void)nothrow;
    _ZdaPvSt11align_val_t(block, alignment);
}

/* MARK: What jemalloc's operators are linked with and never call */

/* Functions of libstdc++ that jemalloc calls when there is no memory, which __wrap_je_malloc_default prevents. */
#define NEVER_CALLED(name) HIDDEN _Noreturn void name(void) { abort(); }
NEVER_CALLED(_ZSt15set_new_handlerPFvvE)
NEVER_CALLED(_ZSt17__throw_bad_allocv)
NEVER_CALLED(_ZSt20__throw_system_errori)
NEVER_CALLED(__cxa_begin_catch)
NEVER_CALLED(__cxa_end_catch)
NEVER_CALLED(__gxx_personality_v0)
HIDDEN const void *const _ZTISt9bad_alloc = NULL;
