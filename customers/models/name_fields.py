"""Columns that follow from a name in the same row, so that the database can look names up by them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from customers.names import name_grams, name_initials, name_key


class NameGramsField(ArrayField):  # type: ignore[type-arg]
    """The pieces of the name in `source` (`customers.names.name_grams`), set whenever the row is saved.

    `QuerySet.update` and `bulk_update` write it only where it is named beside its source: nothing else may
    write a name past `save` and `bulk_create`.
    """

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(
            **{"editable": False, "default": list, **kwargs, "base_field": models.CharField(max_length=8)}
        )

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["base_field"]
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        pieces = name_grams(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, pieces)
        return pieces


class NameInitialsField(models.CharField):  # type: ignore[type-arg]
    """The first letters of the pinyin of the name in `source` (`customers.names.name_initials`), set whenever the row
    is saved."""

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"editable": False, "default": "", "blank": True, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        initials = name_initials(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, initials)
        return initials


class NameKeyField(models.CharField):  # type: ignore[type-arg]
    """The name in `source` without width, case and blanks (`customers.names.name_key`), set whenever the row is
    saved."""

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = name_key(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key
