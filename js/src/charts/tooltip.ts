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

/** Room between a tooltip, the pointer and the edges. */
const GAP = 12;
const EDGE = 4;

interface Span {
  start: number;
  end: number;
}

/** Where something of a size begins beside a place: after it, else before it, else as far on as there is room. */
export function beside(place: number, size: number, room: Span): number {
  if (place + GAP + size <= room.end) return place + GAP;
  if (place - GAP - size >= room.start) return place - GAP - size;
  return Math.max(room.start, room.end - size);
}

/** Show tooltips in `tip`, beside the pointer and within both its offset parent and the window. */
export function tooltipIn(tip: HTMLElement): TooltipHandler {
  return (_handler, event, _item, value) => {
    if (value === null || value === undefined || value === "") {
      tip.hidden = true;
      return;
    }
    fill(tip, value);
    tip.hidden = false;
    const frame = (tip.offsetParent ?? tip.ownerDocument.body).getBoundingClientRect();
    const across = { start: frame.left, end: frame.right - EDGE };
    const down = { start: Math.max(frame.top, 0), end: Math.min(frame.bottom, innerHeight) - EDGE };
    tip.style.left = `${beside(event.clientX, tip.offsetWidth, across) - frame.left}px`;
    tip.style.top = `${beside(event.clientY, tip.offsetHeight, down) - frame.top}px`;
  };
}
