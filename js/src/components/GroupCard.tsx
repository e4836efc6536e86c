import { isolated } from "../bidi";
import type { GroupCard as Card } from "../protocol";
import { useWidget } from "../state";
import { Remove } from "./Chips";
import { Select } from "./Select";
import { Toggle } from "./Toggle";

/** One grouping factor: which effects vary between its groups, and whether they go together. */
export function GroupCard({ card }: { card: Card }) {
  const { remove } = card;
  const name = card.factor.value ?? "grouping";
  return (
    <fieldset class="mlm-card" data-part={card.part}>
      <legend class="mlm-hidden">Groups: {name}</legend>
      <div class="mlm-card-head">
        <Select select={card.factor} label="Grouping factor" />
        {remove && <Remove label={`Remove the grouping by ${name}`} request={remove} />}
      </div>
      <Toggle toggle={card.intercept} />
      {card.slopes.map((slope) => (
        <Toggle key={slope.label} toggle={slope} />
      ))}
      {card.correlated && <Correlated correlated={card.correlated} />}
      {card.facts.map((fact) => (
        <p key={fact} class="mlm-fact">
          {isolated(fact)}
        </p>
      ))}
    </fieldset>
  );
}

function Correlated({ correlated }: { correlated: NonNullable<Card["correlated"]> }) {
  const { asking } = useWidget();
  const { value, choices, part, request } = correlated;
  return (
    <div data-part={part}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as one segmented control */}
      <div class="mlm-segments" role="group" aria-label="Correlation of the varying effects">
        {choices.map((choice) => (
          <button
            key={choice.value}
            type="button"
            aria-pressed={choice.value === value}
            {...asking(choice.value === value ? null : { ...request, value: choice.value })}
          >
            {choice.label} <code>{choice.value}</code>
          </button>
        ))}
      </div>
    </div>
  );
}
