"""Reads file names from standard input and writes the tree of each in the format of Dump.

Each file is answered by its lines and one that holds only a full stop; a file that is refused by one line that
begins with an exclamation mark.
"""

import ast
import struct
import sys
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)

PLACELESS = ("Module", "arguments", "comprehension", "withitem", "match_case")


def squash(name):
    return name.replace("_", "").lower()


def quoted(data):
    return '"' + "".join(chr(c) if 32 <= c <= 126 and c not in (34, 92) else "\\x%02x" % c for c in data) + '"'


def bits(value):
    return "float:" + struct.pack(">d", value).hex()


def constant(value):
    if isinstance(value, str):
        return quoted(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, bytes):
        return "b" + quoted(value)
    if value is Ellipsis:
        return "Ellipsis"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, complex):
        return bits(value.imag) + "j"
    return bits(value)


def head(node):
    name = type(node).__name__
    text = squash(name)
    if name not in PLACELESS:
        text += " %d:%d-%d:%d" % (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    if name in ("Constant", "MatchSingleton"):
        text += " value=" + constant(node.value)
    return text


def plain(value):
    """The text of a plain field, or None for one that holds nodes."""
    if isinstance(value, (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)):
        return type(value).__name__
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, list) and isinstance(value[0], (str, ast.cmpop)):
        return ",".join(plain(item) for item in value)
    return None


def dump(node, depth, field, out):
    text = " " * depth + field + head(node)
    children = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or value == [] or name == "value" and " value=" in text:
            continue
        shown = plain(value)
        if shown is None:
            children.append((squash(name) + ": ", value))
        else:
            text += " %s=%s" % (squash(name), shown)
    out.append(text)
    for name, value in children:
        for item in value if isinstance(value, list) else [value]:
            if item is None:
                out.append(" " * (depth + 1) + name + "None")
            else:
                dump(item, depth + 1, name, out)


def answer(path):
    out = []
    try:
        with open(path, "rb") as file:
            dump(ast.parse(file.read()), 0, "", out)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        return "! %s: %s" % (type(problem).__name__, str(problem).replace("\n", " "))
    return "\n".join(out)


def main():
    print("%d %d" % sys.version_info[:2], flush=True)
    for line in sys.stdin:
        sys.stdout.buffer.write((answer(line.rstrip("\n")) + "\n.\n").encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


main()
