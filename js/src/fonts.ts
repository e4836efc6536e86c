/**
 * KaTeX's fonts, registered with the document: a shadow root (marimo) ignores `@font-face` in its own style
 * sheets, and a document's font set serves both worlds without any address that a policy could refuse.
 */
import ams from "katex/dist/fonts/KaTeX_AMS-Regular.woff2";
import caligraphic from "katex/dist/fonts/KaTeX_Caligraphic-Regular.woff2";
import mainBold from "katex/dist/fonts/KaTeX_Main-Bold.woff2";
import mainItalic from "katex/dist/fonts/KaTeX_Main-Italic.woff2";
import mainRegular from "katex/dist/fonts/KaTeX_Main-Regular.woff2";
import mathBoldItalic from "katex/dist/fonts/KaTeX_Math-BoldItalic.woff2";
import mathItalic from "katex/dist/fonts/KaTeX_Math-Italic.woff2";
import size1 from "katex/dist/fonts/KaTeX_Size1-Regular.woff2";
import size2 from "katex/dist/fonts/KaTeX_Size2-Regular.woff2";
import size3 from "katex/dist/fonts/KaTeX_Size3-Regular.woff2";
import size4 from "katex/dist/fonts/KaTeX_Size4-Regular.woff2";

const FONTS: [family: string, base64: string, descriptors?: FontFaceDescriptors][] = [
  ["KaTeX_AMS", ams],
  ["KaTeX_Caligraphic", caligraphic],
  ["KaTeX_Main", mainRegular],
  ["KaTeX_Main", mainBold, { weight: "bold" }],
  ["KaTeX_Main", mainItalic, { style: "italic" }],
  ["KaTeX_Math", mathItalic, { style: "italic" }],
  ["KaTeX_Math", mathBoldItalic, { style: "italic", weight: "bold" }],
  ["KaTeX_Size1", size1],
  ["KaTeX_Size2", size2],
  ["KaTeX_Size3", size3],
  ["KaTeX_Size4", size4],
];

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** Register the fonts once per page, however many widgets it holds and whoever loaded KaTeX before. */
export function registerFonts(fonts: FontFaceSet | undefined): void {
  if (!fonts) return;
  for (const face of fonts) if (face.family.replace(/["']/g, "") === "KaTeX_Size4") return;
  for (const [family, base64, descriptors] of FONTS) {
    const face = new FontFace(family, bytes(base64), descriptors);
    fonts.add(face);
    // The promise rejects only when a font is damaged; the text then shows in the fallback font.
    face.load().catch(() => {});
  }
}
