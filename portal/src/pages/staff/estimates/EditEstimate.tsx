import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { blankDocument, documentInputOf, valuesOf } from '../editor/values';
import { ForCustomer } from '../settling/ForCustomer';
import { CustomersWords } from './CustomersWords';
import { EstimateForm } from './EstimateForm';
import {
  StaffDraftEstimateDocument,
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
  const draft = useAction(StaffDraftEstimateDocument, (result) => result.draftEstimate);
  return (
    <Page title={t('new.title')} back={{ to: '/estimates', label: t('title') }}>
      <ForCustomer label={t('new.who')} hint={t('new.choose')}>
        {({ id, currency }, rates) => (
          <EstimateForm
            draftKey="estimate:new"
            customerCurrency={currency}
            initial={blankDocument(currency, rates)}
            action={draft}
            send={async (values) => {
              const outcome = await draft.run({ input: { customerId: id, document: documentInputOf(values) } });
              return outcome?.kind === 'done' ? (outcome.payload.estimate?.id ?? null) : null;
            }}
          />
        )}
      </ForCustomer>
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
      <Loaded of={estimate}>
        {() =>
          known && (
            <>
              <CustomersWords of={known} />
              <RewriteForm estimate={known} />
            </>
          )
        }
      </Loaded>
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
      at={`/estimates/${estimate.id}`}
      send={async (values) => {
        const expectedVersion = isTold ? estimate.version : values.basedOn;
        const input = { estimateId: estimate.id, expectedVersion, document: documentInputOf(values) };
        const outcome = await action.run({ input });
        return outcome?.kind === 'done' ? estimate.id : null;
      }}
    />
  );
}
