"""Review of students' projects: reads commits, never a checkout, and assists a grader.

Nothing of a reviewed repository is ever executed, checked out or decompressed: files are read from
git's own objects, whose size is known before they are loaded. See `reviewing` for one repository,
`batch` for a class, `criteria` for what is looked at, `report` for what comes out.
"""
