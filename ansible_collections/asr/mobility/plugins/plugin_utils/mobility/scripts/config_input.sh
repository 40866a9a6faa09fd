# shellcheck shell=sh
# Ask the installed agent for the text from which the appliance makes a registration file. Variable: ASR_INSTALL_DIR.
"$ASR_INSTALL_DIR/Vx/bin/AzureRcmCli" --getagentconfiginput </dev/null
