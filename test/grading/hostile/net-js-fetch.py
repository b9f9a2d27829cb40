# expect: stopped:violation
def f():
    import js
    js.fetch("http://127.0.0.1:@PORT@/")
    js.WebSocket.new("ws://127.0.0.1:@PORT@/")
