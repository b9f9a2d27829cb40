# expect: raised|not-loaded|stopped:violation
import multiprocessing
def f():
    process = multiprocessing.Process(target=print)
    process.start()
