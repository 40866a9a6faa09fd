# shellcheck shell=sh
# Needs private.sh and sha256.sh. UPLOAD: file in the login user's upload directory. DESTINATION: file to be, in a
# private directory. SHA256: what the file must have. Copied, not moved: the login user may hold the upload open.
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
