# expect: raised = GeneratorExit
def f():
    raise GeneratorExit
