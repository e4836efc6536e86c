import type { View } from "../protocol";
import { useWidget } from "../state";
import { Chips } from "./Chips";
import { GroupCard } from "./GroupCard";
import { Presets } from "./Presets";
import { Select } from "./Select";

/** The builder: outcome, population level, group level. */
export function Form({ view }: { view: View }) {
  const { send } = useWidget();
  const { form } = view;
  const hint = form.family_hint;
  return (
    <form class="mlm-form" aria-label="Model builder" onSubmit={(event) => event.preventDefault()}>
      <Presets presets={form.presets} />
      <fieldset data-part="response">
        <legend>Outcome</legend>
        <Select select={form.response} label="Outcome" />
        <Select select={form.family} label="Family of the outcome" />
        {hint && (
          <p class="mlm-fact">
            {hint.text}{" "}
            <button type="button" class="mlm-link" onClick={() => send(hint.request)}>
              {hint.label}
            </button>
          </p>
        )}
      </fieldset>
      <fieldset>
        <legend title={form.population.also}>{form.population.legend}</legend>
        <Chips intercept={form.intercept} terms={form.terms} add={form.add_term} />
      </fieldset>
      <fieldset>
        <legend title={form.group.also}>{form.group.legend}</legend>
        {form.groups.map((card) => (
          <GroupCard key={card.part} card={card} />
        ))}
        {form.add_group.choices.length > 0 && (
          <Select select={form.add_group} label="Add a grouping factor" action="+ Add grouping" />
        )}
      </fieldset>
      <div class="mlm-form-foot">
        <p class="mlm-rows">{view.rows}</p>
        <Select select={view.vocabulary} label="Words for the two kinds of effects" small />
      </div>
    </form>
  );
}
