#!/usr/bin/env bash
# io_uring_register(2) of a buffer in a mapping of a file on a disk file system.
#
# One would guess: the file system decides, so MAP_SHARED and MAP_PRIVATE of one file are both accepted or both refused.
# Found: on ext4, MAP_SHARED fails with EFAULT and MAP_PRIVATE works, since the private page that a write has made is
#   anonymous memory. On tmpfs both work. RDMA and vfio pin pages through the same kernel function; they were not tried.
# Versions: Linux 6.18.
# Seen, 2026-11-29: ext4 EFAULT and ok, tmpfs ok and ok.
source "$(dirname "$0")/prelude.sh"
compile gcc pins <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int count, char **arguments) {
    struct io_uring_params parameters = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring == -1) {
        printf("no io_uring");
        return 0;
    }
    int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(arguments[1]);
    if (file == -1 || ftruncate(file, 1 << 20) != 0) return 1;
    const int kinds[] = {MAP_SHARED, MAP_PRIVATE};
    for (int i = 0; i < 2; i++) {
        char *buffer = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, kinds[i], file, 0);
        buffer[0] = 1;
        struct iovec range = {buffer, 4096};
        long result = syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &range, 1);
        printf("%s%s", i == 0 ? "" : ", ", result == 0 ? "ok" : strerrorname_np(errno));
        if (result == 0) syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS, NULL, 0);
    }
}
C
on_tmpfs=$("$scratch/pins" /dev/shm/finding.$$)
[[ $on_tmpfs == "no io_uring" ]] && skip "io_uring is not to be had here"
seen "MAP_SHARED, MAP_PRIVATE on tmpfs" "$on_tmpfs" "ok, ok"
[[ $(stat -f -c %T "$scratch") == ext2/ext3 ]] || skip "the temporary folder is not on ext4"
seen "MAP_SHARED, MAP_PRIVATE on ext4" "$("$scratch/pins" "$scratch/file")" "EFAULT, ok"
verdict "io_uring"
