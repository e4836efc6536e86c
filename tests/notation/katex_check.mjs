// Sets every formula of a JSON list [{latex, ids}] with KaTeX in strict mode; prints [{index, error}] of
// those that it refuses. With ids only \htmlData with a well-formed part is allowed beyond LaTeX.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const katex = createRequire(process.argv[2] + "/")("katex");
const PART = /^part=[a-z0-9-]+$/;
const refused = [];
for (const [index, { latex, ids }] of JSON.parse(await text(process.stdin)).entries()) {
  try {
    katex.renderToString(latex, {
      displayMode: true,
      throwOnError: true,
      // Letters of scripts that KaTeX has no metrics of are shown in the reader's own font.
      strict: (code) =>
        code === "unknownSymbol" || (ids && code === "htmlExtension") ? "ignore" : "error",
      trust: (context) =>
        ids &&
        context.command === "\\htmlData" &&
        Object.entries(context.attributes).every(([k, v]) => PART.test(`${k.replace("data-", "")}=${v}`)),
    });
  } catch (error) {
    refused.push({ index, error: String(error.message) });
  }
}
process.stdout.write(JSON.stringify(refused));
