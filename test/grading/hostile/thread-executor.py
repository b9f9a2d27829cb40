# expect: raised
from concurrent.futures import ThreadPoolExecutor
def f():
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(str, range(4)))
