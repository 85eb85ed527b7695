/* lowered_limit RESOURCE BYTES: the program lowers a limit of its own, and then forks. Each fork works, or is refused with
 * ENOMEM, or its child leaves with status 71: the parent goes on with its heap as it was. */
#include "witness.h"

#include <sys/resource.h>

int main(int argc, char **argv) {
    CHECK(argc == 3, "usage: lowered_limit data|as|fsize BYTES");
    int resource = strcmp(argv[1], "data") == 0 ? RLIMIT_DATA : strcmp(argv[1], "as") == 0 ? RLIMIT_AS : RLIMIT_FSIZE;
    rlim_t bytes = strtoul(argv[2], NULL, 10);
    size_t size = 8 << 20;
    unsigned char *payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    CHECK(setrlimit(resource, &(struct rlimit){bytes, bytes}) == 0, "setrlimit");
    int worked = 0, refused = 0, left = 0;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (size_t k = 0; k < size; k++)
                if (payload[k] != 5) _exit(2);
            memset(payload, 6, size);
            _exit(0);
        }
        int status = 0;
        if (child == -1) {
            CHECK(errno == ENOMEM, "fork failed");
            refused++;
        } else {
            CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "child: wait status %#x", status);
            CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 71, "child: status %d", WEXITSTATUS(status));
            if (status == 0) worked++;
            else left++;
        }
        for (size_t k = 0; k < size; k++) CHECK(payload[k] == 5, "the parent's heap changed");
        CHECK(placement_of(payload).inode == before.inode, "the parent's heap lies in another file");
        free(malloc(100000));
    }
    dprintf(1, "%d worked, %d refused, %d left\n", worked, refused, left);
    return 0;
}
