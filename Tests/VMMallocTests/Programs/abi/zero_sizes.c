/* Size 0: every function returns a block of its own that can be freed and resized. realloc of a block to 0 frees it and
 * returns NULL, as glibc does. */
#include "family.h"

int main(void) {
    enum { COUNT = 100 };
    for (int i = 0; i < FAMILY_SIZE; i++) {
        void *block[COUNT];
        for (int j = 0; j < COUNT; j++) {
            block[j] = family[i].allocate(0);
            CHECK(block[j] != NULL, "%s of 0 bytes is NULL", family[i].name);
            for (int k = 0; k < j; k++) CHECK(block[j] != block[k], "%s of 0 bytes twice gave one block", family[i].name);
        }
        check_in_pool(block[0]);
        for (int j = 0; j < COUNT; j++) {
            if (j % 2) {
                block[j] = realloc(block[j], 1000);
                CHECK(block[j] != NULL, "cannot resize what %s of 0 bytes returned", family[i].name);
                memset(block[j], 1, 1000);
            }
            free(block[j]);
        }
    }
    /* Allocates ten times the pool in all. That only works if realloc to 0 frees. */
    size_t pool = strtoul(getenv("VMMALLOC_POOL_SIZE"), NULL, 10) << 20;
    volatile size_t zero = 0;
    for (size_t bytes = 0; bytes < 10 * pool; bytes += 1 << 20) {
        void *block = malloc(1 << 20);
        CHECK(block != NULL, "realloc to 0 bytes does not free: no room after %zu bytes", bytes);
        CHECK(realloc(block, zero) == NULL, "realloc to 0 bytes returned a block");
    }
    volatile size_t many = SIZE_MAX;
    CHECK(calloc(zero, many) != NULL && calloc(many, zero) != NULL, "calloc of none is NULL");
    return 0;
}
