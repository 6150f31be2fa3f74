import { Alert, Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { Facts } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { useDraft } from '../../../ui/useDraft';
import classes from './Estimate.module.css';
import {
  AcceptEstimateDocument,
  PreviewAcceptanceDocument,
  type PreviewAcceptanceQuery,
  type RevisionPartsFragment,
} from './estimates.generated';
import { isChanged, OfferChanged } from './OfferChanged';

type Preview = PreviewAcceptanceQuery['previewAcceptance'];
const isField = (place: string) => ['name', 'termsAccepted'].includes(place);

/**
 * Accepts the one revision that the person has before them: who accepts, the terms where there are some, and what follows
 * from it. Where the offer changes meanwhile (`isStale`), nothing can be accepted any more but by looking at the new one.
 */
export function AcceptDialog(props: {
  estimateId: string;
  number: string;
  revision: RevisionPartsFragment;
  isStale: boolean;
  opened: boolean;
  onClose: () => void;
  onChanged: () => void;
}) {
  const { t } = useTranslation('estimates');
  const me = useMe();
  const { revision } = props;
  const accept = useAction(AcceptEstimateDocument, (result) => result.acceptEstimate);
  const preview = useData(
    PreviewAcceptanceDocument,
    { estimateId: props.estimateId, revision: revision.revision },
    { paused: !props.opened || props.isStale },
  );
  const { form, forget } = useDraft(`accept:${props.estimateId}:${revision.revision}`, {
    initialValues: { name: me.name, termsAccepted: false },
    validate: ({ name, termsAccepted }) => ({
      name: name.trim() ? null : t('accept.name.missing'),
      termsAccepted: termsAccepted || !revision.document.terms ? null : t('accept.terms.missing'),
    }),
  });
  const changed = isChanged(props.isStale, accept);
  const send = form.onSubmit(async ({ name, termsAccepted }) => {
    const input = { estimateId: props.estimateId, revision: revision.revision, name, termsAccepted };
    const outcome = await accept.run({ input });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    forget();
    props.onClose();
    notifications.show({ message: t('accept.done', { number: props.number }) });
  });
  return (
    <ActionDialog
      title={t('accept.title', { number: props.number })}
      opened={props.opened}
      onClose={props.onClose}
      action={changed ? { busy: false, refusals: [], failure: null } : accept}
      onSubmit={() => (changed ? props.onChanged() : send())}
      submit={t(changed ? 'changed.look' : 'accept.submit')}
      isField={isField}
    >
      {changed ? (
        <OfferChanged />
      ) : (
        <Stack gap="md">
          <Terms revision={revision} />
          {revision.document.terms && (
            <Checkbox
              label={t('accept.terms.label')}
              data-autofocus
              {...form.getInputProps('termsAccepted', { type: 'checkbox' })}
            />
          )}
          <TextInput
            label={t('accept.name.label')}
            description={t('accept.name.description')}
            autoComplete="name"
            required
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Loaded
            of={preview}
            skeleton={
              <Text size="sm" c="dimmed">
                {t('accept.asking')}
              </Text>
            }
          >
            {({ previewAcceptance }) => <WhatFollows of={previewAcceptance} />}
          </Loaded>
        </Stack>
      )}
    </ActionDialog>
  );
}

function Terms({ revision }: { revision: RevisionPartsFragment }) {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  return (
    <>
      <Facts
        of={[
          [t('accept.total'), <strong key="total">{format.money(revision.total)}</strong>],
          [t('fact.deposit'), revision.deposit && format.money(revision.deposit)],
        ]}
      />
      {revision.document.terms && (
        <Facts
          of={[
            [
              t('accept.terms.title'),
              <span key="terms" className={classes.words}>
                {revision.document.terms}
              </span>,
            ],
          ]}
        />
      )}
    </>
  );
}

function WhatFollows({ of }: { of: Preview }) {
  const { t } = useTranslation('estimates');
  const me = useMe();
  const format = useFormat();
  const merchant = me.organisation?.details.name ?? '';
  const [refusal] = of.userErrors;
  if (refusal) {
    return (
      <Alert color="red" variant="light" role="alert">
        {refusal.message}
      </Alert>
    );
  }
  const { invoice } = of;
  if (!invoice) return <Alert variant="light">{t('accept.follows.byStaff', { merchant })}</Alert>;
  const kind = `${invoice.isDeposit ? 'deposit' : 'invoice'}${invoice.issued ? 'Issued' : 'Draft'}` as const;
  return (
    <Alert variant="light">
      {t(`accept.follows.${kind}`, {
        merchant,
        amount: format.money(invoice.document.total),
        date: format.date(invoice.dueDate),
      })}
    </Alert>
  );
}
