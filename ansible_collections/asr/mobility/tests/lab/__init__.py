"""The lab: throw-away hosts with systemd and sshd that the tests, Molecule and the demo run against.

Read in this order: ``places`` (where things lie), ``engine`` (podman), ``images``, ``hosts``, ``inventory``,
``ansible_run``.
``accounts`` is the table of logins the contract matrix walks through, ``snapshot`` the proof that nothing changed.
"""
