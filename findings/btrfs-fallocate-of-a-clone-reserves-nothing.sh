#!/usr/bin/env bash
# btrfs: clones a file (FICLONE) and calls posix_fallocate(3) for the whole clone.
#
# One would guess: POSIX says that after posix_fallocate, writes to that range do not fail for lack of space. If the
#   space cannot be had, posix_fallocate fails: XFS returns ENOSPC when it has no room.
# Found: it succeeds and takes no blocks, since the range already has blocks: the shared ones. When the file system is
#   full, the first write into the range fails with ENOSPC.
# Versions: Linux 6.18, btrfs-progs 6.2.
# Seen, 2026-11-28: fallocate ok, 0 MiB taken; on the full file system write refused with ENOSPC.
source "$(dirname "$0")/prelude.sh"
needs_mounts
command -v mkfs.btrfs >/dev/null || skip "btrfs-progs is missing"
truncate -s 700M "$scratch/image"
mkfs.btrfs -q -m single -d single "$scratch/image" >/dev/null 2>&1
mkdir "$scratch/btrfs"
mount -o loop "$scratch/image" "$scratch/btrfs"
seen "clone, fallocate, fill, write" "$(python3 - "$scratch/btrfs" <<'P'
import errno
import fcntl
import os
import sys

FICLONE = 0x40049409
size = 200 << 20
directory = sys.argv[1]


def make(name):
    return os.open(os.path.join(directory, name), os.O_RDWR | os.O_CREAT)


def used():
    os.sync()
    status = os.statvfs(directory)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def refusal(write):
    try:
        write()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def fill(file):
    while True:
        os.write(file, os.urandom(1 << 20))


source, clone, ballast = make("source"), make("clone"), make("ballast")
for at in range(0, size, 1 << 20):
    os.pwrite(source, os.urandom(1 << 20), at)
os.fsync(source)
fcntl.ioctl(clone, FICLONE, source)
before = used()
reserved = refusal(lambda: os.posix_fallocate(clone, 0, size))
taken = (used() - before) >> 20
filled = refusal(lambda: fill(ballast))
os.sync()
written = refusal(lambda: os.pwrite(clone, os.urandom(1 << 20), 0))
print(f"fallocate {reserved}, {taken} MiB taken, fill {filled}, write {written}", end="")
P
)" "fallocate ok, 0 MiB taken, fill ENOSPC, write ENOSPC"
umount "$scratch/btrfs"
verdict "$(mkfs.btrfs --version)"
