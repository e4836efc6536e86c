import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useId } from "../ids";

interface Props {
  label: string;
  tabs: { name: string; label: string }[];
  open: string;
  onOpen: (name: string) => void;
  children: ComponentChildren;
}

/** Step of an arrow key among the tabs; Home and End are told apart by their infinities. */
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** ARIA tabs: one Tab stop, arrow keys, Home and End. */
export function Tabs({ label, tabs, open, onOpen, children }: Props) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const last = tabs.length - 1;
    const from = tabs.findIndex(({ name }) => name === open);
    const to = Number.isFinite(step) ? (from + step + tabs.length) % tabs.length : step < 0 ? 0 : last;
    const next = tabs[to];
    if (!next) return;
    onOpen(next.name);
    (list.current?.children[to] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div ref={list} class="mlm-tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            aria-selected={tab.name === open}
            aria-controls={`${id}-panel`}
            tabIndex={tab.name === open ? 0 : -1}
            onClick={() => onOpen(tab.name)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div class="mlm-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${open}`}>
        {children}
      </div>
    </>
  );
}
