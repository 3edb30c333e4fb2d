# SPDX-License-Identifier: MIT
"""page.py - what a page of tkinfo --html holds, read without a browser

Only Python's standard library.
"""
import base64
import json
from html.parser import HTMLParser

VOID = {'meta', 'input'}


class Element:
    def __init__(self, tag, attrs):
        self.tag, self.attrs, self.parts = tag, dict(attrs), []

    def text(self):
        return ''.join(p if isinstance(p, str) else p.text()
                       for p in self.parts)

    def all(self, tag=None, **attrs):
        """This and what is in it, by tag and attributes; class_ for class"""
        attrs = {k.rstrip('_').replace('_', '-'): v for k, v in attrs.items()}
        out = [self] if (tag is None or self.tag == tag) and all(
            self.attrs.get(k) == v for k, v in attrs.items()) else []
        for p in self.parts:
            out += [] if isinstance(p, str) else p.all(tag, **attrs)
        return out

    def one(self, tag=None, **attrs):
        found = self.all(tag, **attrs)
        assert len(found) == 1, (tag, attrs, len(found))
        return found[0]


class Reader(HTMLParser):
    """Every element must be closed, in its order"""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element('', ())
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        assert not any(n.startswith('on') for n in names), (tag, names)
        e = Element(tag, attrs)
        self.open[-1].parts.append(e)
        if tag not in VOID:
            self.open.append(e)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open[-1].tag == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, (tag, self.open[-1].tag)
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].parts.append(data)

    def handle_comment(self, data):
        raise AssertionError('a comment: ' + data)


class Page:
    def __init__(self, path):
        with open(path, 'rb') as f:
            self.bytes = f.read()
        self.source = self.bytes.decode()
        reader = Reader()
        reader.feed(self.source)
        reader.close()
        assert reader.open == [reader.root], reader.open
        self.root = reader.root
        ids = [e.attrs['id'] for e in self.root.all() if 'id' in e.attrs]
        assert len(ids) == len(set(ids)), ids
        self.facts = json.loads(self.one(id='tkinfo').text(),
                                parse_constant=lambda c: 1 / 0)
        self.facts_page = self.facts['page']

    def one(self, tag=None, **attrs):
        return self.root.one(tag, **attrs)

    def blob(self, name):
        found = self.root.all(id=name)
        return base64.b64decode(found[0].text(), validate=True) \
            if found else b''

    def tokens(self):
        """All of them, as bytes"""
        text, out, at, length, shift = self.blob('b-tokens'), [], 0, 0, 0
        for byte in self.blob('b-lengths'):
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                out.append(text[at:at + length])
                at, length, shift = at + length, 0, 0
        assert at == len(text) and not shift
        return out

    def places(self):
        """(x, y) of 16 bits, None where a token has no place"""
        b = self.blob('b-places')
        return [None if b[i] == b[i + 1] == 255 else
                (b[i] | b[i + 1] << 8, b[i + 2] | b[i + 3] << 8)
                for i in range(0, len(b), 4)]

    def nearest(self):
        """id -> [(id, cosine)]"""
        b, out = self.blob('b-nearest'), {}
        for at in range(0, len(b), 53):
            rows = [(int.from_bytes(b[i:i + 3], 'little'),
                     int.from_bytes(b[i + 3:i + 5], 'little', signed=True)
                     / 32767) for i in range(at + 3, at + 53, 5)]
            out[int.from_bytes(b[at:at + 3], 'little')] = [
                r for r in rows if r[0] != 0xffffff]
        return out
