"""What stands on a tab, and what does not keep to its place."""

from playwright.sync_api import Locator, Page

# Controls and texts that stick out of the window; boxes that scroll may hold more than they show.
TOO_WIDE = """() => {
  const boxes = ".mlm-katex, .mlm-chart-box, .mlm-table, .mlm-script, .mlm-hidden, .mlm-tooltip";
  const scrolls = (e) => e.closest(boxes);
  const out = [...document.querySelectorAll(".mlm *")].filter((e) => {
    const { right, left, width } = e.getBoundingClientRect();
    return width > 0 && !scrolls(e.parentElement) && (right > innerWidth + 1 || left < -1);
  });
  if (document.documentElement.scrollWidth > innerWidth) out.push(document.documentElement);
  return out.map((e) => `${e.tagName}.${e.className}`);
}"""


def too_wide(page: Page) -> list[str]:
    """Return what sticks out of the window of a page that shows nothing but a widget."""
    return page.evaluate(TOO_WIDE)


def contents(panel: Locator) -> Locator:
    """Return what a tab shows once it is there: a chart, a table, or the sentence why there is none."""
    return panel.locator("svg, canvas, table").or_(panel.get_by_text("There are no chains")).first
