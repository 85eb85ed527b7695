/** @file libvmmalloc.h
 *  The interface of libvmmalloc beyond malloc(3): API version 1.1 of the original library, and one call of our own.
 *  See libvmmalloc(7). */
#ifndef LIBVMMALLOC_H
#define LIBVMMALLOC_H 1

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the API, "1.1". A library with the same major version and no smaller minor one serves. */
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
    VMMALLOC_FORK_ACTION_CLASSIC = 7          /**< ... written whole, in use or not: for comparison, never chosen */
};

/** The layout of struct vmmalloc_fork_report that this header declares. */
#define VMMALLOC_FORK_REPORT_VERSION 1

/** The last fork of this process; in a child that has not forked, the fork that made it. */
struct vmmalloc_fork_report {
    uint32_t version;      /**< in: VMMALLOC_FORK_REPORT_VERSION, the layout that the caller knows */
    uint32_t mode;         /**< VMMALLOC_FORK */
    uint32_t action;       /**< enum vmmalloc_fork_action */
    int32_t error;         /**< errno of a copy that failed, where the fork was refused or fell back; or 0 */
    uint64_t forks;        /**< forks of this process so far, those refused included */
    uint64_t bytes_live;   /**< bytes of extents in use when the fork began */
    uint64_t bytes_copied; /**< bytes that the copy wrote */
    uint64_t bytes_shared; /**< bytes in use that both files share after a reflink */
    uint64_t reserve_ns;   /**< nanoseconds before any lock was taken */
    uint64_t prepare_ns;   /**< with all allocator locks held: other threads of the program wait for malloc */
    uint64_t fork_ns;      /**< from there to the parent's (in the child: to the child's) handler */
    uint64_t resume_ns;    /**< in that handler */
};

/** Fills `report`, whose `version` the caller has set. Returns 0; or -1 with errno EINVAL for a version that this
 * library does not know, ENODATA if there was no fork yet. May be called from any thread; async-signal-safe. */
int vmmalloc_fork_report(struct vmmalloc_fork_report *report);

#ifdef __cplusplus
}
#endif
#endif
