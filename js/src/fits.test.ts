/** The history of fits: what its controls ask for, and what is said when a comparison ends. */
import { afterEach, expect, test } from "vitest";
import type { FitEntry, FitList, Request } from "./protocol";
import { report } from "./test/model";
import { named, press, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const request = (action: string, fields: object = {}) => ({ type: "history", action, ...fields });

function entry(number: number, name: string, fields: Partial<FitEntry> = {}): FitEntry {
  return {
    number,
    name,
    formula: "Reaction ~ Days",
    family: "Gaussian",
    headline: "PyMC (NUTS): 4 × 1000 draws",
    kept: false,
    verdict: { severity: "good", text: "The chains agree; the estimates can be used." },
    made: "2026-11-25T23:00:00+00:00",
    shown: number === 1,
    earlier: null,
    rename: request("rename", { fit: number }),
    recall: request("recall", { fit: number }),
    remove: request("remove", { fit: number }),
    ...fields,
  };
}

function list(fields: Partial<FitList> = {}): FitList {
  return {
    fits: [entry(1, "Fit 1"), entry(2, "slopes")],
    keep: null,
    restore: null,
    compare: request("compare"),
    comparison: null,
    ...fields,
  };
}

const ROW = { elpd: "−862", se: "23", p_loo: "35", high_k: 0, reliable: true };
const DONE = {
  stage: "done",
  message: "2 fits compared.",
  rows: [
    { ...ROW, name: "slopes", difference: "0", se_difference: "", mark: { from: 1, at: 1, to: 1, zero: 1 } },
    {
      ...ROW,
      name: "Fit 1",
      difference: "−23",
      se_difference: "12",
      mark: { from: 0, at: 0.4, to: 0.9, zero: 1 },
    },
  ],
  sentences: ["“slopes” predicts new rows best."],
  left_out: ["“Fit 3” is a point estimate."],
};

async function open(fits: FitList) {
  const shown = showWidget({ fit_list: fits, report: report(1, { charts: [] }) });
  named(shown.root, `Fits (${fits.fits.length})`).click();
  await settled();
  return shown;
}

/** What was asked for, but for the charts of the open tab. */
function asked({ sent }: { sent: Request[] }): Request[] {
  return sent.filter(({ type }) => type !== "charts");
}

function nameField(root: Element, number: number): HTMLInputElement {
  const field = root.querySelector<HTMLInputElement>(`input[aria-label="Name of fit ${number}"]`);
  if (!field) throw new Error(`Fit ${number} has no name field.`);
  return field;
}

test("there is no tab for fits before there are some", () => {
  const { root } = showWidget({ fit_list: list({ fits: [], compare: null }) });
  expect([...root.querySelectorAll("[role=tab]")].map((tab) => tab.textContent)).not.toContain("Fits (0)");
});

test("fits are recalled, removed, put back and compared by Python's requests", async () => {
  const { model, root } = await open(list({ restore: { name: "old", request: request("restore") } }));
  named(root, "Recall slopes").click();
  named(root, "Remove Fit 1").click();
  named(root, "Put it back").click();
  named(root, "Compare the fits").click();
  expect(asked(model)).toEqual([
    request("recall", { fit: 2 }),
    request("remove", { fit: 1 }),
    request("restore"),
    request("compare"),
  ]);
});

test("a name is sent by Enter or by leaving it, kept by Escape, and shows what Python decides", async () => {
  const { model, root } = await open(list());
  const field = nameField(root, 1);
  field.focus();
  field.value = "intercepts";
  press(field, "Escape");
  expect(asked(model)).toEqual([]);
  field.focus();
  field.value = "slopes";
  press(field, "Enter");
  expect(asked(model)).toEqual([request("rename", { fit: 1, name: "slopes" })]);
  expect(field.value).toBe("Fit 1"); // another fit is called so: Python says no
  model.set("fit_list", list({ fits: [entry(1, "intercepts")] }));
  await settled();
  expect(nameField(root, 1).value).toBe("intercepts");
});

test("a comparison says how it stands, then what it found, aloud too", async () => {
  const computing = {
    ...DONE,
    stage: "computing",
    message: "Comparing 2 fits …",
    rows: [],
    sentences: [],
    left_out: [],
  };
  const { model, root } = await open(list({ comparison: computing }));
  const aloud = root.querySelector(".mlm-report > [aria-live]");
  expect(aloud?.textContent).toBe("Comparing 2 fits …");
  named(root, "Compare again").click();
  expect(asked(model)).toEqual([]);
  model.set("fit_list", list({ comparison: DONE }));
  await settled();
  expect(aloud?.textContent).toBe("2 fits compared. “slopes” predicts new rows best.");
  const cells = [...root.querySelectorAll(".mlm-comparison tbody tr")].map((row) => row.textContent);
  expect(cells).toEqual(["slopes0−862 (23)35none", "Fit 1−23 (12)−862 (23)35none"]);
  expect(root.querySelector(".mlm-left-out")?.textContent).toBe("“Fit 3” is a point estimate.");
});

test("a live posterior is kept from beside its verdict", async () => {
  const { model, root } = showWidget({ fit_list: list({ fits: [], compare: null, keep: request("keep") }) });
  named(root, "Keep this").click();
  expect(asked(model)).toEqual([request("keep")]);
});

test("fits of earlier data are marked in words", async () => {
  const earlier = "Fitted to the data before they were replaced.";
  const { root } = await open(list({ fits: [entry(1, "Fit 1", { earlier })] }));
  expect(root.querySelector(".mlm-fit-earlier")?.textContent).toBe(`Earlier data. ${earlier}`);
});

test("fits are listed even where no report could be made", () => {
  const { root } = showWidget({ fit_list: list(), report: {} });
  expect(root.querySelector(".mlm-fit-table")).not.toBeNull();
});
