# expect: stopped:violation
import socket
def f():
    return socket.getaddrinfo("example.org", 80)
