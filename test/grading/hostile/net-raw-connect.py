# expect: stopped:violation
import _socket
def f():
    connection = _socket.socket(2, 1, 0)
    connection.connect(("127.0.0.1", @PORT@))
    connection.send(b"hello")
