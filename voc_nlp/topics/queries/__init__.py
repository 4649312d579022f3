"""Rule themes: boolean queries over words, fields and sentiment."""
