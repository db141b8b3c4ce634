"""What the routes of this area share: the trail, pages cut to size, and patches laid over what is stored."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.kit import audit, merge_patch
from services.kit.audit import Trail
from services.kit.fields import StrictModel
from services.kit.pages import PageParams, next_cursor

Record = TypeVar("Record")
Wire = TypeVar("Wire", bound=StrictModel)

TrailDep = Annotated[Trail, Depends(audit.trail)]
"""The request's audit trail, to name whose data are touched."""


def cut(
    records: Sequence[Record],
    page: PageParams,
    request: Request,
    response: Response,
    *,
    key: Callable[[Record], Sequence[Any]],
) -> tuple[Sequence[Record], str | None]:
    """Cut a page off records that were read one beyond its limit; return it with the next page's cursor.

    Args:
        records: Up to `page.limit + 1` of them.
        page: What was asked for.
        request: The request answered.
        response: Receives the `Link` header.
        key: The sort key of a record, as JSON values.
    """
    kept = records[: page.limit]
    more = key(kept[-1]) if len(records) > page.limit else None
    return kept, next_cursor(request, response, more)


def patched(kind: type[Wire], current: StrictModel, patch: StrictModel) -> Wire:
    """Lay a merge patch over what is stored and read the result as strictly as a new request.

    Raises:
        RequestValidationError: The result is none.
    """
    stored = current.model_dump(mode="json", include=set(kind.model_fields))
    document = merge_patch.apply(stored, patch.model_dump(mode="json", exclude_unset=True))
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False)]
        raise RequestValidationError(found) from None
