"""`python -m lab`: the `lab` command."""

import signal
import sys

if __name__ == "__main__":
    try:
        # `./lab` starts Python deaf to Ctrl-C, so that none meets the interpreter half-started.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from lab.cli import main

        main()
    except KeyboardInterrupt:  # while importing: lab.cli is not there to say it
        sys.stderr.write("Interrompu.\n  → ./lab status\n")
        sys.exit(130)
