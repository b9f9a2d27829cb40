# expect: raised|stopped:violation
import _posixsubprocess, os
def f():
    _posixsubprocess.fork_exec([b"/bin/touch", b"@FOLDER@/made"], [b"/bin/touch"], True, (), None, None, -1, -1, -1, -1, -1, -1, 0, 1, False, False, -1, None, None, None, -1, None)
