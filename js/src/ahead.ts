/**
 * What a button is going to show, asked for when it is pressed. A press lasts about a tenth of a second, so the click at
 * its end finds the answer there. It is sent all the same: Python's own view has the last word.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { deepEqual } from "./equal";
import type { Reply, Request, View } from "./protocol";
import type { Model } from "./state";

export interface Ahead {
  /** The view that the pressed button is going to bring. */
  expected: ReadonlySignal<View | null>;
  press(request: Request): void;
  click(request: Request): void;
}

interface Press {
  request: Request;
  clicked: boolean;
}

/** Follow the presses until `abort` fires, and show in `view` what the clicks make. */
export function lookAhead(model: Model, view: Signal<View | null>, abort: AbortSignal): Ahead {
  let last: Press | null = null;
  const expected = signal<View | null>(null);
  const show = () => {
    if (last?.clicked && expected.value) view.value = expected.value;
  };
  const receive = (reply: Reply | undefined) => {
    if (reply?.type !== "ahead" || !last || !deepEqual(reply.request, last.request)) return;
    if (reply.after !== view.peek()?.version) return;
    expected.value = reply.view;
    show();
  };
  model.on("msg:custom", receive);
  abort.addEventListener("abort", () => model.off("msg:custom", receive));
  // Whatever Python shows by itself comes after it. A press that has no click yet may be of that very view, if this was
  // shown ahead: the answer to it says so.
  abort.addEventListener(
    "abort",
    view.subscribe(() => {
      expected.value = null;
      if (last?.clicked) last = null;
    }),
  );
  return {
    expected,
    press(request) {
      last = { request, clicked: false };
      expected.value = null;
      model.send({ type: "ahead", request } satisfies Request);
    },
    click(request) {
      if (!last || !deepEqual(request, last.request)) return;
      last.clicked = true;
      show();
    },
  };
}
