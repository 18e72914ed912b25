"""Files that do something when they are opened. Pure."""

from collections.abc import Iterable

from csplatform.gateway.contract import FileBytes, InboundAttachment

_PROGRAMS = """
    exe scr pif com bat cmd cpl msi msp msix appx dll sys js jse mjs vbs vbe wsf wsh wsc sct hta lnk url scf
    reg ps1 psm1 jar jnlp chm hlp inf gadget application diagcab library-ms searchconnector-ms
    settingcontent-ms iso img vhd vhdx dmg pkg command apk xll xlam ppam docm dotm xlsm xltm pptm potm ade adp
    mde accde one html htm xhtml shtml mht mhtml svg xsl
"""
_DANGEROUS = frozenset(_PROGRAMS.split())
_DOCUMENTS = frozenset("pdf doc docx xls xlsx ppt pptx odt ods txt rtf csv jpg jpeg png gif zip mp3 mp4".split())  # noqa: SIM905
_ARCHIVES = frozenset({"zip", "rar", "7z", "gz", "ace", "cab", "arj", "z", "xz"})
_EXECUTABLE = b"MZ"


def is_dangerous(files: Iterable[InboundAttachment]) -> bool:
    """Tell whether any of `files` runs, installs or redirects: by its name's ending, or by how its bytes begin."""
    return any(_is_dangerous_name(file.name) or _is_program(file) for file in files)


def _is_dangerous_name(name: str) -> bool:
    stem, *endings = [part.strip() for part in name.lower().rstrip(". ").split(".")]
    if not endings or not (stem or endings[:-1]):
        return False
    if endings[-1] in _DANGEROUS:
        return True
    # invoice.pdf.zip: a picture or a document that is neither
    return endings[-1] in _ARCHIVES and len(endings) > 1 and endings[-2] in (_DOCUMENTS | _DANGEROUS) - _ARCHIVES


def _is_program(file: InboundAttachment) -> bool:
    if file.content_type.startswith("text/") or not isinstance(file.content, FileBytes):
        return False
    return file.content.data.startswith(_EXECUTABLE)
