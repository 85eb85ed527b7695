/* The system calls and constants that Swift's Glibc module does not offer. No logic. */
#pragma once

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libvmmalloc.h"

/* fork(2), called through the dynamic symbol, so that a preload library that exports fork is entered.
   Swift marks fork as unavailable. */
pid_t cp_fork(void);

/* _Fork(3): fork without the handlers of pthread_atfork. */
pid_t cp_bare_fork(void);

/* clone3(2) with fork's arguments, bypassing the C library. */
pid_t cp_clone3_fork(void);

/* forkpty(3); the parent gets the terminal's descriptor. */
pid_t cp_forkpty(int *terminal);

/* daemon(3) that keeps the working directory and the standard descriptors. */
int cp_daemon(void);

/* vfork(2) whose child stores `value` to `word` and exits. */
pid_t cp_vfork_store(volatile uint64_t *word, uint64_t value);

/* The kernel's ID of the calling thread. */
pid_t cp_thread_id(void);

/* The number of futex(2), as /proc/PID/task/TID/syscall shows it. */
int cp_futex_number(void);

/* An empty file in memory, closed on exec. -1 and errno on failure. */
int cp_memory_file(void);

/* posix_spawn_file_actions_addclosefrom_np(3): the program gets no descriptor from `first` on. */
int cp_spawn_without_descriptors(posix_spawn_file_actions_t *actions, int first);

/* Starts a program that ptrace(2) stops before its first instruction. -1 and errno on failure. */
pid_t cp_spawn_traced(const char *path, char *const arguments[], char *const environment[]);

/* ptrace(2) requests for a stopped thread: trace its system calls and its children; go on to the next system call, with
   a signal or 0. -1 and errno on failure. */
int cp_trace_calls_and_children(pid_t thread);
int cp_continue_to_call(pid_t thread, int signal);

/* Whether the stopped thread is about to make a system call. */
bool cp_is_at_call(pid_t thread);

/* Whether a wait status says that a traced thread is at its end, or at another event that is not a signal. */
bool cp_is_at_end(int status);
bool cp_is_event(int status);

/* A descriptor that becomes readable when the process ends; -1 and errno on failure. */
int cp_pidfd_open(pid_t process);

/* A descriptor that becomes readable when SIGINT or SIGTERM arrives; blocks both. -1 and errno on failure. */
int cp_interruption_fd(void);

/* The kernel kills this process when its parent ends. */
int cp_die_with_parent(void);

/* The kernel no longer kills this process when its parent ends. */
int cp_outlive_parent(void);

/* Makes the kernel wake the calling thread from sleep as close to the requested time as it can. -1 and errno on
   failure. */
int cp_least_timer_slack(void);

/* Restricts the calling thread to the first of the processors that it may use, or to all others; if there is only one,
   it keeps that. -1 and errno on failure. */
int cp_split_processors(bool is_first);

/* The kernel sends this process SIGTERM when its parent ends. */
int cp_terminate_with_parent(void);

/* Descendants of this process that lose their parent become its children, so that it loses track of none. */
int cp_adopt_orphans(void);

/* Path of the object whose malloc this process calls; NULL if the loader does not know. */
const char *cp_allocator_path(void);

/* Whether this process has a vmmalloc_fork_report. */
bool cp_has_fork_report(void);

/* vmmalloc_fork_report of the preload library; -1 with ENOSYS if there is none. */
int cp_fork_report(struct vmmalloc_fork_report *report);

/* vmmalloc_fold of the preload library; -1 with ENOSYS if there is none. */
int cp_fold(void);

/* Whether the mapping at `address` is shared, according to /proc/self/maps: 1 or 0, or -1 if that is not known. Calls
   no malloc, so the preload library gets no occasion to change the mapping. */
int cp_is_mapped_shared(const void *address);

/* Memory of this program's .bss, `CP_GLOBAL_WORDS` words, page-aligned. */
#define CP_GLOBAL_WORDS 4096
uint64_t *cp_global_words(void);

/* From now on the kernel gives this process, and those that it forks, no huge pages. -1 and errno on failure. */
int cp_disable_huge_pages(void);

/* Writes back all dirty pages of the file system of `directory`. -1 and errno on failure. */
int cp_sync_file_system(const char *directory);

/* FICLONE: makes `target` share the blocks of `source`. -1 and errno on failure. */
int cp_clone_file(int source, int target);

/* Allocates blocks for the first `size` bytes of a file, without changing its size. Also 0 if the file system cannot do
   that in advance; -1 and errno on failure. */
int cp_reserve_blocks(int file, size_t size);

/* Whether `directory` is in /proc. */
bool cp_is_proc(const char *directory);

/* An unnamed file in `directory`, gone with its last descriptor. -1 and errno on failure. */
int cp_open_unnamed(const char *directory);

/* Gives this process its own mount namespace, whose mounts no other process sees. -1 and errno on failure. */
int cp_private_mount_namespace(void);

/* A new mount of a tmpfs with options such as "size=1m,huge=always". -1 and errno on failure. */
int cp_mount_tmpfs(const char *directory, const char *options);

/* Anonymous memory, shared with the children of fork or private to each; NULL on failure. */
void *cp_map_anonymous(size_t size, bool shared);

/* A pipe whose ends an exec closes: reader and writer. -1 and errno on failure. */
int cp_pipe(int *reader, int *writer);

/* The part of io_uring(7) that reads into one registered buffer. */
struct cp_ring {
    int descriptor;
    void *queues, *entries;
    size_t queue_bytes, entry_bytes;
    uint32_t *submission_tail, *submission_mask, *submission_array;
    uint32_t *completion_head, *completion_tail, *completion_mask;
    void *completions;
};

/* Makes a ring. -1 and errno on failure: ENOSYS or EPERM if io_uring is not available. */
int cp_ring_open(struct cp_ring *ring);

/* Registers a buffer: the kernel pins its pages. -1 and errno on failure. */
int cp_ring_register(struct cp_ring *ring, void *buffer, size_t length);

/* Reads from the beginning of a file into that buffer, through the pinned pages, and waits until it is done. Returns
   the number of bytes read; -1 and errno on failure. */
ssize_t cp_ring_read(struct cp_ring *ring, int file, void *buffer, size_t length);

/* Closes the ring, which unpins the pages. */
void cp_ring_close(struct cp_ring *ring);

/* What a wait status says. */
bool cp_exited(int status);
int cp_exit_status(int status);
int cp_term_signal(int status);
