"""The static bilingual encoder: one table of token rows for Japanese and English, trained from pairs."""
