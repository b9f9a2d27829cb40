# expect: raised|stopped:violation
import urllib.request
def f():
    return urllib.request.urlopen("http://127.0.0.1:@PORT@/").read()
