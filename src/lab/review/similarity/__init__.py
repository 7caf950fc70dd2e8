"""Code that two projects of a class share, beyond the course's: a question, never a verdict.

The matching is jscpd's, a copy detector that is kept up (Rust, MIT, wheels for Linux, macOS and
Windows, no Node.js): it finds blocks of tokens whose names were consistently changed. We only give
it the student's own code (`stripping`), and weigh what it finds (`weighing`).

What else was looked at, on the labelled set of tests/review/labelled.py (copies renamed,
reordered, with lines added, with other texts, in a notebook, one function taken; 48 pairs to find)
and, harder, on the 1431 pairs of the course's own sources, written by the same hand for different
purposes:

====================================  =========  ======  ========================  ==============
tool                                  precision  recall  pairs of the course told  40 classes of 9
====================================  =========  ======  ========================  ==============
jscpd 5.4, names aside, 8 lines       1.00       0.98    4 (which do look alike)   1.5 s
jscpd 5.4, names aside, any block     1.00       1.00    30                        1.5 s
copydetect 0.5, at 20 %               1.00       0.94    205                       8.3 s
copydetect 0.5, at 10 %               1.00       1.00    316                       8.3 s
Pygments and k-grams of 24 tokens     1.00       1.00    155                       2.7 s
jscpd 5.4, exact                      1.00       0.19                              2.1 s
====================================  =========  ======  ========================  ==============

copydetect has had no release since March 2024; compare50 wants an attrs (< 21) that other libraries
of the lab refuse; of dolos the registry has parts only, which need Node.js; MinHash (datasketch)
compares whole sets, and does not see one function taken by a bigger project; rapidfuzz compares two
texts, in order.
"""
