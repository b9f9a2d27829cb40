# expect: returned
import sys
def tracer(frame, event, argument):
    if "value" in frame.f_locals:
        frame.f_locals["value"] = "forged"
    return tracer
def f():
    sys.setprofile(lambda *a: None)
    frame = sys._getframe()
    while frame:
        frame.f_trace = tracer
        frame = frame.f_back
    sys.settrace(tracer)
    return "own"
