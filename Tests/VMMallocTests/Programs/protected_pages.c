/* Says what a fork keeps of mprotect(2) on heap pages: one that must not be touched, and one with code. */
#include "witness.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static sigjmp_buf fault;

static void caught(int signal) {
    (void)signal;
    siglongjmp(fault, 1);
}

static bool is_guarded(volatile char *page) {
    if (sigsetjmp(fault, 1)) return true;
    *page = 1;
    return false;
}

static bool runs(void *page) {
    if (sigsetjmp(fault, 1)) return false;
    ((void (*)(void))page)();
    return true;
}

int main(void) {
    void *guard, *code;
    CHECK(posix_memalign(&guard, 4096, 4096) == 0 && posix_memalign(&code, 4096, 4096) == 0, "no pages");
    check_in_pool(guard);
    *(unsigned char *)code = 0xc3; /* ret */
    CHECK(mprotect(guard, 4096, PROT_NONE) == 0 && mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0, "mprotect");
    CHECK(sigaction(SIGSEGV, &(struct sigaction){.sa_handler = caught}, NULL) == 0, "sigaction");
    CHECK(is_guarded(guard) && runs(code), "protection does not work before the fork");
    pid_t child = fork();
    if (child == 0) {
        dprintf(1, "child: guard %s, code %s\n", is_guarded(guard) ? "kept" : "lost", runs(code) ? "kept" : "lost");
        _exit(0);
    }
    check_child(child);
    dprintf(1, "parent: guard %s, code %s\n", is_guarded(guard) ? "kept" : "lost", runs(code) ? "kept" : "lost");
    return 0;
}
