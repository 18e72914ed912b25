"""Reading XML with suspicion: no document types, hence no entities of anybody's making; neither files nor network."""

from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from channels_social.reading import Node, node
from csplatform.gateway.errors import Unreadable

MOST_DEPTH = 20


def read_xml(body: bytes) -> Node:
    """Return what stands inside the root element: texts by name, what has children as an object, repeats as a list.

    Raises Unreadable.
    """
    tree = _Tree()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = tree.refuse
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError) as error:
        raise Unreadable(f"the body is not XML: {type(error).__name__}") from error
    return node(tree.root, "")


class _Tree:
    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []

    def refuse(self, *_declared: object) -> None:
        raise Unreadable("the body declares a document type, which no platform does")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) == MOST_DEPTH:
            raise Unreadable("the body is nested too deeply")
        self._open.append((name, {}, []))

    def text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, children, texts = self._open.pop()
        value: Any = children or "".join(texts)
        if not self._open:
            self.root = value
            return
        beside = self._open[-1][1]
        if name not in beside:
            beside[name] = value
        elif isinstance(beside[name], list):
            beside[name].append(value)
        else:
            beside[name] = [beside[name], value]
