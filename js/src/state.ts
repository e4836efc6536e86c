/** The model's traits as signals, and what only the browser knows (theme, pointed part, open tab, selection). */
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { lookAhead } from "./ahead";
import type { SliderValues } from "./charts/sliders";
import type { Kernel } from "./kernel";
import type { About, Candidate, FitList, Reply, Report, Request, Status, Themes, View } from "./protocol";
import type { Theme } from "./theme";

/** The part of anywidget's model that is used here; the browser never sets a trait. */
export interface Model {
  get(name: string): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: hosts type their callbacks differently
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: hosts type their callbacks differently
  off(event: string, callback: (...args: any[]) => void): void;
  send(content: unknown): void;
}

export interface Widget {
  /** Heading of a page that only shows a fit, with nobody to ask; null in a notebook. */
  readonly about: About | null;
  /** Names that can stand in a formula, to complete what is typed. */
  readonly candidates: ReadonlySignal<Candidate[]>;
  readonly view: ReadonlySignal<View | null>;
  /** The view that the button which is pressed is going to bring. */
  readonly expected: ReadonlySignal<View | null>;
  readonly status: ReadonlySignal<Status | null>;
  readonly report: ReadonlySignal<Report | null>;
  /** What has changed since the report; null when it shows the model on screen. */
  readonly outOfDate: ReadonlySignal<string | null>;
  /** The history of fits. */
  readonly fits: ReadonlySignal<FitList | null>;
  readonly themes: ReadonlySignal<Themes | null>;
  readonly theme: Signal<Theme>;
  /** The part that is pointed at or focused. */
  readonly part: Signal<string | null>;
  /** Name of the open tab of the report; null until one is chosen. */
  readonly tab: Signal<string | null>;
  /** Groups that are selected in the charts. */
  readonly selection: Signal<readonly (string | number)[]>;
  /** Parameters of the charts that sliders have set. */
  readonly sliders: Signal<SliderValues>;
  /** A request is on its way and nothing has come back yet. */
  readonly waiting: ReadonlySignal<boolean>;
  /** There is no kernel any more that could answer. */
  readonly gone: ReadonlySignal<boolean>;
  send(request: Request): void;
  /** When a button was last pressed or a request sent, by the page's clock (`performance.now()`). */
  asked(): number;
  /** Handlers of a button that asks Python for something; none without a request. */
  asking(request: Request | null): Asking;
  /** Ask for something that comes in a report, which the status line does not wait for. */
  ask(request: Request): void;
  /** Say which charts are looked at; the report gets those that it lacks. */
  needCharts(names: string[]): void;
  /** Ask Python for a text, such as the equations in LaTeX. */
  requestText(what: string): Promise<string>;
}

interface Asking {
  onPointerDown?: (event: PointerEvent) => void;
  onClick?: () => void;
}

/** A trait that is still empty (`{}`, `[]`, null) reads as null. */
function filled<T>(value: unknown): T | null {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0 ? (value as T) : null;
}

function trait<T>(model: Model, name: string, read: (value: unknown) => T, abort: AbortSignal): Signal<T> {
  const mirror = signal(read(model.get(name)));
  const update = () => {
    mirror.value = read(model.get(name));
  };
  model.on(`change:${name}`, update);
  abort.addEventListener("abort", () => model.off(`change:${name}`, update));
  return mirror;
}

/** How long a run may bring no news before it is seen whether the kernel is still there, in ms. */
const SILENCE = 3000;

/** Watch a model until `abort` fires. Nothing is shared between two calls. */
export function watchModel({ model, gone }: Kernel, theme: Signal<Theme>, abort: AbortSignal): Widget {
  const view = trait(model, "view", filled<View>, abort);
  const status = trait(model, "status", filled<Status>, abort);
  const fits = trait(model, "fit_list", filled<FitList>, abort);
  const waiting = signal(false);
  const answered = () => {
    waiting.value = false;
  };
  const ahead = lookAhead(model, view, abort);
  let asked = 0;
  const press = (request: Request) => {
    asked = performance.now();
    ahead.press(request);
  };
  const send = (request: Request) => {
    asked = performance.now();
    ahead.click(request);
    waiting.value = true;
    model.send(request);
  };
  for (const source of [view, status, fits]) abort.addEventListener("abort", source.subscribe(answered));
  // A kernel that dies in a fit tells nobody: what cannot be sent any more shows it.
  const silence = effect(() => {
    if (!status.value?.running || gone.value) return;
    const timer = setInterval(() => model.send({ type: "alive" } satisfies Request), SILENCE);
    return () => clearInterval(timer);
  });
  abort.addEventListener("abort", silence);

  return {
    about: filled<About>(model.get("about")),
    candidates: trait(model, "candidates", (value) => filled<Candidate[]>(value) ?? [], abort),
    view,
    expected: ahead.expected,
    status,
    report: trait(model, "report", filled<Report>, abort),
    outOfDate: trait(model, "out_of_date", (value) => (value as string | null | undefined) ?? null, abort),
    fits,
    themes: trait(model, "themes", filled<Themes>, abort),
    theme,
    part: signal(null),
    tab: signal(null),
    selection: signal([]),
    sliders: signal({}),
    waiting,
    gone,
    send,
    asked: () => asked,
    asking: (request) =>
      request === null
        ? {}
        : {
            onPointerDown: ({ button }) => button === 0 && press(request),
            onClick: () => send(request),
          },
    ask: (request) => model.send(request),
    needCharts: (names) => model.send({ type: "charts", names } satisfies Request),
    requestText: (what) => requestText(model, what, abort),
  };
}

function requestText(model: Model, what: string, abort: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const receive = (reply: Reply | undefined) => {
      if (reply?.type !== "copy" || reply.what !== what) return;
      model.off("msg:custom", receive);
      resolve(reply.text);
    };
    model.on("msg:custom", receive);
    abort.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      reject(new DOMException("The widget was removed.", "AbortError"));
    });
    model.send({ type: "copy", what } satisfies Request);
  });
}

/** The report, if it is of the model on screen. */
export function currentReport({ view, report, outOfDate }: Widget): Report | null {
  const current = outOfDate.value === null && report.value?.formula === view.value?.formula;
  return current ? report.value : null;
}

const WidgetContext = createContext<Widget | null>(null);
export const WidgetProvider = WidgetContext.Provider;

/** The widget that the component belongs to. */
export function useWidget(): Widget {
  const widget = useContext(WidgetContext);
  if (!widget) throw new Error("A component of the widget was rendered outside it.");
  return widget;
}
