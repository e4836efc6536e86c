"""What axe-core finds in the widget, and whether what is pointed at is large enough."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

SOURCE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
# The size of targets is not among the rules that axe runs by itself. Terms of an equation are as large as the
# equation; the builder has a larger control for each of them.
RUN = """async () => {
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  const { violations } = await axe.run(document.querySelector(".mlm"), options);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => ({ id, ...node })))
    .filter(({ id, target }) => id !== "target-size" || !document.querySelector(target[0])?.closest(".katex"))
    .map(({ id, failureSummary, html }) => `${id}: ${failureSummary} ${html}`);
}"""


def serious_findings(page: Page, state: str) -> list[str]:
    """Return what axe finds serious or critical in the page's first widget, each with the state's name."""
    if not SOURCE.exists():
        pytest.fail("axe-core is not installed: run `npm ci` in js/.")
    if not page.evaluate("'axe' in window"):
        # Evaluated, not added as a script: JupyterLab's loader of modules would take it for one.
        page.evaluate(f"(() => {{ const define = undefined; {SOURCE.read_text('utf-8')} }})()")
    return [f"{state}: {found}" for found in page.evaluate(RUN)]
