/* A handler of pthread_atfork(3) forks too, in the middle of each fork. That makes four processes, each with its own
 * heap, and none keeps a descriptor or a file from another one's fork. */
#include "witness.h"

#include <pthread.h>

enum { ROUNDS = 5, DESCRIPTORS = 8192 };

static const size_t size = 1 << 20;
static unsigned char *payload;
/* 0: outside the handler; 1: in the handler's fork; 2: in the child of that fork. */
static int depth;

static int descriptors(void) {
    int count = 0;
    for (int i = 0; i < DESCRIPTORS; i++) count += fcntl(i, F_GETFD) != -1;
    return count;
}

static void fork_again(void) {
    if (depth != 0) return;
    depth = 1;
    pid_t child = fork();
    if (child == 0) {
        depth = 2;
        return;
    }
    check_child(child);
    depth = 0;
}

static void check_and_overwrite(unsigned char value) {
    for (size_t i = 0; i < size; i++) CHECK(payload[i] == 5, "byte %zu is %d", i, payload[i]);
    memset(payload, value, size);
    free(malloc(100000));
}

int main(void) {
    payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    /* The first fork in mode 1 closes a descriptor. */
    check_child(fork() ?: (_exit(0), 0));
    int open = descriptors();
    CHECK(pthread_atfork(fork_again, NULL, NULL) == 0, "pthread_atfork");
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        bool in_handlers_child = depth == 2;
        if (child == 0) {
            if (!in_handlers_child) check_mode_took_effect(payload, before, true);
            check_and_overwrite(6);
            _exit(0);
        }
        check_child(child);
        /* A child that shares its parent's file for good no longer has it open. */
        CHECK(descriptors() <= open, "%+d descriptors", descriptors() - open);
        if (in_handlers_child) {
            check_and_overwrite(7);
            _exit(0);
        }
    }
    check_and_overwrite(8);
    return 0;
}
