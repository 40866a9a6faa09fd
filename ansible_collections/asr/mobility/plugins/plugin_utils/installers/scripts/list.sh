# shellcheck shell=sh
# Print the members of an archive as `tar -tvf` does, changing nothing. Follows decompress.sh.
# Variables: ASR_ARCHIVE (absolute path), ASR_COMPRESSION (gzip, xz, lzma).
# Ends with 0, with 3 when a tool is missing, with 4 when the archive is damaged. What the tools complain about comes
# last: no line of it looks like a member, so the strict reader of the listing refuses the archive.
LC_ALL=C
export LC_ALL
asr_choose_decompressor
exec 4>&1
# GNU tar: names as they are stored, instead of without their beginning and with a complaint about it.
case $(tar --version 2>&1) in
    *GNU*) asr_through_tar -P -tvf - ;;
    *) asr_through_tar -tvf - ;;
esac
asr_print_report
asr_both_worked || exit 4
