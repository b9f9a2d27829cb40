# expect: raised|stopped:violation
import http.client
def f():
    connection = http.client.HTTPConnection("127.0.0.1", @PORT@)
    connection.request("GET", "/")
    return connection.getresponse().read()
