/** A drawn chart as a picture to save: with heading, formula and notes, which on screen stand around the drawing. */
import type { View } from "vega";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 16;
/** Narrower drawings leave room beside them, so that their heading is no column of single words. */
const NARROWEST = 420;
/** Pixels of a PNG for each of the screen's. */
const SHARPNESS = 2;

export interface Caption {
  title: string;
  /** What there is to see, for those who cannot. */
  description: string;
  formula: string;
  /** Sentences below the formula. */
  notes: string[];
}

export interface Paper {
  ground: string;
  ink: string;
  font: string;
}

interface Style {
  size: number;
  leading: number;
  weight: number;
  family: string;
  opacity: number;
}

type Measure = (text: string, style: Style) => number;

function measurer(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  return (text, { size, weight, family }) => {
    if (!context) return 0.6 * size * text.length;
    context.font = `${weight} ${size}px ${family}`;
    return context.measureText(text).width;
  };
}

/** Break a text into lines no wider than `room`: between words, and within one only where it is wider itself. */
export function wrapped(text: string, room: number, width: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (width(longer) <= room) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = "";
    for (const letter of word) {
      if (line && width(line + letter) > room) {
        lines.push(line);
        line = "";
      }
      line += letter;
    }
  }
  return [...lines, line];
}

function element(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

interface Picture {
  svg: string;
  width: number;
  height: number;
}

/** Put a caption above a drawing, both of them on their ground. */
export function composed(drawing: string, caption: Caption, { ground, ink, font }: Paper): Picture {
  const chart = new DOMParser().parseFromString(drawing, "image/svg+xml").documentElement;
  const [wide, tall] = ["width", "height"].map((side) => Math.ceil(Number(chart.getAttribute(side)))) as [
    number,
    number,
  ];
  const width = Math.max(wide, NARROWEST) + 2 * MARGIN;
  const plain: Style = { size: 11.5, leading: 16, weight: 400, family: font, opacity: 0.78 };
  const monospaced = { ...plain, family: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace' };
  const paragraphs: [string, Style][] = [
    [caption.title, { ...plain, size: 14, leading: 20, weight: 600, opacity: 1 }],
    [caption.formula, monospaced],
    [caption.notes.join(" "), plain],
  ];
  const measure = measurer();
  const texts: SVGElement[] = [];
  let y = MARGIN - 4;
  for (const [text, style] of paragraphs.filter(([text]) => text)) {
    for (const line of wrapped(text, width - 2 * MARGIN, (part) => measure(part, style))) {
      y += style.leading;
      const looks = { "font-family": style.family, "font-size": style.size, "font-weight": style.weight };
      texts.push(element("text", { x: MARGIN, y, fill: ink, opacity: style.opacity, ...looks }, line));
    }
    y += 2;
  }
  const top = y + 12;
  const height = top + tall + MARGIN;
  const whole = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  const place = document.importNode(chart, true);
  place.setAttribute("x", String(MARGIN));
  place.setAttribute("y", String(top));
  whole.append(
    element("title", {}, caption.title),
    element("desc", {}, caption.description),
    element("rect", { width, height, fill: ground }),
    ...texts,
    place,
  );
  return { svg: new XMLSerializer().serializeToString(whole), width, height };
}

/** Draw a picture on a canvas; its address is of data, which the policy of a saved page allows. */
async function rasterised({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SHARPNESS * width;
  canvas.height = SHARPNESS * height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large.")))),
  );
}

/** The file of a drawn chart, as it looks now. */
export async function pictureOf(
  view: View,
  kind: "png" | "svg",
  caption: Caption,
  paper: Paper,
): Promise<Blob> {
  const picture = composed(await view.toSVG(), caption, paper);
  return kind === "svg" ? new Blob([picture.svg], { type: "image/svg+xml" }) : rasterised(picture);
}
