# expect: stopped:violation
import socket
def f():
    server = socket.socket()
    server.bind(("0.0.0.0", 0))
    server.listen()
    return server.getsockname()
