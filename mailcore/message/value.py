"""`Value`: what the models of this room have in common. Frozen, and checked however they are made."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message.refusal import refusal

__all__ = ["Value"]


class Value(BaseModel):
    """A frozen value; its constructor raises mailcore's errors, `model_validate` pydantic's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    _refused_as: ClassVar[type[ConfigurationError]] = InvalidMessage

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as failure:
            raise refusal(failure, self._refused_as) from None

    # Pydantic's mark of an __init__ that only passes on, so that validating does not go through it.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # a mark on a function

    @classmethod
    def of(cls, fields: Mapping[Any, Any]) -> Self:
        """Give the value of plain fields, as JSON has them; raises what the constructor raises."""
        try:
            return cls.model_validate(dict(fields) if isinstance(fields, Mapping) else fields)
        except ValidationError as failure:
            raise refusal(failure, cls._refused_as) from None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Give a copy; one with changed fields is checked, and what was derived is derived anew."""
        return self._changed(update) if update else super().model_copy(deep=deep)

    def _changed(self, changes: Mapping[str, Any]) -> Self:
        given = {name: value for name, value in self if name in self.model_fields_set}
        return type(self)(**{**given, **changes})
