# info_bad.py - makes the files of info_bad.sh from tiny.tk, in this directory
import struct
import sys
import os

sys.path.insert(0, os.path.join(os.environ["TK_SRC"], "tests", "oracle"))
