import { useEffect, useState } from "preact/hooks";

/**
 * What makes a box that is too narrow for its content a stop of the Tab key, so that arrow keys scroll it. A box
 * with room for everything is none.
 */
export function useScrollStop(box: { current: HTMLElement | null }, name: string, content: unknown) {
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setScrolls(element.scrollWidth > element.clientWidth + 1);
    const observer = new ResizeObserver(look);
    for (const each of [element, ...element.children]) observer.observe(each);
    look();
    return () => observer.disconnect();
  }, [box, content]);
  return scrolls ? ({ role: "group", tabIndex: 0, "aria-label": name } as const) : {};
}
