"""The contextual encoder: the teacher's six layers over our bilingual pieces, taught all tasks."""
