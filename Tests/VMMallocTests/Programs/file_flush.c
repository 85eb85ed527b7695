/* file_flush [FORKS]: one thread reads long lines, so it allocates while it holds the lock of a FILE. Another one
 * flushes all FILEs, so it holds the lock of their list while it waits for the lock of each. The main thread forks. No
 * thread may hang. */
#include "witness.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LINES = 4, LINE = 200000 };

static FILE *file;
static atomic_bool stop;
static atomic_long passes[2];

/* Leaves the locks free for a moment after each pass, so that other threads get their turn under any malloc. */
static void pause_briefly(void) { usleep(50); }

static void *read_lines(void *unused) {
    (void)unused;
    while (!stop) {
        char *line = NULL;
        size_t capacity = 0;
        rewind(file);
        while (getline(&line, &capacity, file) > 0) {
            free(line);
            line = NULL;
            capacity = 0;
        }
        free(line);
        passes[0]++;
        pause_briefly();
    }
    return NULL;
}

static void *flush_all(void *unused) {
    (void)unused;
    while (!stop) {
        fflush(NULL);
        passes[1]++;
        pause_briefly();
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t reader, flusher;
    file = tmpfile();
    CHECK(file != NULL, "no file");
    struct placement before = check_in_pool(file);
    void *block = malloc(100000);
    for (int i = 0; i < LINES; i++) {
        for (int k = 0; k < LINE; k++) putc('x', file);
        putc('\n', file);
    }
    CHECK(pthread_create(&reader, NULL, read_lines, NULL) == 0, "no thread");
    CHECK(pthread_create(&flusher, NULL, flush_all, NULL) == 0, "no thread");
    for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 500); i++) {
        pid_t child = fork();
        if (child == 0) {
            check_mode_took_effect(block, before, true);
            CHECK(fflush(NULL) == 0, "the child cannot flush");
            _exit(malloc(100000) == NULL);
        }
        check_child(child);
    }
    /* Each thread must have made a pass, or the test proves nothing. */
    while (passes[0] == 0 || passes[1] == 0) pause_briefly();
    stop = true;
    pthread_join(reader, NULL);
    pthread_join(flusher, NULL);
    return 0;
}
