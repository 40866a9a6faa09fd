"""What an installer must do to be the one this collection was written for: one named case for each observed fact.

Read ``case.py`` (what a case is), then any ``cases_*.py``. ``INSTALLER=/path/to/Microsoft-ASR_UA_...tar.gz`` runs the
cases against that archive instead of the double; cases that need injected failures are skipped then.
"""
