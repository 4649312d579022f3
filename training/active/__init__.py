"""A simulated study: does the queue of `voc_nlp.labelling` teach faster than comments picked at random."""
