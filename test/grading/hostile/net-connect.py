# expect: stopped:violation
import socket
def f():
    with socket.create_connection(("127.0.0.1", @PORT@), 1) as connection:
        connection.sendall(b"hello")
