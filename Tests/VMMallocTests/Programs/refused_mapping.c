/* The kernel refuses the one mapping that a child in mode 2 makes. The child leaves with status 71 and a message before
 * it has written to its parent's heap, and the parent goes on. */
#include "filter.h"
#include "witness.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* From now on the kernel refuses mmap with MAP_FIXED. */
static void refuse_fixed_mappings(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_FIXED, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    install_filter(rules, sizeof rules / sizeof *rules);
}

int main(void) {
    size_t size = 1 << 20;
    char *payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    refuse_fixed_mappings();
    pid_t child = fork();
    if (child == 0) {
        memset(payload, 6, size);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "child: wait status %#x", status);
    for (size_t i = 0; i < size; i++) CHECK(payload[i] == 5, "the parent's heap changed");
    check_mode_took_effect(payload, before, false);
    free(payload);
    CHECK(malloc(size) != NULL, "malloc");
    printf("child left with %d\n", WEXITSTATUS(status));
    return 0;
}
