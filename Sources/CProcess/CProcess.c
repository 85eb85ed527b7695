#define _GNU_SOURCE
#include "CProcess.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <pty.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t cp_fork(void) { return fork(); }

pid_t cp_bare_fork(void) { return _Fork(); }

pid_t cp_clone3_fork(void) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

pid_t cp_forkpty(int *terminal) { return forkpty(terminal, NULL, NULL, NULL); }

int cp_daemon(void) { return daemon(1, 1); }

pid_t cp_vfork_store(volatile uint64_t *word, uint64_t value) {
    pid_t child = vfork();
    if (child == 0) {
        *word = value;
        _exit(0);
    }
    return child;
}

pid_t cp_spawn_traced(const char *path, char *const arguments[], char *const environment[]) {
    pid_t child = vfork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) execve(path, arguments, environment);
        _exit(127);
    }
    return child;
}

int cp_trace_calls_and_children(pid_t thread) {
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    return (int)ptrace(PTRACE_SETOPTIONS, thread, NULL, options);
}

int cp_continue_to_call(pid_t thread, int signal) {
    return (int)ptrace(PTRACE_SYSCALL, thread, NULL, (long)signal);
}

bool cp_is_at_call(pid_t thread) {
    struct __ptrace_syscall_info call;
    return ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof call, &call) > 0 && call.op == PTRACE_SYSCALL_INFO_ENTRY;
}

bool cp_is_at_end(int status) { return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8); }

bool cp_is_event(int status) { return status >> 16 != 0 || WSTOPSIG(status) == (SIGTRAP | 0x80); }

int cp_split_processors(bool is_first) {
    cpu_set_t all, lowest;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return -1;
    if (CPU_COUNT(&all) < 2) return 0;
    int number = 0;
    while (!CPU_ISSET(number, &all)) number++;
    CPU_ZERO(&lowest);
    CPU_SET(number, &lowest);
    CPU_CLR(number, &all);
    return sched_setaffinity(0, sizeof all, is_first ? &lowest : &all);
}

pid_t cp_thread_id(void) { return gettid(); }

int cp_futex_number(void) { return SYS_futex; }

int cp_memory_file(void) { return memfd_create("forklab", MFD_CLOEXEC); }

int cp_spawn_without_descriptors(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cp_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int cp_interruption_fd(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int cp_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

int cp_outlive_parent(void) { return prctl(PR_SET_PDEATHSIG, 0); }

int cp_least_timer_slack(void) { return prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0); }

int cp_terminate_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGTERM); }

int cp_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

const char *cp_allocator_path(void) {
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, "malloc");
    return symbol != NULL && dladdr(symbol, &info) != 0 ? info.dli_fname : NULL;
}

typedef int fork_report_call(struct vmmalloc_fork_report *);

static fork_report_call *find_fork_report(void) {
    return (fork_report_call *)dlsym(RTLD_DEFAULT, "vmmalloc_fork_report");
}

bool cp_has_fork_report(void) { return find_fork_report() != NULL; }

int cp_fork_report(struct vmmalloc_fork_report *report) {
    fork_report_call *call = find_fork_report();
    if (call != NULL) return call(report);
    errno = ENOSYS;
    return -1;
}

int cp_fold(void) {
    int (*call)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "vmmalloc_fold");
    if (call != NULL) return call();
    errno = ENOSYS;
    return -1;
}

int cp_is_mapped_shared(const void *address) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    char text[4096];
    uintptr_t bounds[2] = {0, 0};
    int column = 0, result = -1; /* The first addresses, then the flags: "7f00-7f10 rw-s". */
    for (ssize_t length; result < 0 && (length = read(fd, text, sizeof text)) > 0;) {
        for (ssize_t i = 0; i < length && result < 0; i++) {
            char c = text[i];
            if (c == '\n') {
                column = 0;
                bounds[0] = bounds[1] = 0;
            } else if (column < 2) {
                if (c == '-' || c == ' ')
                    column++;
                else
                    bounds[column] = bounds[column] * 16 + (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
            } else if (++column == 6 && bounds[0] <= (uintptr_t)address && (uintptr_t)address < bounds[1]) {
                result = c == 's';
            }
        }
    }
    close(fd);
    return result;
}

uint64_t *cp_global_words(void) {
    static _Alignas(4096) uint64_t words[CP_GLOBAL_WORDS];
    return words;
}

int cp_disable_huge_pages(void) { return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); }

