# expect: raised
import threading, time
def spin():
    while True:
        time.sleep(1)
def f():
    threading.Thread(target=spin, daemon=True).start()
