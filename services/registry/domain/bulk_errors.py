"""What the register refuses about files that come and go."""


class WorkbookRefusedError(Exception):
    """A file that is sent as a workbook and cannot be read as one."""


class ExportNotFoundError(LookupError):
    """No such export, not of this organisation, or its file has expired."""


class ExportUnfinishedError(Exception):
    """An export whose file is still being made, or was never made."""
