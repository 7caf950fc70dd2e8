r"""An IPython extension, loaded by every kernel of the lab: the variable inspector can read French.

The inspector of JupyterLab (lckr_jupyterlab_variableinspector 3.2.4) asks the kernel for a JSON
text, gets Python's `repr` of it, undoes the quotes only, and parses. But `repr` writes a no-break
space, which French puts before ``: ; ! ?``, as ``\xa0``, which JSON does not know: one such
variable, and the panel stays empty without a word. What its queries return is written here so that
it is still JSON when the quotes are undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.lib.pretty import RepresentationPrinter

QUERIES = "_jupyterlab_variableinspector_"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython (``InteractiveShellApp.extensions``)."""

    def show(text: str, printer: RepresentationPrinter, cycle: bool) -> None:
        shown = quoted(text) if _asked_by_inspector(shell) else repr(text)
        printer.text(shown)  # type: ignore[no-untyped-call]

    if shell.display_formatter is not None:
        shell.display_formatter.formatters["text/plain"].for_type(str, show)


def _asked_by_inspector(shell: Any) -> bool:
    content = shell.get_parent().get("content", {}) if hasattr(shell, "get_parent") else {}
    return str(content.get("code", "")).startswith(QUERIES)


def quoted(json_text: str) -> str:
    r"""`json_text` between quotes, without a ``\"``, a ``\\`` or a ``\'`` that could be undone."""
    escaped = json_text.replace("\\\\", "\\u005c").replace('\\"', "\\u0022")
    return f"'{escaped}'"
