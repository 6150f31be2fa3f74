import { Anchor, Group, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { CustomerPicker } from '../../../ui/CustomerPicker';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { blankDocument, documentInputOf, valuesOf } from '../editor/values';
import { EstimateForm } from './EstimateForm';
import {
  StaffDraftEstimateDocument,
  StaffEstimateChoicesDocument,
  StaffEstimateCustomerDocument,
  StaffEstimateDocumentDocument,
  type StaffEstimateDocumentQuery,
  StaffReviseEstimateDocument,
  StaffReworkEstimateDocument,
} from './staffEstimates.generated';

/** An estimate being written: a new one, a draft written anew, or an offer reworked into its next revision. */
export default function EditEstimate() {
  const { id } = useParams();
  const { mayAct } = useMe();
  if (!mayAct) return <NotFound />;
  return id ? <Rewrite id={id} /> : <NewEstimate />;
}

function NewEstimate() {
  const { t } = useTranslation('staffEstimates');
  const [params, setParams] = useSearchParams();
  const customerId = params.get('customer');
  const choices = useData(StaffEstimateChoicesDocument, {}, { live: false });
  const customer = useData(StaffEstimateCustomerDocument, { id: customerId ?? '' }, { paused: !customerId });
  const draft = useAction(StaffDraftEstimateDocument, (result) => result.draftEstimate);
  return (
    <Page title={t('new.title')} back={{ to: '/estimates', label: t('title') }}>
      <Paper withBorder p="lg" bg="var(--app-surface)">
        <Group align="end" gap="md">
          <CustomerPicker
            value={customerId}
            required
            onChange={(chosen) =>
              setParams(
                (before) => {
                  if (chosen) before.set('customer', chosen);
                  else before.delete('customer');
                  return before;
                },
                { replace: true },
              )
            }
          />
          <Anchor component={Link} to="/customers/new" size="sm" py={8}>
            {t('new.customer')}
          </Anchor>
        </Group>
        {!customerId && (
          <Text size="sm" c="dimmed" mt="sm">
            {t('new.choose')}
          </Text>
        )}
      </Paper>
      {customerId && (
        <Loaded of={customer}>
          {({ customer: chosen }) => (
            <Loaded of={choices}>
              {({ organisation }) =>
                chosen ? (
                  <EstimateForm
                    draftKey="estimate:new"
                    customerCurrency={chosen.currency}
                    initial={blankDocument(chosen.currency, organisation?.settings?.taxRates ?? [])}
                    action={draft}
                    send={async (values) => {
                      const outcome = await draft.run({
                        input: { customerId: chosen.id, document: documentInputOf(values) },
                      });
                      return outcome?.kind === 'done' ? (outcome.payload.estimate?.id ?? null) : null;
                    }}
                  />
                ) : (
                  <Text>{t('new.unknown')}</Text>
                )
              }
            </Loaded>
          )}
        </Loaded>
      )}
    </Page>
  );
}

type Estimate = NonNullable<StaffEstimateDocumentQuery['estimate']>;

function Rewrite({ id }: { id: string }) {
  const { t } = useTranslation('staffEstimates');
  const estimate = useData(StaffEstimateDocumentDocument, { id });
  const known = estimate.data?.estimate;
  if (known === null) return <NotFound />;
  const name = known?.number ?? t('draft');
  const isRework = known && known.state !== 'DRAFT';
  return (
    <Page
      title={t(isRework ? 'rework.title' : 'edit.title', { name })}
      subtitle={known?.customer?.name}
      back={{ to: `/estimates/${id}`, label: name }}
    >
      <Loaded of={estimate}>{() => known && <RewriteForm estimate={known} />}</Loaded>
    </Page>
  );
}

function RewriteForm({ estimate }: { estimate: Estimate }) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const revise = useAction(StaffReviseEstimateDocument, (result) => result.reviseEstimateDraft);
  const rework = useAction(StaffReworkEstimateDocument, (result) => result.reworkEstimate);
  const action = estimate.state === 'DRAFT' ? revise : rework;
  const newest = estimate.revisions.at(-1);
  if (!newest || estimate.state === 'ACCEPTED' || estimate.state === 'INVOICED') {
    return <Text>{t('rework.impossible')}</Text>;
  }
  // Told once that somebody was faster, who saves again means it.
  const isTold = action.failure?.kind === 'conflict';
  return (
    <EstimateForm
      draftKey={`estimate:${estimate.id}`}
      initial={valuesOf(newest.document, estimate.version, format.language)}
      action={action}
      note={isTold ? t('conflict') : null}
      send={async (values) => {
        const expectedVersion = isTold ? estimate.version : values.basedOn;
        const input = { estimateId: estimate.id, expectedVersion, document: documentInputOf(values) };
        const outcome = await action.run({ input });
        return outcome?.kind === 'done' ? estimate.id : null;
      }}
    />
  );
}
