#!/usr/bin/env bash
# XFS: clones a file of 256 MiB (FICLONE), then rewrites one 4 KiB page in each 128 KiB of the source.
#
# One would guess: copy-on-write in blocks of 4 KiB takes 8 MiB for 8 MiB of pages.
# Found: it takes 256 MiB, as much as a full copy. Each write reserves a piece of the default copy-on-write extent size,
#   128 KiB. With a copy-on-write extent size of one block (xfs_io -c 'cowextsize 4k'), it takes what one would guess.
# Versions: Linux 6.18, xfsprogs 6.1.
# Seen, 2026-11-28: 256 MiB taken by default, 8 MiB with cowextsize 4k.
source "$(dirname "$0")/prelude.sh"
needs_mounts
command -v mkfs.xfs >/dev/null && command -v xfs_io >/dev/null || skip "xfsprogs is missing"
truncate -s 1500M "$scratch/image"
mkfs.xfs -q -f -m reflink=1 "$scratch/image"
mkdir "$scratch/xfs"
mount -o loop "$scratch/image" "$scratch/xfs"
cat >"$scratch/clone.py" <<'P'
import fcntl
import os
import sys

FICLONE = 0x40049409
size, step = 256 << 20, 128 << 10
source = os.open(sys.argv[1], os.O_RDWR)
for at in range(0, size, 1 << 20):
    os.pwrite(source, os.urandom(1 << 20), at)
os.fsync(source)
clone = os.open(sys.argv[1] + ".clone", os.O_RDWR | os.O_CREAT)
fcntl.ioctl(clone, FICLONE, source)
os.fsync(clone)


def used():
    status = os.statvfs(sys.argv[1])
    return (status.f_blocks - status.f_bfree) * status.f_frsize


before = used()
for at in range(0, size, step):
    os.pwrite(source, b"x" * 4096, at)
os.fsync(source)
print((used() - before) >> 20, end="")
P
touch "$scratch/xfs/default" "$scratch/xfs/small"
xfs_io -c 'cowextsize 4k' "$scratch/xfs/small"
seen "MiB taken by 8 MiB of scattered writes" "$(python3 "$scratch/clone.py" "$scratch/xfs/default")" 256
rm "$scratch"/xfs/default*
seen "the same with cowextsize 4k" "$(python3 "$scratch/clone.py" "$scratch/xfs/small")" 8
umount "$scratch/xfs"
verdict "$(mkfs.xfs -V)"
