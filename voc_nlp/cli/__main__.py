"""``python -m voc_nlp.cli`` is ``voc``."""

from voc_nlp.cli.main import main

if __name__ == "__main__":
    main()
