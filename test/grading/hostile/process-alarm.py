# expect: raised|stopped:crash|stopped:violation
import signal, time
def f():
    signal.signal(signal.SIGALRM, lambda *a: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.alarm(1)
    signal.raise_signal(signal.SIGTERM)
    raise RuntimeError
