"""Where the bundle made by PyInstaller begins: the command `thaw`, without a Python beside it."""

import multiprocessing
import sys


def main() -> None:
    """Run the command line; or, started as `thaw -P -c PROGRAM`, that program.

    The studio tries Qt, and writes and checks models, in processes of their own, which it starts as Python. In a
    bundle, `sys.executable` is the bundle.
    """
    multiprocessing.freeze_support()
    if sys.argv[1:3] == ["-P", "-c"] and len(sys.argv) > 3:
        program = sys.argv[3]
        sys.argv = ["-c", *sys.argv[4:]]
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
        return
    from studio.__main__ import run

    run()


main()
