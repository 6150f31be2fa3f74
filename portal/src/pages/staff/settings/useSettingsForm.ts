import type { FormErrors, UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import type { AnyVariables } from '@urql/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { placeOf } from '../../../api/fieldErrors';
import type { Action, Refusal } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { useDraft } from '../../../ui/useDraft';
import type { SettingsPartsFragment } from './settings.generated';

/** What the form began with, so that a change by somebody else is told from one's own. */
interface Seen {
  seen: { version: number; as: string };
}

interface Saved {
  readonly organisation: SettingsPartsFragment | null;
  readonly userErrors: readonly Refusal[];
}

export interface SettingsForm<Values extends Record<string, unknown>> {
  form: UseFormReturnType<Values & Seen>;
  action: Pick<Action<Saved, AnyVariables>, 'busy' | 'refusals' | 'failure'>;
  submit: (event?: React.FormEvent<HTMLFormElement>) => void;
  /** Whether the person may change it: the owner. */
  mayEdit: boolean;
  /** Whether something has been entered that is not saved. */
  isUnsaved: boolean;
  /** Whether somebody else has changed the same meanwhile. */
  isOutdated: boolean;
  /** Shows what is saved, in place of what was entered. */
  reset: () => void;
  /** Goes on with what was entered, over what somebody else has saved. */
  insist: () => void;
  /** Whether a refusal's place is a field of this form, which shows it. */
  isField: (place: string) => boolean;
}

/**
 * One form of the settings: it shows what is saved, keeps what is entered until that is saved too, and notices when
 * somebody else was faster.
 */
export function useSettingsForm<Values extends Record<string, unknown>, Variables extends AnyVariables>(options: {
  name: string;
  organisation: SettingsPartsFragment;
  refresh: () => void;
  /** What the form shows of the organisation. */
  read: (organisation: SettingsPartsFragment) => Values;
  validate?: (values: Values) => FormErrors;
  action: Action<Saved, Variables>;
  variables: (values: Values, expectedVersion: number) => Variables;
}): SettingsForm<Values> {
  const { t } = useTranslation('settings');
  const { organisation, read, action } = options;
  const [insisted, setInsisted] = useState(0);
  const current = (of: SettingsPartsFragment): Values & Seen => {
    const values = read(of);
    return { ...values, seen: { version: of.version, as: JSON.stringify(values) } };
  };
  const { form, forget } = useDraft<Values & Seen>(`settings:${options.name}`, {
    initialValues: current(organisation),
    ...(options.validate ? { validate: options.validate } : {}),
  });
  const adopt = (of: SettingsPartsFragment) => {
    form.setValues(current(of) as Partial<Values & Seen>); // Every field of it, which TypeScript cannot tell.
    form.clearErrors();
    forget();
  };
  const { seen, ...entered } = form.values;
  const isUnsaved = JSON.stringify(entered) !== seen.as;
  // Just after saving, what the page knows is older than what was saved.
  const isOutdated = organisation.version > seen.version && JSON.stringify(read(organisation)) !== seen.as;

  const follow = useRef<() => void>(undefined);
  const sendsAgain = useRef(false);
  follow.current = () => {
    if (organisation.version <= seen.version || action.busy) return;
    // Also where it was saved, and only the answer was lost.
    const isSaved = JSON.stringify(entered) === JSON.stringify(read(organisation));
    if (isSaved && isUnsaved) action.clear();
    if (isSaved || !isUnsaved) adopt(organisation);
    else if (!isOutdated) {
      see(organisation.version, seen.as);
      if (sendsAgain.current) submit();
    }
    sendsAgain.current = false;
  };
  const see = (version: number, as: string) => form.setValues({ seen: { version, as } } as Partial<Values & Seen>); // As above.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another version comes, not when something is typed
  useEffect(() => follow.current?.(), [organisation.version, action.busy]);

  const focusFirst = (errors: FormErrors) => {
    const [first] = Object.keys(errors);
    if (first) form.getInputNode(first)?.focus();
  };
  const isField = (place: string) => isLeaf(form.getValues(), place);
  const submit = form.onSubmit(async ({ seen: { version }, ...values }) => {
    // Only `seen` is taken off, and that the values never had.
    const outcome = await action.run(options.variables(values as unknown as Values, version));
    if (outcome?.kind === 'done') sendsAgain.current = false;
    if (outcome?.kind === 'done' && outcome.payload.organisation) {
      adopt(outcome.payload.organisation);
      notifications.show({ message: t('saved') });
    }
    if (outcome?.kind === 'refused') {
      const errors = Object.fromEntries(
        outcome.refusals.filter((one) => isField(placeOf(one))).map((one) => [placeOf(one), one.message]),
      );
      form.setErrors(errors);
      focusFirst(errors);
    }
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') {
      // Where it was something else that has changed, there is nothing to ask.
      sendsAgain.current = true;
      options.refresh();
    }
  }, focusFirst);

  return {
    form,
    action,
    submit,
    mayEdit: useMe().role === 'OWNER',
    isUnsaved,
    isOutdated: isUnsaved && isOutdated && insisted < organisation.version,
    reset: () => {
      action.clear();
      adopt(organisation);
    },
    insist: () => {
      action.clear();
      setInsisted(organisation.version);
      see(organisation.version, seen.as);
    },
    isField,
  };
}

/** Whether there is a text, number or choice at that place of the values, such as `address.street`. */
function isLeaf(values: unknown, place: string): boolean {
  const found = place
    .split('.')
    .reduce<unknown>((so, key) => (typeof so === 'object' && so ? Reflect.get(so, key) : undefined), values);
  return found !== undefined && (typeof found !== 'object' || found === null);
}
