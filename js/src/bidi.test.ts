import { expect, test } from "vitest";
import { isolated } from "./bidi";

test("a name that is written from right to left is isolated, quoted or not", () => {
  expect(isolated("Slope of שלום varies")).toBe("Slope of \u2068שלום\u2069 varies");
  expect(isolated("`מספר 12`: 20 groups")).toBe("\u2068`מספר 12`\u2069: 20 groups");
});

test("a text without such names stays as it is", () => {
  expect(isolated("Each `my group` has 10 rows.")).toBe("Each `my group` has 10 rows.");
});
