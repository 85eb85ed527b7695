/* What early_library.c leaves for the program. */
#ifndef EARLY_LIBRARY_H
#define EARLY_LIBRARY_H

#define EARLY_SIZE(i) ((size_t)1 << (3 + (i)))
enum { EARLY_BLOCKS = 19 };

extern struct early {
    char *block[EARLY_BLOCKS]; /* block i holds EARLY_SIZE(i) bytes of value i; in the child of the fork, i + 100 */
    int is_child;              /* -1: there was no fork */
    int child_status;          /* the parent's wait status of its child */
} early;

#endif
