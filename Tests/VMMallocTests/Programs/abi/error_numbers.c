/* errno: every function that fails for lack of room sets ENOMEM, for small sizes and large ones. free and its relatives
 * never change errno, even if giving memory back makes system calls that fail. */
#include "family.h"

static void **head;

static void fill(size_t size) {
    for (void **block; (block = malloc(size)) != NULL; head = block) *block = head;
}

int main(void) {
    size_t sizes[] = {16, 100, 4096, 20000, 1 << 20};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    void *spare[FAMILY_SIZE * COUNT];
    for (int i = 0; i < FAMILY_SIZE * COUNT; i++) spare[i] = malloc(sizes[i % COUNT]);
    check_in_pool(spare[0]);
    for (size_t size = 8 << 20; size >= 16; size /= 2) fill(size);
    for (int i = 0; i < FAMILY_SIZE; i++)
        for (int j = 0; j < COUNT; j++) {
            /* Other size classes may have a few blocks left. */
            void *block = NULL;
            for (int attempt = 0; attempt < 10000; attempt++) {
                errno = 0;
                block = family[i].allocate(sizes[j]);
                if (block == NULL) break;
                if (sizes[j] >= sizeof(void *)) {
                    *(void **)block = head;
                    head = block;
                }
            }
            CHECK(block == NULL, "%s of %zu bytes never fails", family[i].name, sizes[j]);
            CHECK(errno == ENOMEM, "%s of %zu bytes failed without ENOMEM", family[i].name, sizes[j]);
            errno = 0;
            CHECK(realloc(spare[i * COUNT + j], 30 << 20) == NULL && errno == ENOMEM, "realloc failed without ENOMEM");
        }
    /* No system call sets errno to 200. Three functions take turns to free the whole pool. */
    int turn = 0;
    while (head) {
        void **next = *head;
        errno = 200;
        if (turn % 3 == 0) free(head);
        else if (turn % 3 == 1) cfree(head);
        else free_sized(head, 1);
        CHECK(errno == 200, "free changed errno");
        turn++;
        head = next;
    }
    for (int i = 0; i < 50; i++) {
        void *block = malloc(4 << 20);
        CHECK(block != NULL, "no room after all was freed");
        errno = 200;
        free(block);
        CHECK(errno == 200, "free of 4 MiB changed errno");
    }
    return 0;
}
