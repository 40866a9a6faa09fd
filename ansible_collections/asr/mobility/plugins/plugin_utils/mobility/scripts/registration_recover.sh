# shellcheck shell=sh
# Needs registration_keep.sh. A registration died (restart of the host, killed): put back what was there before, unless
# it had come to its end. Variables: as there.
asr_step=
[ ! -f "$ASR_RUN/step" ] || read -r asr_step <"$ASR_RUN/step"
rm -f "$ASR_RUN/given" "$ASR_RUN/secret"
[ "$asr_step" = registered ] || [ "$ASR_WAS_REGISTERED" != 1 ] || asr_restore
exit 0
