"""Every error that voc_nlp raises on purpose.

::

    VocError
    ├── InputError                 what was handed in cannot be used
    │   ├── RecordError            one record is unusable; the rest goes on (has a code)
    │   ├── UnreadableFileError    a whole file cannot be read or written
    │   ├── ResumeError            an unfinished run beside OUT cannot be gone on with
    │   ├── DictionaryError        a tenant's dictionary cannot be used
    │   ├── TaxonomyError          a list of departments cannot be used
    │   └── QueryError             the query of a rule theme cannot be read (has a column)
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


class ResumeError(InputError):
    """An unfinished run beside OUT cannot be gone on with, or is still going on."""


class DictionaryError(InputError):
    """A tenant's dictionary cannot be used."""


class TaxonomyError(InputError):
    """A list of departments cannot be used."""


class QueryError(InputError):
    """The query of a rule theme cannot be read.

    Parameters
    ----------
    message : str
        What was met, what was expected, what to do; it holds the words of the query.
    column : int
        Where in the query, in Unicode code points from 1.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column
        self.message = message

    def __reduce__(self) -> tuple[type["QueryError"], tuple[str, int]]:
        """Let the error travel between processes."""
        return QueryError, (self.message, self.column)


class ArtifactError(VocError):
    """A model folder cannot be used."""


class MissingArtifactError(ArtifactError):
    """A model folder, or a file that its manifest names, is not there."""


class TamperedArtifactError(ArtifactError):
    """A file's sha256 differs from the one that the manifest states."""


class UnknownFormatError(ArtifactError):
    """The folder was written by a newer or a foreign program."""
