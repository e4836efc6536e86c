import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { complete, insertion, type Match } from "../completion";
import { useId } from "../ids";
import type { Candidate } from "../protocol";
import { useWidget } from "../state";

/** Names that are shown at once; more are found by typing on. */
const MOST = 8;

interface Offer {
  caret: number;
  /** Asked for by a key, not just by typing. */
  asked: boolean;
}

/** Completion of the names in a text area: its keys, what it says of itself, and the list. */
export function useCompletion(area: RefObject<HTMLTextAreaElement>, text: string) {
  const { candidates } = useWidget();
  const id = useId();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const found = offer && complete(candidates.value, text, offer.caret, offer.asked);
  const shown = found?.matches.slice(0, MOST) ?? [];

  const close = () => setOffer(null);
  const open = (asked = false) => {
    setOffer({ caret: area.current?.selectionEnd ?? 0, asked });
    setActive(null);
  };
  const take = (match: Match) => {
    if (!area.current || !found) return;
    write(area.current, match.start, found.end, insertion(text, found.end, match));
    close();
  };
  /** Whether the key was one for the list. An option is chosen by the arrow keys only, so none is taken unseen. */
  const onKey = (event: KeyboardEvent): boolean => {
    const { key } = event;
    const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
    if ((event.ctrlKey && key === " ") || (event.altKey && key === "ArrowDown")) open(true);
    else if (!found) return false;
    else if (key === "Escape") close();
    else if (plain && key === "ArrowDown") setActive(active === null ? 0 : (active + 1) % shown.length);
    else if (plain && key === "ArrowUp") setActive((active || shown.length) - 1);
    else {
      const chosen = plain && (key === "Enter" || key === "Tab") && active !== null && shown[active];
      if (chosen) take(chosen);
      else if (key.length > 1 && !/^(Backspace|Delete|Shift|Control|Alt|Meta)/.test(key)) close();
      return Boolean(chosen);
    }
    return true;
  };

  return {
    onKey,
    open,
    close,
    attributes: {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-expanded": shown.length > 0,
      "aria-controls": shown.length > 0 ? id : undefined,
      "aria-activedescendant": shown.length > 0 && active !== null ? `${id}-${active}` : undefined,
    } as const,
    list: (
      <List
        id={id}
        area={area}
        matches={shown}
        more={(found?.matches.length ?? 0) - shown.length}
        active={active}
        onTake={take}
      />
    ),
  };
}

interface ListProps {
  id: string;
  area: RefObject<HTMLTextAreaElement>;
  matches: Match[];
  more: number;
  active: number | null;
  onTake: (match: Match) => void;
}

function List({ id, area, matches, more, active, onTake }: ListProps) {
  const popup = useRef<HTMLDivElement>(null);
  const start = matches[0]?.start;
  useLayoutEffect(() => {
    if (start === undefined) return;
    // The top layer: neither the widget's edge nor a scrolled cell cuts the list.
    popup.current?.showPopover?.();
    const place = () => placeAt(popup.current, area.current, start);
    place();
    addEventListener("scroll", place, true);
    addEventListener("resize", place);
    return () => {
      removeEventListener("scroll", place, true);
      removeEventListener("resize", place);
    };
  });
  const rest = more > 0 ? `${more} more, type on` : "";
  return (
    <>
      <span class="mlm-hidden" aria-live="polite">
        {start !== undefined &&
          `${matches.length} ${matches.length === 1 ? "name" : "names"} to choose. ${rest}`}
      </span>
      {start !== undefined && (
        <div ref={popup} class="mlm-completion" popover="manual">
          <div id={id} role="listbox" aria-label="Names that fit">
            {matches.map((match, number) => (
              <Option
                key={match.candidate.text}
                id={`${id}-${number}`}
                candidate={match.candidate}
                active={number === active}
                onTake={() => onTake(match)}
              />
            ))}
          </div>
          <p class="mlm-completion-foot" aria-hidden="true">
            <span>↓ chooses, Tab takes</span>
            <span>{rest}</span>
          </p>
        </div>
      )}
    </>
  );
}

interface OptionProps {
  id: string;
  candidate: Candidate;
  active: boolean;
  onTake: () => void;
}

function Option({ id, candidate: { name, remark }, active, onTake }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the text area takes the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      title={`${name}\n${remark}`}
      // The text area keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onTake}
    >
      <bdi class="mlm-completion-name">{name}</bdi>
      <bdi class="mlm-remark">{remark}</bdi>
    </div>
  );
}

/** Write over a stretch of the text as typing would, so that the browser's own undo knows it. */
function write(area: HTMLTextAreaElement, start: number, end: number, text: string): void {
  area.setSelectionRange(start, end);
  if (document.execCommand?.("insertText", false, text)) return;
  area.setRangeText(text, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

const GAP = 4;
const EDGE = 8;

/** Put the list below a place of the text; above it where there is no room below. */
function placeAt(popup: HTMLElement | null, area: HTMLElement | null, start: number): void {
  const mirror = area?.parentElement?.querySelector(".mlm-mirror");
  if (!popup || !mirror) return;
  const word = placeOf(mirror, start);
  const { width, height } = popup.getBoundingClientRect();
  const below = word.bottom + GAP;
  const fits = below + height <= innerHeight || word.top < height + GAP;
  popup.style.top = `${fits ? below : word.top - height - GAP}px`;
  popup.style.left = `${Math.max(EDGE, Math.min(word.left, innerWidth - width - EDGE))}px`;
}

/** Where a character of an element's text stands on the screen. */
function placeOf(element: Element, index: number): DOMRect {
  const range = document.createRange();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = index;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (left < length) {
      range.setStart(node, left);
      range.setEnd(node, left + 1);
      return range.getBoundingClientRect();
    }
    left -= length;
  }
  range.selectNodeContents(element);
  range.collapse();
  return range.getBoundingClientRect();
}
