/* space_returns FILLER_MIB: mode 2 on a small file system. With FILLER_MIB of other files in the way, fork is refused.
 * Once they are gone, the next fork works. */
#include "witness.h"

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: space_returns FILLER_MIB");
    size_t size = 8 << 20;
    char *payload = malloc(size);
    memset(payload, 7, size);
    struct placement before = check_in_pool(payload);
    int filler = take_space(strtoul(argv[1], NULL, 10) << 20);
    for (int i = 0; i < 3; i++) CHECK(fork() == -1 && errno == ENOMEM, "a fork without space was not refused");
    check_in_pool(payload);
    for (size_t i = 0; i < size; i++) CHECK(payload[i] == 7, "the heap changed");
    CHECK(ftruncate(filler, 0) == 0 && close(filler) == 0, "cannot make room");
    sync();
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(payload, before, true);
        _exit(payload[size - 1] != 7);
    }
    check_child(child);
    check_mode_took_effect(payload, before, false);
    return 0;
}
