"""``lab sync``: upstream's updates come into a student's fork, and never cost a line.

    git        the real git, on one repository; nothing here goes through a shell
    history    what upstream published, and the version that the student started from
    paths      which file follows whom: pure, on lists of paths
    cells      notebooks, merged cell by cell: pure, on JSON
    contents   one file that both changed: text, notebook, or neither
    obstacles  untracked files in the way, upstream's versions laid beside
    journal    what a sync did, so that it can be undone
    update     the plan of an update; writes nothing that the student can see
    act        does it, and undoes it
    driver     the same merge of notebooks, for plain ``git pull``
    report     what happened, file by file

The policy is written for students, as numbered cases, in Introduction/MISES_A_JOUR.rst; each
case has its test in tests/sync/test_cases.py.
"""
