/* lost_descriptor HOW: the program takes away the library's descriptors, or what they lead to, and forks. In every mode
 * the fork must work correctly or be refused cleanly, and must never map, write or close another file. */
#include "witness.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char witness[] = "somebody else's file, which nobody may touch";
static int foreign = -1;

static void lose(const char *how) {
    if (strcmp(how, "closefrom") == 0) {
        closefrom(3);
    } else if (strcmp(how, "close_range") == 0) {
        syscall(SYS_close_range, 3u, ~0u, 0u);
    } else if (strcmp(how, "close-loop") == 0) {
        for (int i = 3; i < sysconf(_SC_OPEN_MAX); i++) close(i);
    } else if (strcmp(how, "reuse") == 0) {
        /* Every descriptor that was open above stderr now leads to another file. */
        bool open_before[8192];
        for (int i = 3; i < 8192; i++) open_before[i] = fcntl(i, F_GETFD) != -1;
        char name[] = "/tmp/foreign-XXXXXX";
        foreign = mkstemp(name);
        unlink(name);
        CHECK(write(foreign, witness, sizeof witness) == sizeof witness, "write");
        for (int i = 3; i < 8192; i++)
            if (open_before[i] && i != foreign) CHECK(dup2(foreign, i) == i, "dup2");
    } else if (strcmp(how, "chroot") == 0) {
        CHECK(chroot("/var/empty") == 0 || chroot("/mnt") == 0, "chroot");
        CHECK(chdir("/") == 0, "chdir");
    } else if (strcmp(how, "chroot-closefrom") == 0) {
        CHECK(chroot("/mnt") == 0 && chdir("/") == 0, "chroot");
        closefrom(3);
    } else if (strcmp(how, "setuid") == 0) {
        CHECK(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
    } else if (strcmp(how, "unmount") == 0) {
        CHECK(umount2(getenv("VMMALLOC_POOL_DIR"), MNT_DETACH) == 0, "umount2");
    } else if (strcmp(how, "no-descriptors") == 0) {
        struct rlimit limit = {.rlim_cur = 3, .rlim_max = 3};
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    } else {
        CHECK(strcmp(how, "nothing") == 0, "unknown way");
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2, "usage: lost_descriptor HOW");
    size_t size = 4 << 20;
    char *payload = malloc(size);
    memset(payload, 1, size);
    check_in_pool(payload);
    lose(argv[1]);
    int worked = 0;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == -1) {
            CHECK(errno == ENOMEM, "fork");
        } else if (child == 0) {
            for (size_t k = 0; k < size; k++)
                if (payload[k] != i + 1) _exit(2);
            memset(payload, 99, size);
            free(payload);
            _exit(malloc(size / 2) == NULL ? 3 : 0);
        } else {
            int status;
            CHECK(waitpid(child, &status, 0) == child && status == 0, "child: wait status %#x", status);
            worked++;
        }
        for (size_t k = 0; k < size; k++) CHECK(payload[k] == i + 1, "the parent's heap changed");
        memset(payload, i + 2, size);
        free(malloc(3 << 20));
    }
    if (foreign >= 0) {
        char now[sizeof witness + 1] = "";
        struct stat status;
        CHECK(pread(foreign, now, sizeof now, 0) == sizeof witness && strcmp(now, witness) == 0, "a foreign file changed");
        CHECK(fstat(foreign, &status) == 0 && status.st_size == sizeof witness, "a foreign file grew");
    }
    printf("%d of 3 forks worked\n", worked);
    return 0;
}
