"""Guesses the language of a text by the script of its letters, where nobody has said it.

A script is not a language: this only chooses between one language for each script, and the
language that is known for the conversation goes first.
"""

HAN, ARABIC, OTHER = "han", "arabic", "other"
USUAL = {HAN: "zh-hant", ARABIC: "ur", OTHER: "en"}
IN_ARABIC_SCRIPT = {"ar", "bal", "fa", "pnb", "ps", "sd", "skr", "ug", "ur"}
# A Chinese character says about as much as three letters of an alphabet.
LETTERS_A_CHARACTER = 3


def language_of(text: str, *, expected: str = "") -> str:
    """`expected` where the text is in its script, else the usual language of the text's script.

    A text without letters is in the expected language, or in English.
    """
    script = _script_of(text)
    if script is None or script == _script_of_language(expected):
        return expected or USUAL[OTHER]
    return USUAL[script]


def _script_of(text: str) -> str | None:
    weights = {HAN: 0, ARABIC: 0, OTHER: 0}
    for letter in text:
        if "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003ffff":
            weights[HAN] += LETTERS_A_CHARACTER
        elif "\u0600" <= letter <= "\u06ff" or "\u0750" <= letter <= "\u077f":
            weights[ARABIC] += letter.isalpha()
        else:
            weights[OTHER] += letter.isalpha()
    heaviest = max(weights, key=lambda script: weights[script])
    return heaviest if weights[heaviest] else None


def _script_of_language(language: str) -> str | None:
    base = language.lower().split("-")[0]
    if not base:
        return None
    if base in {"zh", "yue", "lzh"}:
        return HAN
    return ARABIC if base in IN_ARABIC_SCRIPT else OTHER
