"""Reads the figures that R made (see reference/README.md)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).parent / "reference"


@cache
def _json(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def formulas(kind: str = "valid") -> list[dict[str, Any]]:
    """Records of formulas.json: `kind` is "valid" or "invalid"."""
    return _json("formulas.json")[kind]


def fits() -> list[dict[str, Any]]:
    """Records of fits.json."""
    return _json("fits.json")["fits"]


def ml() -> list[dict[str, Any]]:
    """Records of ml.json."""
    return _json("ml.json")["records"]


def covstruct() -> list[dict[str, Any]]:
    """Records of covstruct.json."""
    return _json("covstruct.json")["results"]


def laplace() -> list[dict[str, Any]]:
    """Records of laplace.json."""
    return _json("laplace.json")["records"]


def nuts() -> list[dict[str, Any]]:
    """Records of nuts.json."""
    return _json("nuts.json")["records"]


@cache
def _data(name: str) -> pd.DataFrame:
    data = pd.read_csv(HERE / "data" / f"{name}.csv", dtype=str, keep_default_na=False, na_values=[""])
    for column in _json("data.json")["datasets"][name]["columns"]:
        text, kind = data[column["name"]], column["type"]
        if kind in ("factor", "ordered"):
            values: Any = pd.Categorical(text, categories=column["levels"], ordered=kind == "ordered")
        elif kind == "integer" and not text.isna().any():
            values = text.astype(int)
        elif kind in ("integer", "numeric"):
            values = pd.to_numeric(text)
        elif kind == "logical":
            values = text.map({"TRUE": True, "FALSE": False})
        else:
            values = text
        data[column["name"]] = values
    return data


def load(name: str) -> pd.DataFrame:
    """A fresh copy of a data set with R's column types and level order."""
    return _data(name).copy()
