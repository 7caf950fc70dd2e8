"""Just enough French grammar for generated sentences to agree.

A template is an ordinary format string; nouns answer to format specs:

* ``{acteur}``            → ``la maire de Brest``
* ``{acteur:de}``         → ``de la maire de Brest``, ``du maire``, ``des élus``
* ``{acteur:à}``          → ``à la maire``, ``au maire``, ``aux élus``
* ``{acteur:a|ont}``      → verb by number
* ``{acteur:prêt|prête|prêts|prêtes}`` → adjective by gender and number
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_AFTER_A_STOP = re.compile(r"[.?!] [a-zà-ÿ]")
_VOWELS = "aeiouyhàâéèêëîïôùûœæ"


def typography(text: str) -> str:
    """Return `text` with French apostrophes and no-break spaces (source: Imprimerie nationale)."""
    text = text.replace("'", "\u2019").replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    return re.sub(r" ([:;?!%€])", "\u00a0\\1", text)


def slugify(text: str, limit: int = 80) -> str:
    """Return a lower-case ASCII slug of at most `limit` characters, cut between words."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    # Apostrophes and no-break spaces vanish or turn into spaces above: separate words first.
    words = re.findall(r"[a-z0-9]+", ascii_text if "\u2019" not in text else _spaced(text))
    slug = ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > limit:
            break
        slug = f"{slug}-{word}" if slug else word[:limit]
    return slug


def _spaced(text: str) -> str:
    spaced = text.replace("\u2019", " ")
    return unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()


def capital(sentence: str) -> str:
    """Return `sentence` with capitals after full stops and at the start, guillemet skipped."""
    sentence = _AFTER_A_STOP.sub(_upper, sentence)
    if sentence.startswith("«"):
        return sentence[:2] + sentence[2:3].upper() + sentence[3:]
    return sentence[:1].upper() + sentence[1:]


def elided_de(name: str) -> str:
    """Return ``de name`` or ``d’name`` before a vowel."""
    return f"d\u2019{name}" if name[:1].lower() in _VOWELS else f"de {name}"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase with its article, and what is needed to make other words agree with it."""

    text: str
    feminine: bool = False
    plural: bool = False
    de: str = ""
    to: str = ""

    def __format__(self, spec: str) -> str:
        if not spec:
            return self.text
        if spec == "de":
            return self.de
        if spec == "à":
            return self.to
        forms = spec.split("|")
        if len(forms) == 4:
            return forms[self.feminine + 2 * self.plural]
        return forms[self.plural]


def noun(source: str) -> Noun:
    """Read ``la maire``, ``les élus`` or ``l'enquête/f`` (``/f``: the article hides gender)."""
    text, _, mark = source.partition("/")
    text = typography(text.strip())
    plural = text.startswith(("les ", "des "))
    feminine = mark.strip() == "f" or text.startswith(("la ", "une "))
    if text.startswith("le "):
        de, to = "du " + text[3:], "au " + text[3:]
    elif text.startswith("les "):
        de, to = "des " + text[4:], "aux " + text[4:]
    else:
        de, to = elided_de(text), "à " + text
        if text.startswith(("la ", "l\u2019", "une ", "un ")):
            de = "d\u2019" + text if text.startswith("un") else "de " + text
    return Noun(text, feminine, plural, de, to)
