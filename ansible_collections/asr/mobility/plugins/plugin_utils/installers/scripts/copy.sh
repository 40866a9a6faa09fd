# shellcheck shell=sh
# Copy an installer that lies on the target into staging, so that nobody can change it while it is used.
# Variables: ASR_SOURCE, ASR_DEST. Ends with 0, with 1 when there is no such file, with 5 when it cannot be copied.
if [ ! -f "$ASR_SOURCE" ]; then
    echo "there is no file $ASR_SOURCE"
    exit 1
fi
cp -- "$ASR_SOURCE" "$ASR_DEST" || exit 5
