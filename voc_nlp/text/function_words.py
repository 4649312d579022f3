"""The closed word classes of English: words with a grammatical duty and no topic of their own."""

from voc_nlp.text.wordlists import read_sections

FUNCTION_WORD_POS: dict[str, str] = {
    word: pos for pos, words in read_sections("function_words_en.txt").items() for word in words
}
"""From a lower-case English function word to its coarse part of speech."""
