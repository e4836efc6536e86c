import { afterEach, expect, test, vi } from "vitest";
import { SAMPLING, view } from "./test/model";
import { named, removeAll, settled, showWidget } from "./test/render";

afterEach(() => {
  vi.useRealTimers();
  removeAll();
});

const said = (root: Element) => root.querySelector("[role=status]")?.textContent;

test("a click that cannot be sent says that the kernel is gone, and Cancel goes with it", async () => {
  const { model, root } = showWidget({ status: SAMPLING });
  model.send = () => {
    throw new Error("Cannot send");
  };
  named(root, "Slope of Days varies").click();
  await settled();
  expect(said(root)).toContain("kernel is gone");
  expect(named(root, "Fit with PyMC").getAttribute("aria-disabled")).toBe("true");
});

test("JupyterLab's mark of a lost kernel is put into words, and taken back with it", async () => {
  const { model, root } = showWidget();
  const host = root.parentElement as HTMLElement;
  host.classList.add("jupyter-widgets-disconnected");
  model.emit("comm_live_update");
  await settled();
  expect(said(root)).toContain("kernel is gone");
  host.classList.remove("jupyter-widgets-disconnected");
  model.emit("comm_live_update");
  await settled();
  expect(said(root)).toBe("Ready to fit.");
});

test("an answer that is long in coming is said to be waited for, until it comes", async () => {
  const { model, root } = showWidget();
  vi.useFakeTimers();
  named(root, "Slope of Days varies").click();
  await vi.advanceTimersByTimeAsync(1000);
  expect(said(root)).toBe("Ready to fit.");
  await vi.advanceTimersByTimeAsync(5000);
  expect(said(root)).toContain("Waiting for the kernel");
  model.set("view", view("correlated", 2));
  await vi.advanceTimersByTimeAsync(200);
  expect(said(root)).toBe("Ready to fit.");
});

test("a run that brings no news looks whether the kernel is still there", async () => {
  const { model, root } = showWidget();
  vi.useFakeTimers();
  model.set("status", SAMPLING);
  await vi.advanceTimersByTimeAsync(3500);
  expect(model.sent.at(-1)).toEqual({ type: "alive" });
  model.send = () => {
    throw new Error("Cannot send");
  };
  await vi.advanceTimersByTimeAsync(3500);
  expect(said(root)).toContain("kernel is gone");
});
