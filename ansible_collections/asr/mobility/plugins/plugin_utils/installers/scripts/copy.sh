# shellcheck shell=sh
# Copy an installer that lies on the target into staging, so that nobody can change it while it is used.
# Variables: ASR_SOURCE, ASR_DEST.
if [ ! -f "$ASR_SOURCE" ]; then
    echo "there is no file $ASR_SOURCE"
    exit 1
fi
cp -- "$ASR_SOURCE" "$ASR_DEST"
