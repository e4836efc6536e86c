import { afterEach, expect, test } from "vitest";
import widget from "./index";
import { RecordedModel, recordIn } from "./page";
import type { Recorded } from "./protocol";
import { report, THEMES, view } from "./test/model";
import { settled } from "./test/render";

const { formula, pieces, notations, priors, words, problems, glossary, code } = view();
const RECORD: Recorded = {
  about: { title: "Week 3", facts: [{ label: "Data", text: "180 rows used." }] },
  view: { formula, pieces, notations, priors, words, problems, glossary, code },
  report: report(1, {
    advice: [{ text: "Smaller steps help.", label: "Fit again", request: { type: "fit" } }],
  }),
  themes: THEMES,
  texts: { latex: "\\alpha_j" },
};

afterEach(() => document.body.replaceChildren());

test("a recorded page has its heading and no control that needs Python", async () => {
  const el = document.createElement("div");
  document.body.append(el);
  const end = widget.render({ model: new RecordedModel(RECORD), el });
  await settled();
  expect(el.querySelector("h1")?.textContent).toBe("Week 3");
  expect(el.textContent).toContain("Smaller steps help.");
  for (const control of [
    "form",
    "textarea",
    ".mlm-status",
    ".mlm-katex [role=button]",
    ".mlm-advice button",
  ]) {
    expect(el.querySelector(control)).toBeNull();
  }
  end();
});

test("a recorded model answers what it has a text for, and only that", () => {
  const model = new RecordedModel(RECORD);
  const replies: unknown[] = [];
  model.on("msg:custom", (reply) => replies.push(reply));
  for (const what of ["latex", "nothing", undefined]) model.send({ type: "copy", what });
  model.send({ type: "fit" });
  expect(replies).toEqual([{ type: "copy", what: "latex", text: "\\alpha_j" }]);
});

test("a page's record is read by the page's own module only", () => {
  document.body.innerHTML = `<script type="application/json" id="mlmwidget-record">{"a":1}</script>`;
  expect(recordIn(document, document.baseURI)).toEqual({ a: 1 });
  expect(recordIn(document, "blob:elsewhere")).toBeNull();
});
