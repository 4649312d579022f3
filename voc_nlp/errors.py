"""Every error that voc_nlp raises on purpose.

::

    VocError
    ├── InputError                 what was handed in cannot be used
    │   ├── RecordError            one record is unusable; the rest goes on (has a code)
    │   └── UnreadableFileError    a whole file cannot be read or written
    └── ArtifactError              a model folder cannot be used
        ├── MissingArtifactError   a folder or file is not there
        ├── TamperedArtifactError  a file's sha256 is not the one its manifest states
        └── UnknownFormatError     the folder was written by a newer or foreign program

A message says what was met, what was expected and what to do. It never holds
the customer's text.
"""


class VocError(Exception):
    """Root of the errors that voc_nlp raises on purpose."""


class InputError(VocError):
    """What was handed in cannot be used."""


class RecordError(InputError):
    """One record is unusable.

    Parameters
    ----------
    code : str
        Stable machine-readable name, for instance ``text_too_long``.
    message : str
        What was met, what was expected, what to do; without the customer's text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnreadableFileError(InputError):
    """A whole file cannot be read or written."""


class ArtifactError(VocError):
    """A model folder cannot be used."""


class MissingArtifactError(ArtifactError):
    """A model folder, or a file that its manifest names, is not there."""


class TamperedArtifactError(ArtifactError):
    """A file's sha256 differs from the one that the manifest states."""


class UnknownFormatError(ArtifactError):
    """The folder was written by a newer or a foreign program."""
