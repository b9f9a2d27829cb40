# expect: returned
def f():
    value = {}
    value["self"] = [value]
    return value
