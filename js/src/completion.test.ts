import { expect, test } from "vitest";
import { complete, insertion, wordAt } from "./completion";
import type { Candidate } from "./protocol";

const column = (name: string, text = name): Candidate => ({ name, text, remark: "number" });
const CANDIDATES = [
  column("Reaction"),
  column("Days"),
  column("reaction_time"),
  column("my column", "`my column`"),
  column("2nd visit", "`2nd visit`"),
  column("גובה"),
  column("😀 mood", "`😀 mood`"),
  { name: "log", text: "log(", remark: "function of x, base" },
];

/** The word under the caret, which stands where the text has a ‸. */
function word(text: string) {
  const caret = text.indexOf("‸");
  const plain = text.replace("‸", "");
  const { start, end, typed } = wordAt(plain, caret);
  return [plain.slice(start, end), typed];
}

/** Names offered, and the text after the first was taken. */
function offered(text: string, asked = false, candidates = CANDIDATES) {
  const caret = text.indexOf("‸");
  const plain = text.replace("‸", "");
  const found = complete(candidates, plain, caret, asked);
  const first = found?.matches[0];
  return {
    names: found?.matches.map(({ candidate }) => candidate.name) ?? [],
    taken:
      found && first
        ? plain.slice(0, first.start) + insertion(plain, found.end, first) + plain.slice(found.end)
        : plain,
  };
}

test.each([
  ["y ~ Da‸ + x", "Da", "Da"],
  ["y ~ D‸ays", "Days", "D"],
  ["y ~ x+‸", "", ""],
  ["(1|Sub‸)", "Sub", "Sub"],
  ["log(Re‸", "Re", "Re"],
  ["y ~ a.b_c1‸", "a.b_c1", "a.b_c1"],
  ["y ~ größe‸", "größe", "größe"],
  ["y ~ גו‸ + x", "גו", "גו"],
  ["y ~ 😀‸", "😀", "😀"],
  ["‸", "", ""],
])("in %s the word under the caret is %j", (text, whole, typed) => {
  expect(word(text)).toEqual([whole, typed]);
});

test.each([
  ["y ~ `my co‸", "`my co", "my co"],
  ["y ~ `my co‸ + (1 | g)", "`my co", "my co"],
  ["y ~ `my co‸lumn` + x", "`my column`", "my co"],
  ["y ~ `a|b c‸d` + `other g`", "`a|b cd`", "a|b c"],
  ["y ~ `my co‸ + (1 | `other g`)", "`my co", "my co"],
  ["y ~ `my column` + ot‸", "ot", "ot"],
  ["y ~ `my column`‸", "", ""],
  ["y ~ `a\\`b‸`", "`a\\`b`", "a\\`b"],
])("in %s the name in back-quotes is %j", (text, whole, typed) => {
  expect(word(text)).toEqual([whole, typed]);
});

test("names that begin with the word go first, then words in names, then letters in order; case does not count", () => {
  expect(offered("rea‸").names).toEqual(["Reaction", "reaction_time"]);
  expect(offered("y ~ TIME‸").names).toEqual(["reaction_time"]);
  expect(offered("y ~ ays‸").names).toEqual(["Days"]);
  expect(offered("y ~ rm‸").names).toEqual(["reaction_time"]);
  expect(offered("y ~ q‸").names).toEqual([]);
  const named = ["abc", "x_a", "xa", "xab", "a"].map((name) => column(name));
  expect(offered("A‸", false, named).names).toEqual(["abc", "a", "x_a", "xa", "xab"]);
});

test("a whole name is completed to longer ones only, and never to itself", () => {
  expect(offered("y ~ Days‸").names).toEqual([]);
  expect(offered("y ~ log‸").names).toEqual([]);
  const named = ["x", "max", "x2"].map((name) => column(name));
  expect(offered("y ~ x‸", false, named).names).toEqual(["x2"]);
  expect(offered("y ~ days‸").taken).toBe("y ~ Days");
});

test("what Python wrote takes the place of the whole word, back-quotes included", () => {
  expect(offered("y ~ Da‸y + x").taken).toBe("y ~ Days + x");
  expect(offered("y ~ my‸ + x").taken).toBe("y ~ `my column` + x");
  expect(offered("y ~ `my c‸ + x").taken).toBe("y ~ `my column` + x");
  expect(offered("y ~ 2‸").taken).toBe("y ~ `2nd visit`");
  expect(offered("y ~ 😀‸").taken).toBe("y ~ `😀 mood`");
  expect(offered("y ~ lo‸").taken).toBe("y ~ log(");
  expect(offered("lo‸(x) ~ 1").taken).toBe("log(x) ~ 1");
});

test("a name of several words is found without back-quotes as well", () => {
  expect(offered("y ~ x + my co‸").taken).toBe("y ~ x + `my column`");
  expect(offered("y ~ 2nd vis‸ + x").taken).toBe("y ~ `2nd visit` + x");
  expect(offered("y ~ dummy co‸").taken).toBe("y ~ dummy `my column`");
});

test("a number brings up no names but those that begin with it; an empty place brings up all when asked", () => {
  expect(offered("y ~ (1‸ | g)", false, [column("x1"), column("log10")]).names).toEqual([]);
  expect(offered("y ~ ‸").names).toEqual([]);
  expect(offered("y ~ ‸", true).names).toHaveLength(CANDIDATES.length);
});

test("letters that change their length with their case do not move the place", () => {
  expect(offered("İ + my co‸").taken).toBe("İ + `my column`");
});
