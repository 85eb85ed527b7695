/* unannounced_fork HOW FILLER_MIB: a fork that bypasses the exported symbol, on a file system with or without room for
 * a copy. The parent lives on. A child without a heap leaves with status 71 and a message. */
#include "witness.h"

#include <pty.h>

extern pid_t __fork(void);

int main(int argc, char **argv) {
    CHECK(argc == 3, "usage: unannounced_fork __fork|forkpty|daemon FILLER_MIB");
    size_t size = 8 << 20;
    char *payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    take_space(strtoul(argv[2], NULL, 10) << 20);
    int terminal = -1, status = 0;
    if (strcmp(argv[1], "daemon") == 0) {
        /* daemon(3) ends its caller, so a child of ours calls it. */
        pid_t between = fork();
        if (between == 0) {
            if (daemon(1, 1) != 0) _exit(1);
            check_mode_took_effect(payload, before, true);
            _exit(payload[size - 1] != 5);
        }
        check_child(between);
    } else {
        pid_t child = strcmp(argv[1], "__fork") == 0 ? __fork() : forkpty(&terminal, NULL, NULL, NULL);
        if (child == 0) {
            check_mode_took_effect(payload, before, true);
            _exit(payload[size - 1] != 5);
        }
        CHECK(child > 0, "no child");
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "child: wait status %#x", status);
    }
    for (size_t i = 0; i < size; i++) CHECK(payload[i] == 5, "the parent's heap changed");
    check_mode_took_effect(payload, before, false);
    printf("child left with %d\n", WEXITSTATUS(status));
    return 0;
}