int cp_sync_file_system(const char *directory) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    int result = syncfs(fd);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

int cp_clone_file(int source, int target) { return ioctl(target, FICLONE, source); }

int cp_reserve_blocks(int file, size_t size) {
    if (size == 0 || fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0 || errno == EOPNOTSUPP)
        return 0;
    return -1;
}

bool cp_is_proc(const char *directory) {
    struct statfs status;
    return statfs(directory, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

int cp_open_unnamed(const char *directory) { return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int cp_private_mount_namespace(void) {
    if (unshare(CLONE_NEWNS) != 0) return -1;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int cp_mount_tmpfs(const char *directory, const char *options) {
    return mount("forklab", directory, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

void *cp_map_anonymous(size_t size, bool shared) {
    int flags = MAP_ANONYMOUS | MAP_NORESERVE | (shared ? MAP_SHARED : MAP_PRIVATE);
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

int cp_pipe(int *reader, int *writer) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    *reader = ends[0];
    *writer = ends[1];
    return 0;
}

bool cp_exited(int status) { return WIFEXITED(status); }
int cp_exit_status(int status) { return WEXITSTATUS(status); }
int cp_term_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int cp_ring_open(struct cp_ring *ring) {
    struct io_uring_params params = {0};
    *ring = (struct cp_ring){.descriptor = (int)syscall(SYS_io_uring_setup, 1, &params)};
    if (ring->descriptor < 0) return -1;
    size_t submission = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
    size_t completion = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    /* One mapping for both queues: Linux 5.4. */
    ring->queue_bytes = submission > completion ? submission : completion;
    ring->entry_bytes = params.sq_entries * sizeof(struct io_uring_sqe);
    ring->queues = mmap(NULL, ring->queue_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor,
                        IORING_OFF_SQ_RING);
    ring->entries = mmap(NULL, ring->entry_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor,
                         IORING_OFF_SQES);
    if (ring->queues == MAP_FAILED || ring->entries == MAP_FAILED) {
        int error = errno;
        cp_ring_close(ring);
        errno = error;
        return -1;
    }
    char *queues = ring->queues;
    ring->submission_tail = (uint32_t *)(queues + params.sq_off.tail);
    ring->submission_mask = (uint32_t *)(queues + params.sq_off.ring_mask);
    ring->submission_array = (uint32_t *)(queues + params.sq_off.array);
    ring->completion_head = (uint32_t *)(queues + params.cq_off.head);
    ring->completion_tail = (uint32_t *)(queues + params.cq_off.tail);
    ring->completion_mask = (uint32_t *)(queues + params.cq_off.ring_mask);
    ring->completions = queues + params.cq_off.cqes;
    return 0;
}

int cp_ring_register(struct cp_ring *ring, void *buffer, size_t length) {
    struct iovec range = {buffer, length};
    return (int)syscall(SYS_io_uring_register, ring->descriptor, IORING_REGISTER_BUFFERS, &range, 1);
}

ssize_t cp_ring_read(struct cp_ring *ring, int file, void *buffer, size_t length) {
    uint32_t tail = *ring->submission_tail;
    uint32_t slot = tail & *ring->submission_mask;
    ((struct io_uring_sqe *)ring->entries)[slot] = (struct io_uring_sqe){
        .opcode = IORING_OP_READ_FIXED, .fd = file, .addr = (uintptr_t)buffer, .len = (uint32_t)length};
    ring->submission_array[slot] = slot;
    __atomic_store_n(ring->submission_tail, tail + 1, __ATOMIC_RELEASE);
    long entered;
    do
        entered = syscall(SYS_io_uring_enter, ring->descriptor, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    while (entered < 0 && errno == EINTR);
    if (entered < 0) return -1;
    uint32_t head = *ring->completion_head;
    while (__atomic_load_n(ring->completion_tail, __ATOMIC_ACQUIRE) == head) sched_yield();
    int result = ((struct io_uring_cqe *)ring->completions)[head & *ring->completion_mask].res;
    __atomic_store_n(ring->completion_head, head + 1, __ATOMIC_RELEASE);
    if (result >= 0) return result;
    errno = -result;
    return -1;
}

void cp_ring_close(struct cp_ring *ring) {
    if (ring->queues != NULL && ring->queues != MAP_FAILED) munmap(ring->queues, ring->queue_bytes);
    if (ring->entries != NULL && ring->entries != MAP_FAILED) munmap(ring->entries, ring->entry_bytes);
    close(ring->descriptor);
}
