# expect: stopped:violation
from js import process
def f():
    return process.env.to_py()
