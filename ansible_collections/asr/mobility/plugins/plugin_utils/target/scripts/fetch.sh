# shellcheck shell=sh
# Needs private.sh and sha256.sh. SOURCE: any file root can read. UPLOAD: the login user's upload directory.
# COPY: name of the copy there. noclobber: root never writes through a link that the login user could put there.
# shellcheck disable=SC2154 # the variables are set by the target
[ -f "$SOURCE" ] || asr_fail missing "no file $SOURCE"
asr_owner=$(asr_traits "$UPLOAD")
asr_owner=${asr_owner#* }
set -C
cat "$SOURCE" >"$UPLOAD/$COPY" || asr_fail failed "cannot copy $SOURCE to $UPLOAD"
set +C
chown -h "${asr_owner% *}:${asr_owner#* }" "$UPLOAD/$COPY" || asr_fail failed "cannot hand $UPLOAD/$COPY to its user"
printf 'sha256=%s\n' "$(asr_sha256 "$UPLOAD/$COPY")"
printf 'size=%s\n' "$(wc -c <"$UPLOAD/$COPY" | tr -d ' ')"
