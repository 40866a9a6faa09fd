# shellcheck shell=sh
# Needs private.sh and sha256.sh. UPLOAD: file in the login user's upload directory. DESTINATION: file to be, in a
# private directory. SHA256: what the file must have. SIZE: its bytes, when nobody has counted them. LAST: not empty
# when the upload directory is needed no more. Copied, not moved: the login user may hold the upload open.
# shellcheck disable=SC2154 # the variables are set by the target
asr_require_private "${DESTINATION%/*}"
if [ -L "$UPLOAD" ] || [ ! -f "$UPLOAD" ]; then asr_fail missing "no file $UPLOAD"; fi
asr_copy=$DESTINATION.part
rm -f "$asr_copy"
asr_message=$(cat "$UPLOAD" 2>&1 >"$asr_copy") || {
    rm -f "$asr_copy"
    case $asr_message in
        *'No space left'*) asr_fail space "$asr_message" ;;
        *) asr_fail failed "$asr_message" ;;
    esac
}
asr_size=$(wc -c <"$asr_copy" | tr -d ' ')
[ "${SIZE:-$asr_size}" = "$asr_size" ] || {
    rm -f "$asr_copy"
    asr_fail cut "$asr_size bytes of $UPLOAD on the host"
}
asr_found=$(asr_sha256 "$asr_copy")
case $asr_found in
    "$SHA256") ;;
    error=*)
        rm -f "$asr_copy"
        asr_fail tool "no sha256sum"
        ;;
    *)
        rm -f "$asr_copy"
        asr_fail checksum "sha256 $asr_found of $UPLOAD"
        ;;
esac
mv -f "$asr_copy" "$DESTINATION" || asr_fail failed "cannot write $DESTINATION"
rm -f "$UPLOAD"
asr_folder=${UPLOAD%/*}
# its owner file goes only with it: without that nobody could tell later whose directory it was
if [ -n "$LAST" ] && [ ! -L "$asr_folder" ] && [ "$(ls -A "$asr_folder")" = owner ] &&
    rm -f "$asr_folder/owner" && rmdir "$asr_folder" 2>/dev/null; then
    echo upload=gone
else
    echo upload=kept
fi
