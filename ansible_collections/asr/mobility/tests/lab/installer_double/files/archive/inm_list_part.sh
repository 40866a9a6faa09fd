# shellcheck shell=bash
# Stand-in: names the disk of the root file system.
df -P / | awk 'NR == 2 { print $1 }'
