"""The bank's XML, read with care: a document type, and with it every entity, is refused.

The standard library's parser would expand entities that a document declares, and a few lines can
grow to gigabytes so. They can be declared in a document type only, which the bank never sends; so
that is where reading ends, in whatever encoding it is written. What is not well-formed ends there too.
"""

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from collector.plugin import BadResponse


def parsed(body: bytes, *, root: str, where: str) -> Element:
    """The document's root element.

    Raises:
        BadResponse: it is no XML, has a document type, or another root.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refused
    parser.EntityDeclHandler = _refused
    parser.StartElementHandler = lambda name, attributes: builder.start(name, attributes)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)
        found = builder.close()
    except (expat.ExpatError, _HasDoctype, LookupError, ValueError, AssertionError) as error:
        told = "a document type" if isinstance(error, _HasDoctype) else _beginning(body)
        raise BadResponse(expected=f"rates as XML ({root})", where=where, got=told) from error
    if found.tag != root:
        raise BadResponse(expected=f"rates as XML ({root})", where=where, got=f"<{found.tag}>")
    return found


class _HasDoctype(Exception):
    pass


def _refused(*_: object) -> NoReturn:
    raise _HasDoctype


def _beginning(body: bytes) -> str:
    return body[:200].decode("windows-1251", errors="replace")
