# shellcheck shell=bash
# Telemetry of the setup programs: one summary file for each run.

# Needs: SCENARIO_TYPE, SUMMARY_KIND (install, config), RUN_ID, STARTED.
write_summary() { # exit-code
    local file=${SUMMARY_FILE:-$TELEMETRY_DIR/ASR${SUMMARY_KIND}summary_$(date +%Y_%m_%d_%H_%M_%S_%N).json}
    local status=Success result=Success
    case $1 in 0 | 98) ;; *) status=Failed result=Failed ;; esac
    mkdir -p "$(dirname "$file")" 2>/dev/null || return 0
    {
        printf '{"StartTime":"%s","ComponentVersion":"%s","ExistingVersion":"%s",' "$STARTED" "${NEW_VERSION:-}" "${OLD_VERSION:-}"
        printf '"InstallType":"%s","InstallStatus":"%s","ExitCode":"%s",' "$SCENARIO_TYPE" "$status" "$1"
        printf '"MachineIdentifier":"%s","BIOSid":"%s","HostName":"%s",' "$(cat /etc/machine-id 2>/dev/null)" "$(bios_id)" "$(uname -n)"
        printf '"HostId":"%s","InstallScenario":"%s","InstallRole":"%s",' "$(conf_get /usr/local/drscout.conf HostId)" "${PLATFORM:-}" "${ROLE_NAME:-}"
        printf '"InvokerType":"%s","OsDistro":"%s","OSkernel":"%s",' "${INVOKER:-CommandLine}" "${OS_TAG:-}" "$(uname -r)"
        printf '"RUNID":"%s","EndTime":"%s","OperationDetails":[' "$RUN_ID" "$(date '+%Y-%m-%d %H:%M:%S')"
        printf '{"ScenarioName":"%s","OperationName":"%s","Result":"%s","ErrorCode":"%s","Message":""}]}\n' \
            "$SCENARIO_TYPE" "$SUMMARY_KIND" "$result" "$1"
    } 2>/dev/null >"$file" || :
}
