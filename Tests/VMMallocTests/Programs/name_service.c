/* Shows a limit: in the child of a threaded process, glibc resets the state of its name service switch to what it was
 * at the fork, before the child has its own heap. In mode 2 that reaches the parent: a change that one of the parent's
 * threads made in between is lost. A tracer holds the child at its first instruction and makes such a change in the
 * parent. */
#include "witness.h"

#include <link.h>
#include <pthread.h>
#include <pwd.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>

/* The beginning of the state: what glibc knows about /etc/nsswitch.conf. */
struct state { off64_t size; ino64_t inode; struct timespec modified, changed; };

static struct state *state;

/* libc's pointer to the state is a local symbol, so this finds it by what it points to. */
static int find_state(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size, (void)unused;
    struct stat file;
    if (strstr(object->dlpi_name, "libc.so.6") == NULL || stat("/etc/nsswitch.conf", &file) != 0) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_W)) continue;
        void **word = (void **)((object->dlpi_addr + part->p_vaddr + 7) & ~7ul);
        void **end = (void **)((object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~7ul);
        for (; word < end; word++) {
            struct state candidate;
            /* Not every word is an address: let the kernel tell. */
            int ends[2];
            CHECK(pipe(ends) == 0, "pipe");
            bool readable = write(ends[1], *word, sizeof candidate) == sizeof candidate
                && read(ends[0], &candidate, sizeof candidate) == sizeof candidate;
            close(ends[0]), close(ends[1]);
            if (readable && candidate.size == file.st_size && candidate.inode == file.st_ino) state = *word;
        }
    }
    return 0;
}

static void *be_there(void *unused) {
    pause();
    return unused;
}

static int traced(void) {
    struct placement before = placement_of(state);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, be_there, NULL) == 0, "no thread");
    CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "ptrace");
    long old = state->changed.tv_nsec;
    /* Tells the tracer where the state is. */
    asm volatile("int3" : : "D"(&state->changed.tv_nsec));
    pid_t child = fork();
    if (child == 0) _exit(0);
    check_child(child);
    check_mode_took_effect(state, before, false);
    printf("%s\n", state->changed.tv_nsec == old + 1 ? "kept" : "lost");
    return 0;
}

int main(void) {
    CHECK(getpwuid(0) != NULL, "getpwuid");
    dl_iterate_phdr(find_state, NULL);
    CHECK(state != NULL, "no state of the name service switch");
    check_in_pool(state);
    pid_t process = fork();
    if (process == 0) exit(traced());
    int status;
    CHECK(waitpid(process, &status, 0) == process && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP,
          "no stop with the address: wait status %#x", status);
    struct user_regs_struct registers;
    CHECK(ptrace(PTRACE_GETREGS, process, NULL, &registers) == 0, "registers");
    void *word = (void *)registers.rdi;
    CHECK(ptrace(PTRACE_SETOPTIONS, process, NULL, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL) == 0, "options");
    CHECK(ptrace(PTRACE_CONT, process, NULL, NULL) == 0, "continue");
    CHECK(waitpid(process, &status, 0) == process && status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8),
          "no stop at the fork: wait status %#x", status);
    unsigned long child;
    CHECK(ptrace(PTRACE_GETEVENTMSG, process, NULL, &child) == 0, "no child");
    CHECK(waitpid((pid_t)child, &status, __WALL) == (pid_t)child && WIFSTOPPED(status), "the child does not stop");
    errno = 0;
    long value = ptrace(PTRACE_PEEKDATA, process, word, NULL);
    CHECK(errno == 0 && ptrace(PTRACE_POKEDATA, process, word, value + 1) == 0, "the parent's memory");
    CHECK(ptrace(PTRACE_DETACH, (pid_t)child, NULL, NULL) == 0, "detach the child");
    CHECK(ptrace(PTRACE_DETACH, process, NULL, NULL) == 0, "detach");
    check_child(process);
    return 0;
}
