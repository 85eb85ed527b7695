/* A heap of more than 2 GiB. copy_file_range(2) moves at most 2,147,479,552 bytes per call, so the copy must go on
 * where the call stopped. */
#include "witness.h"

enum { MARKS = 40 };

int main(void) {
    size_t size = 2500ul << 20, distance = size / MARKS;
    /* Touches only the marks; the other blocks are never written. */
    char *payload = malloc(size);
    CHECK(payload != NULL, "no payload");
    for (int i = 0; i < MARKS; i++) payload[i * distance] = (char)(i + 1);
    struct placement before = check_in_pool(payload);
    pid_t child = fork();
    if (child == 0) {
        check_mode_took_effect(payload, before, true);
        for (int i = 0; i < MARKS; i++) CHECK(payload[i * distance] == i + 1, "mark %d did not reach the child", i);
        _exit(0);
    }
    check_child(child);
    check_mode_took_effect(payload, before, false);
    return 0;
}
