"""What does not keep to its place."""

from playwright.sync_api import Page

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
