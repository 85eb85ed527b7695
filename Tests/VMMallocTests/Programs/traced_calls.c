/* Calls each function of the malloc family, and prints what a trace of level 4 must contain between the first call and
 * the last: this and nothing else. */
#include "witness.h"

#include <dlfcn.h>
#include <malloc.h>

/* A trace shows freed addresses, and so does this. */
#pragma GCC diagnostic ignored "-Wuse-after-free"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

/* volatile, or the compiler would warn. */
static void *volatile nothing = NULL;
static volatile size_t huge = (size_t)1 << 46, most = SIZE_MAX / 2, two = 2;

static const char *shown(const void *block) {
    static char text[4][32];
    static int next;
    char *result = text[next++ % 4];
    if (block == NULL) return "NULL";
    snprintf(result, sizeof text[0], "%p", block);
    return result;
}

/* Collected until the end, since output allocates. */
static char said[4096];
static size_t length;
#define SAY(...) length += (size_t)snprintf(said + length, sizeof said - length, __VA_ARGS__)

/* Functions that headers lack. */
static void (*by_name(const char *name))(void *, size_t, size_t) {
    void (*function)(void *, size_t, size_t);
    *(void **)&function = dlsym(RTLD_DEFAULT, name);
    CHECK(function != NULL, "no %s", name);
    return function;
}

int main(void) {
    void *block = malloc(100);
    check_in_pool(block);
    SAY("malloc(100) = %s\n", shown(block));
    void *other = calloc(3, 50);
    SAY("calloc(3, 50) = %s\n", shown(other));
    void *grown = realloc(other, 100000);
    SAY("realloc(%s, 100000) = %s\n", shown(other), shown(grown));
    SAY("malloc_usable_size(%s) = %zu\n", shown(grown), malloc_usable_size(grown));
    free(grown);
    SAY("free(%s)\n", shown(grown));
    grown = realloc(nothing, 10);
    SAY("realloc(NULL, 10) = %s\n", shown(grown));
    other = realloc(grown, 0);
    SAY("realloc(%s, 0) = NULL\n", shown(grown));
    free(other);
    SAY("free(%s)\n", shown(other));
    CHECK(posix_memalign(&other, 64, 100) == 0, "posix_memalign");
    SAY("posix_memalign(64, 100) = 0, %s\n", shown(other));
    free(other);
    SAY("free(%s)\n", shown(other));
    CHECK(posix_memalign(&other, two, 100) == EINVAL, "posix_memalign");
    SAY("posix_memalign(2, 100) = %d, NULL\n", EINVAL);
    CHECK(posix_memalign(&other, 4096, huge) == ENOMEM, "posix_memalign");
    SAY("posix_memalign(4096, %zu) = %d, NULL\n", huge, ENOMEM);
    other = aligned_alloc(256, 512);
    SAY("aligned_alloc(256, 512) = %s\n", shown(other));
    free(other);
    SAY("free(%s)\n", shown(other));
    other = memalign(128, 1);
    SAY("memalign(128, 1) = %s\n", shown(other));
    free(other);
    SAY("free(%s)\n", shown(other));
    other = valloc(1);
    SAY("valloc(1) = %s\n", shown(other));
    free(other);
    SAY("free(%s)\n", shown(other));
    other = pvalloc(5000);
    SAY("pvalloc(5000) = %s\n", shown(other));
    by_name("cfree")(other, 0, 0);
    SAY("cfree(%s)\n", shown(other));
    other = malloc(30);
    SAY("malloc(30) = %s\n", shown(other));
    by_name("free_sized")(other, 30, 0);
    SAY("free_sized(%s, 30)\n", shown(other));
    other = aligned_alloc(64, 128);
    SAY("aligned_alloc(64, 128) = %s\n", shown(other));
    by_name("free_aligned_sized")(other, 64, 128);
    SAY("free_aligned_sized(%s, 64, 128)\n", shown(other));
    other = malloc(huge);
    CHECK(other == NULL && errno == ENOMEM, "malloc of %zu bytes", huge);
    SAY("malloc(%zu) = NULL\n", huge);
    other = calloc(most, 4);
    CHECK(other == NULL && errno == ENOMEM, "calloc of too much");
    SAY("calloc(%zu, 4) = NULL\n", most);
    other = realloc(block, huge);
    CHECK(other == NULL && errno == ENOMEM, "realloc to %zu bytes", huge);
    SAY("realloc(%s, %zu) = NULL\n", shown(block), huge);
    errno = 77;
    free(block);
    CHECK(errno == 77, "free changed errno");
    SAY("free(%s)\n", shown(block));
    return write(1, said, length) != (ssize_t)length;
}
