/** Whether the kernel that a widget asks is still there: a click that nobody hears has to say so. */
import { type Signal, signal } from "@preact/signals";
import type { Model } from "./state";

/** ipywidgets' mark of a widget without a kernel, on the element that a host gives. */
const DISCONNECTED = ".jupyter-widgets-disconnected";

export interface Kernel {
  /** The model; what it cannot send any more makes the kernel gone, and is no error of the page. */
  readonly model: Model;
  readonly gone: Signal<boolean>;
}

/** Watch the kernel of a model that is shown in an element, until `abort` fires. */
export function watchKernel(host: Model, el: HTMLElement, abort: AbortSignal): Kernel {
  const gone = signal(false);
  // The event comes when the kernel goes and when it comes back; its mark tells which.
  const look = () => {
    gone.value = el.closest(DISCONNECTED) !== null;
  };
  look();
  host.on("comm_live_update", look);
  abort.addEventListener("abort", () => host.off("comm_live_update", look));
  const model: Model = {
    get: (name) => host.get(name),
    on: (event, callback) => host.on(event, callback),
    off: (event, callback) => host.off(event, callback),
    send: (content) => {
      try {
        host.send(content);
      } catch {
        gone.value = true;
      }
    },
  };
  return { model, gone };
}
