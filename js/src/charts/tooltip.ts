/** Vega's tooltips inside the widget's own root, so that they follow its theme and stay within a shadow root. */
import type { TooltipHandler } from "vega";

function fill(tip: HTMLElement, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    tip.textContent = String(value);
    return;
  }
  const list = document.createElement("dl");
  for (const [name, entry] of Object.entries(value)) {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = name;
    description.textContent = String(entry);
    list.append(term, description);
  }
  tip.replaceChildren(list);
}

/** Show tooltips in `tip`, placed beside the pointer and kept within its offset parent. */
export function tooltipIn(tip: HTMLElement): TooltipHandler {
  return (_handler, event, _item, value) => {
    if (value === null || value === undefined || value === "") {
      tip.hidden = true;
      return;
    }
    fill(tip, value);
    tip.hidden = false;
    const frame = (tip.offsetParent ?? tip.ownerDocument.body).getBoundingClientRect();
    const x = event.clientX - frame.left + 12;
    const y = event.clientY - frame.top + 12;
    tip.style.left = `${Math.max(0, Math.min(x, frame.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, Math.min(y, frame.height - tip.offsetHeight - 4))}px`;
  };
}
