/* lowered_limit RESOURCE BYTES [thread]: the program lowers one of its own limits and then forks. Each fork works, or
 * is refused with ENOMEM, or its child leaves with status 71. The parent's heap stays as it was, and so does a FILE in
 * it that one of the parent's threads has locked. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>

static FILE *file;
static sem_t has_locked;

static void *lock_for_good(void *unused) {
    flockfile(file);
    sem_post(&has_locked);
    for (;;) pause();
    return unused;
}

int main(int argc, char **argv) {
    CHECK(argc == 3 || argc == 4, "usage: lowered_limit data|as|fsize BYTES [thread]");
    int resource = strcmp(argv[1], "data") == 0 ? RLIMIT_DATA : strcmp(argv[1], "as") == 0 ? RLIMIT_AS : RLIMIT_FSIZE;
    rlim_t bytes = strtoul(argv[2], NULL, 10);
    size_t size = 8 << 20;
    unsigned char *payload = malloc(size);
    memset(payload, 5, size);
    struct placement before = check_in_pool(payload);
    if (argc == 4) {
        pthread_t thread;
        file = fopen("/dev/null", "re");
        check_in_pool(file);
        CHECK(pthread_create(&thread, NULL, lock_for_good, NULL) == 0, "no thread");
        sem_wait(&has_locked);
    }
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
        CHECK(!file || ftrylockfile(file) != 0, "the lock of a FILE is lost");
        CHECK(placement_of(payload).inode == before.inode, "the parent's heap lies in another file");
        free(malloc(100000));
    }
    dprintf(1, "%d worked, %d refused, %d left\n", worked, refused, left);
    return 0;
}
