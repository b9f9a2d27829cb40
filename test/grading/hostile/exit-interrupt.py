# expect: raised = KeyboardInterrupt
def f():
    raise KeyboardInterrupt
