import { afterEach, expect, test } from "vitest";
import type { Chart } from "./protocol";
import { charts } from "./test/charts";
import { report } from "./test/model";
import { named, removeAll, settled, showWidget } from "./test/render";

afterEach(removeAll);

const page = {
  label: "24 of 85",
  previous: null,
  next: { type: "page", chart: "pooling", page: 1 },
  chosen: { type: "page", chart: "pooling" },
};
const pooling: Chart = { ...(charts()[0] as Chart), page };
const show = () => showWidget({ report: { ...report(), charts: [pooling] } });

test("groups are followed and let go from a list and buttons, without a pointer", async () => {
  const { root } = show();
  const list = named(root, "Follow a group") as HTMLSelectElement;
  expect(list.options).toHaveLength(19);
  for (const level of ["330", "308"]) {
    list.value = level;
    list.dispatchEvent(new Event("change", { bubbles: true }));
    await settled();
  }
  expect([...list.options].map(({ value }) => value)).not.toContain("308");
  named(root, "Let go of 330").click();
  await settled();
  expect(() => named(root, "Let go of 330")).toThrow();
  expect(named(root, "Let go of 308")).toBeTruthy();
});

test("pages of a chart turn, and show those that are followed", async () => {
  const { model, root } = show();
  expect(root.querySelector(".mlm-pages")?.textContent).toContain("24 of 85");
  named(root, "Previous groups of the chart pooling").click();
  named(root, "Next groups of the chart pooling").click();
  const list = named(root, "Follow a group") as HTMLSelectElement;
  list.value = "308";
  list.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
  named(root, "Show those followed").click();
  const pages = model.sent.filter((request) => (request as { type: string }).type === "page");
  expect(pages).toEqual([page.next, { ...page.chosen, groups: ["308"] }]);
});
