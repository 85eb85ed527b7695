#!/usr/bin/env bash
# copy_file_range(2) of a 64 MiB file that is one hole, on tmpfs and ext4.
#
# One would guess: a call that exists so that the file system can copy cleverly leaves holes as holes.
# Found: tmpfs and ext4 write zeroes, so the copy has all its blocks. To keep holes, a program must find them with
#   SEEK_DATA and copy in pieces.
# Versions: Linux 6.18.
# Seen, 2026-11-28: no block in the source, 64 MiB in the copy, on both.
source "$(dirname "$0")/prelude.sh"
copied() {
    python3 - "$1" <<'P'
import os
import sys

size = 64 << 20
source, copy = (os.open(sys.argv[1] + end, os.O_RDWR | os.O_CREAT | os.O_TRUNC) for end in ("-source", "-copy"))
os.unlink(sys.argv[1] + "-source")
os.unlink(sys.argv[1] + "-copy")
os.truncate(source, size)
left = size
while left:
    left -= os.copy_file_range(source, copy, left)
print(", ".join(str(os.fstat(file).st_blocks >> 11) for file in (source, copy)), end="")
P
}
seen "MiB of blocks in source, in copy, on tmpfs" "$(copied /dev/shm/finding.$$)" "0, 64"
[[ $(stat -f -c %T "$scratch") == ext2/ext3 ]] && seen "the same on ext4" "$(copied "$scratch/file")" "0, 64"
verdict "tmpfs"
