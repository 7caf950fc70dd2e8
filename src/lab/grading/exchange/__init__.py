"""What passes between a student's kernel and the judge: data, and calls whose values are data.

This package alone is copied into the sandbox of the student's kernel: nothing in it knows a truth.
"""
