# expect: raised
import os, pathlib
def f():
    os.makedirs("@FOLDER@", exist_ok=True)
    pathlib.Path("@FOLDER@/new").write_text("here")
