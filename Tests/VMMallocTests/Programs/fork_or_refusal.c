/* fork_or_refusal PAYLOAD_MIB [FORKS]: each fork either works and keeps the heaps apart, or returns -1 with ENOMEM and
 * changes nothing. Prints one line per fork: the action from the report, or the refusal with its cause. The parent uses
 * its heap between forks. */
#include "witness.h"

#include "libvmmalloc.h"
#include <dlfcn.h>

static unsigned char *payload;
static size_t size;

static void check_payload(unsigned char value, const char *who) {
    for (size_t i = 0; i < size; i += 509)
        CHECK(payload[i] == value, "%s: byte %zu is %d, not %d", who, i, payload[i], value);
}

int main(int argc, char **argv) {
    static const char *const names[] = {"none", "remap", "reflink", "copy_file_range", "pmem", "memory", "refused",
                                        "classic", "deferred"};
    int (*fork_report)(struct vmmalloc_fork_report *) =
        (int (*)(struct vmmalloc_fork_report *))dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
    size = strtoul(argc > 1 ? argv[1] : "1", NULL, 10) << 20;
    payload = malloc(size);
    CHECK(payload != NULL, "no payload");
    memset(payload, 0, size);
    check_in_pool(payload);
    CHECK(fork_report != NULL, "no vmmalloc_fork_report");
    struct vmmalloc_fork_report report = {.version = 99};
    CHECK(fork_report(&report) == -1 && errno == EINVAL, "an unknown version was accepted");
    report.version = VMMALLOC_FORK_REPORT_VERSION;
    CHECK(fork_report(&report) == -1 && errno == ENODATA, "a report before the first fork");
    for (int i = 0; i < (argc > 2 ? atoi(argv[2]) : 3); i++) {
        struct placement before = placement_of(payload);
        errno = 0;
        pid_t child = fork();
        int error = errno;
        if (child == 0) {
            check_payload(i, "child");
            memset(payload, 0xCC, size);
            free(payload);
            void *other = malloc(size / 2);
            _exit(other == NULL);
        }
        CHECK(fork_report(&report) == 0 && report.forks == (uint64_t)i + 1, "no report of fork %d", i);
        CHECK(report.mode == (uint32_t)fork_mode(), "the report's mode is %u", report.mode);
        if (child == -1) {
            CHECK(error == ENOMEM, "fork failed with %s", strerror(error));
            CHECK(report.action == VMMALLOC_FORK_ACTION_REFUSED, "the report does not say refused");
            struct placement now = placement_of(payload);
            CHECK(now.sharing == before.sharing && now.inode == before.inode, "a refused fork changed the pool");
            CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a refused fork left a child");
            printf("refused: %s\n", strerror(report.error));
        } else {
            int status;
            CHECK(waitpid(child, &status, 0) == child && status == 0, "child: wait status %#x", status);
            CHECK(report.bytes_live >= size, "%lu bytes live", report.bytes_live);
            printf("%s%s%s%s\n", names[report.action], report.bytes_copied ? " copied" : "",
                   report.bytes_shared ? " shared" : "", report.error ? " (fell back)" : "");
        }
        check_payload(i, "parent");
        memset(payload, i + 1, size);
        free(malloc(100000));
    }
    return 0;
}
