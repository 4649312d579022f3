"""The contextual encoder: some of the teacher's layers over our bilingual pieces, taught all tasks."""
