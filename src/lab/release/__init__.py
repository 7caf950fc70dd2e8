"""``lab course release``: what students receive, made from the instructors' branch.

* `selection` says which files are published, and that the rest holds together without the others;
* `leaks` looks for solutions in what would be published;
* `chapters` tells students what changed, chapter by chapter;
* `forks` makes simulated students' copies, `rehearsal` updates them before anything is published;
* `publish` plans a release (a commit, a tag) and does it.

Everything is read from a commit, never from the files of the checkout.
"""
