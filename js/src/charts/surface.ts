/**
 * What a view is painted on. Elements are sharp at any size and cost nothing while nothing changes; a canvas costs
 * about half of what a browser needs for elements that change. So a chart is painted on a canvas until it rests.
 */
import type { Renderers, View } from "vega";

/** How long nothing changes before a chart is drawn in elements, in ms. */
const REST = 500;

/**
 * Every copy of Vega counts the masks of its clipped marks from 1, but a page has one list of ids: beside the charts of
 * another copy (a second widget, an Altair chart of another cell) marks were cut at the edge of a foreign chart.
 */
const COPY = `mlm-${Math.random().toString(36).slice(2)}-mask-`;
let masks = 0;

interface SceneNode {
  clip?: unknown;
  clip_id?: string;
  items?: SceneNode[];
}

function nameMasks(node: SceneNode): void {
  if (node.clip && !node.clip_id) node.clip_id = `${COPY}${++masks}`;
  node.items?.forEach(nameMasks);
}

export interface Surface {
  /** Run the view and paint it at once. */
  repaint(): Promise<View>;
  end(): void;
}

/**
 * The surface of a view, which at rest is painted by `still`. There is no rest soon after something was asked for
 * (`asked`, on the page's clock): the answer may be another chart.
 */
export function surfaceOf(view: View, still: Renderers, asked: () => number = () => 0): Surface {
  let timer = 0;
  const paint = (renderer: Renderers) => {
    // A canvas takes the place of elements at their size, though they may be drawn smaller than they are.
    view.container()?.classList.toggle("is-moving", renderer !== still);
    if (renderer === "svg") nameMasks((view.scenegraph() as unknown as { root: SceneNode }).root);
    return view.renderer(renderer).runAsync();
  };
  const restIn = (pause: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const left = asked() + REST - performance.now();
      if (left > 0) restIn(left);
      else void paint(still);
    }, pause);
  };
  return {
    repaint() {
      if (still !== "canvas") restIn(REST);
      return paint("canvas");
    },
    end: () => clearTimeout(timer),
  };
}
