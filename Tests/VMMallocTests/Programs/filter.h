/* What the kernel is to refuse to the calling thread from now on, and to its children. Source: seccomp(2). */
#include "witness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

static inline void install_filter(struct sock_filter *rules, size_t count) {
    struct sock_fprog filter = {.len = (unsigned short)count, .filter = rules};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "seccomp");
}
