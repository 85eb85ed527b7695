/** @file libvmmalloc.h
 *  The interface of libvmmalloc beyond malloc(3): API version 1.1 of the original library, and two calls of our own.
 *  See libvmmalloc(7). */
#ifndef LIBVMMALLOC_H
#define LIBVMMALLOC_H 1

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the API, "1.1". A library serves if its major version is the same and its minor one no smaller. */
#define VMMALLOC_MAJOR_VERSION 1
#define VMMALLOC_MINOR_VERSION 1

/** The smallest pool, in bytes. */
#define VMMALLOC_MIN_POOL ((size_t)(1024 * 1024 * 14))

/** What a fork did to the heap. */
enum vmmalloc_fork_action {
    VMMALLOC_FORK_ACTION_NONE = 0,            /**< nothing: mode 0, or the pool was private already */
    VMMALLOC_FORK_ACTION_REMAP = 1,           /**< the pool was remapped MAP_PRIVATE */
    VMMALLOC_FORK_ACTION_REFLINK = 2,         /**< the child's file is a clone by FICLONE */
    VMMALLOC_FORK_ACTION_COPY_FILE_RANGE = 3, /**< the child's file was made by copy_file_range(2) */
    VMMALLOC_FORK_ACTION_PMEM = 4,            /**< ... by libpmem's non-temporal stores */
    VMMALLOC_FORK_ACTION_MEMORY = 5,          /**< ... written from the mapping */
    VMMALLOC_FORK_ACTION_REFUSED = 6,         /**< fork returned -1, or its child left with status 71 */
    VMMALLOC_FORK_ACTION_CLASSIC = 7,         /**< ... written whole, in use or not: for comparison, never chosen */
    VMMALLOC_FORK_ACTION_DEFERRED = 8         /**< the child copies; its own report says what became of that */
};

/** Which side of a fork copies. */
enum vmmalloc_fork_copier {
    VMMALLOC_FORK_COPIER_PARENT = 0, /**< the parent, before it forks */
    VMMALLOC_FORK_COPIER_CHILD = 1   /**< the child, before its fork() returns */
};

/** What kept the last fold from finishing. */
enum vmmalloc_fold_obstacle {
    VMMALLOC_FOLD_OBSTACLE_NONE = 0,
    VMMALLOC_FOLD_OBSTACLE_CHILDREN = 1,            /**< a child needs the file */
    VMMALLOC_FOLD_OBSTACLE_THREADS = 2,             /**< other threads may write, and cannot be made to wait */
    VMMALLOC_FOLD_OBSTACLE_ASYNCHRONOUS_WRITES = 3, /**< so may the kernel: O_DIRECT, io_uring, aio, devices */
    VMMALLOC_FOLD_OBSTACLE_LOCKS = 4,               /**< memory of the heap is locked */
    VMMALLOC_FOLD_OBSTACLE_NO_ROOM = 5,             /**< the file system is full */
    VMMALLOC_FOLD_OBSTACLE_MEANS = 6,               /**< a descriptor, /proc or addresses are missing */
    VMMALLOC_FOLD_OBSTACLE_MODE = 7                 /**< the heap is private for good */
};

/** The layout of struct vmmalloc_fork_report that this header declares. Version 1 ended with `resume_ns`; callers that
 * were compiled with it still work. */
#define VMMALLOC_FORK_REPORT_VERSION 2

/** The last fork of this process; in a child that has not forked, the fork that made it. */
struct vmmalloc_fork_report {
    uint32_t version;      /**< in: VMMALLOC_FORK_REPORT_VERSION, the layout that the caller knows */
    uint32_t mode;         /**< VMMALLOC_FORK */
    uint32_t action;       /**< enum vmmalloc_fork_action */
    int32_t error;         /**< errno of a copy that failed, if the fork was refused or fell back, or if
                                this child stayed private (action REMAP); or 0 */
    uint64_t forks;        /**< forks of this process so far, including refused ones */
    uint64_t bytes_live;   /**< bytes of extents in use when the fork began */
    uint64_t bytes_copied; /**< bytes that the copy wrote */
    uint64_t bytes_shared; /**< bytes in use that both files share after a reflink */
    uint64_t reserve_ns;   /**< nanoseconds before any lock was taken */
    uint64_t prepare_ns;   /**< with all allocator locks held: other threads of the program wait for malloc */
    uint64_t fork_ns;      /**< from there to the parent's (in the child: to the child's) handler */
    uint64_t resume_ns;    /**< in that handler, without `copy_ns` */
    uint32_t copier;        /**< enum vmmalloc_fork_copier: who copied, or PARENT if nobody did */
    uint32_t fold_obstacle; /**< enum vmmalloc_fold_obstacle: why `bytes_to_fold` waited */
    uint64_t copy_ns;       /**< in a child that copied: the nanoseconds of its copy */
    uint64_t bytes_to_fold; /**< bytes of the pool that earlier forks made private, and that no fold had brought back to
                                 the file when the fork began */
    uint64_t folds;         /**< folds of this process so far that left nothing private */
    uint64_t fold_bytes;    /**< bytes that all its folds, complete or not, have written to the file */
    uint64_t fold_ns;       /**< nanoseconds that they took */
    uint64_t fold_longest_ns; /**< nanoseconds of the longest run of a fold, for which the program paused */
};

/** Fills `report`, whose `version` the caller has set. Returns 0; or -1 with errno EINVAL if this library does not know
 * that version, ENODATA if there has been no fork yet. May be called from any thread; async-signal-safe. */
int vmmalloc_fork_report(struct vmmalloc_fork_report *report);

/** Moves what a fork has made private of the heap back to the pool file (VMMALLOC_FOLD). The library does that little
 * by little in malloc and free; a program that knows a quiet moment can call this. Returns 0 if nothing is private any
 * more; or -1 with errno
 *   EBUSY if a child needs the file;
 *   EAGAIN if other threads are running that cannot be made to wait (on tmpfs they can, through userfaultfd(2)), or if
 *     the kernel may write to the heap by itself (a descriptor with O_DIRECT, io_uring, aio, devices): then only free
 *     memory is folded; also if memory of the heap is locked;
 *   ENOSPC if the file system has no room;
 *   ENOTSUP if the heap is private for good, or a means is missing.
 * What has been folded by then stays folded. May be called from any thread; not async-signal-safe. */
int vmmalloc_fold(void);

/* VMMALLOC_FORK_LOG names a file to which processes append such reports as lines of JSON, one write(2) per line:
 *
 *   {"pid":..,"fork":..,...}
 *       A fork, from the process that forked: `mode` to `resume_ns`, `bytes_to_fold`, `fold_obstacle`.
 *   {"child":..,"parent":..,"fork":..,...}
 *       A copy that a child made or could not make, from the child: `mode` to `bytes_shared`, `copy_ns`, `resume_ns`.
 *   {"pid":..,"folds":..,"bytes":..,"fold_ns":..,"longest_ns":..,"bytes_to_fold":..,"fold_obstacle":..}
 *       From a process after each complete fold, and if a fold that was asked for met an obstacle: sums since the
 *       process began, and what waits now.
 *
 * `fork` is the number of the fork in its process, from 1. `copier`, `action` and `fold_obstacle` are words, the others
 * numbers. Fields may be added. docs/fork-log.md has them all. */

#ifdef __cplusplus
}
#endif
#endif
