/** KaTeX looks once, when it is loaded, whether the page has a doctype; happy-dom's has none. */
Object.defineProperty(document, "compatMode", { value: "CSS1Compat" });
