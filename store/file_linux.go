package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileID names a file by what stays when it is renamed or changed, and is another in every copy: its inode and its
// birth. The device's number is left out, because a reboot may change it. Where the file system keeps no births, the
// inode alone is there.
func fileID(path string) (string, error) {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &s); err != nil {
		return "", fmt.Errorf("look at %s: %w", path, err)
	}
	id := fmt.Sprintf("inode %d", s.Ino)
	if s.Mask&unix.STATX_BTIME != 0 {
		id += fmt.Sprintf(" born %d.%09d", s.Btime.Sec, s.Btime.Nsec)
	}
	return id, nil
}

// Room is how many bytes the file system of a file has left for us; false where that is not known.
func Room(path string) (free uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
