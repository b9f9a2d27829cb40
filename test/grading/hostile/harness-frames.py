# expect: returned
import sys
def f():
    frame = sys._getframe()
    names = []
    while frame:
        names.append(frame.f_code.co_filename)
        for key, value in list(frame.f_locals.items()):
            if isinstance(value, (str, list)) and key in ("text", "arguments", "name"):
                names.append(key)
        frame = frame.f_back
    return "walked"
