/** KaTeX looks once, when it is loaded, whether the page has a doctype; happy-dom's has none. */
Object.defineProperty(document, "compatMode", { value: "CSS1Compat" });

/** The test's browser paints nothing: drawing on a canvas goes nowhere, and text has no width. */
HTMLCanvasElement.prototype.getContext = (() => {
  const known: Record<PropertyKey, unknown> = { measureText: () => ({ width: 0 }) };
  return new Proxy(known, { get: (target, name) => target[name] ?? (() => {}) });
}) as unknown as HTMLCanvasElement["getContext"];
