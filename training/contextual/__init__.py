"""The contextual encoder: a few of the teacher's layers over our bilingual pieces, distilled, then taught all tasks."""
