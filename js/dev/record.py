"""Record a widget's traits from Python for the page without Jupyter.

``python js/dev/record.py FILE DATASET FORMULA``, for example
``python js/dev/record.py sleepstudy.json sleepstudy "Reaction ~ Days + (Days | Subject)"``.
"""

import json
import sys
import time
from pathlib import Path

import mlmwidget as mlm
from mlmwidget.charts import PLOTS
from mlmwidget.widget.report import charts

TRAITS = ("candidates", "view", "status", "report", "out_of_date", "fit_list", "themes")
PATIENCE = 120


def main() -> None:
    """Build the widget, wait for its live estimates, and write its traits."""
    file, dataset, formula = sys.argv[1:]
    widget = mlm.MLMWidget(getattr(mlm.datasets, dataset)(), formula)
    end = time.monotonic() + PATIENCE
    while not widget.report and time.monotonic() < end:
        time.sleep(0.2)
    # The browser would ask for the charts of the other tabs when they are opened.
    widget.set_trait("report", {**widget.report, "charts": charts(widget.result, PLOTS)})
    Path(file).write_text(json.dumps({name: getattr(widget, name) for name in TRAITS}), encoding="utf-8")


if __name__ == "__main__":
    main()
