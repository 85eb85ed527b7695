/* full_table HOW: the program forks while every descriptor that the limit allows is open. As without the library, fork
 * works, and each child has its own heap. HOW is "full"; "lowered", with the limit below what is open; "lost", with the
 * library's own descriptors closed first; or "no-room", with the file system full as well, so that fork is refused.
 * Except in that last case, 16 threads then fork at once. Afterwards nothing has changed: no descriptor was opened or
 * closed, no signals came but the children's, and the limit is the same. */
#include "witness.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

enum { THREADS = 16, FORKS = 3, SIZE = 1 << 20, LIMIT = 200 };

static unsigned char *payload;
static struct placement before;
static _Atomic int ended, forks;

static void note_end(int number) {
    (void)number;
    ended++;
}

/* Records which of the first LIMIT descriptors are open. */
static void look(bool open[LIMIT]) {
    for (int i = 0; i < LIMIT; i++) open[i] = fcntl(i, F_GETFD) != -1;
}

static void check_in_child(int depth) {
    for (int i = 0; i < SIZE; i++)
        if (payload[i] != 7) _exit(2);
    memset(payload, 8, SIZE);
    free(malloc(3 << 20));
    if (depth > 0) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < SIZE; i++)
                if (payload[i] != 8) _exit(3);
            memset(payload, 9, SIZE);
            _exit(0);
        }
        check_child(child);
        for (int i = 0; i < SIZE; i++)
            if (payload[i] != 8) _exit(4);
    }
    /* Makes room for the files that the witness reads. */
    close(2);
    close(1);
    check_mode_took_effect(payload, before, true);
    _exit(0);
}

static void fork_once(int depth) {
    pid_t child = fork();
    if (child == 0) check_in_child(depth);
    forks++;
    check_child(child);
}

static void *fork_often(void *unused) {
    for (int i = 0; i < FORKS; i++) fork_once(0);
    return unused;
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: full_table HOW");
    bool open_before[LIMIT], open_after[LIMIT];
    pthread_t thread[THREADS];
    struct rlimit limit = {.rlim_cur = LIMIT, .rlim_max = LIMIT}, now;
    payload = malloc(SIZE);
    memset(payload, 7, SIZE);
    before = check_in_pool(payload);
    struct sigaction action = {.sa_handler = note_end, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    if (strcmp(argv[1], "lost") == 0) closefrom(3);
    int filler = strcmp(argv[1], "no-room") == 0 ? take_space(SIZE_MAX) : 0;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    while (dup(0) != -1) {}
    CHECK(errno == EMFILE, "dup");
    if (strcmp(argv[1], "lowered") == 0) {
        limit.rlim_cur = 20;
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    }
    look(open_before);
    for (int i = 0; filler && i < FORKS; i++) {
        CHECK(fork() == -1 && errno == ENOMEM, "a fork without space was not refused");
        for (int k = 0; k < SIZE; k++) CHECK(payload[k] == 7, "the parent's heap changed");
    }
    if (filler) return 0;
    for (int i = 0; i < FORKS; i++) fork_once(1);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&thread[i], NULL, fork_often, NULL) == 0, "no thread");
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    look(open_after);
    CHECK(memcmp(open_before, open_after, sizeof open_before) == 0, "other descriptors are open than before");
    CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == limit.rlim_cur, "the limit has changed");
    CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a child is left");
    CHECK(ended > 0 && ended <= forks, "%d signals of %d children", ended, forks);
    for (int i = 0; i < SIZE; i++) CHECK(payload[i] == 7, "the parent's heap changed");
    return 0;
}
