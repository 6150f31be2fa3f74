import { Alert, Anchor, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { blankDocument, documentInputOf, valuesOf } from '../editor/values';
import { DocumentForm } from '../settling/DocumentForm';
import { ForCustomer } from '../settling/ForCustomer';
import {
  StaffDraftInvoiceDocument,
  StaffInvoiceDocument,
  type StaffInvoicePartsFragment,
  StaffReviseInvoiceDocument,
} from './invoices.generated';

/** An invoice being written: a new one, or its draft written anew. */
export default function EditInvoice() {
  const { id } = useParams();
  const { mayAct } = useMe();
  if (!mayAct) return <NotFound />;
  return id ? <Rewrite id={id} /> : <New />;
}

function New() {
  const { t } = useTranslation('staffInvoices');
  const draft = useAction(StaffDraftInvoiceDocument, (result) => result.draftInvoice);
  return (
    <Page title={t('edit.newTitle')} back={{ to: '/invoices', label: t('title') }}>
      <ForCustomer label={t('edit.customer')} hint={t('edit.chooseFirst')}>
        {(customer, rates) => (
          <DocumentForm
            draftKey={`invoice new ${customer.id}`}
            initial={blankDocument(customer.currency, rates)}
            action={draft}
            submit={t('edit.save')}
            send={async (values) => {
              const outcome = await draft.run({
                input: { customerId: customer.id, document: documentInputOf(values) },
              });
              if (outcome?.kind !== 'done') return null;
              notifications.show({ message: t('edit.done') });
              return `/invoices/${outcome.payload.invoice?.id}`;
            }}
          />
        )}
      </ForCustomer>
    </Page>
  );
}

function Rewrite({ id }: { id: string }) {
  const { t } = useTranslation('staffInvoices');
  const data = useData(StaffInvoiceDocument, { id });
  const invoice = data.data?.invoice;
  if (invoice === null) return <NotFound />;
  return (
    <Page
      title={t('edit.title')}
      subtitle={invoice?.customer?.name}
      back={{ to: `/invoices/${id}`, label: t('edit.toInvoice') }}
    >
      <Loaded of={data} skeleton={<Bars />}>
        {() => invoice && <Draft invoice={invoice} />}
      </Loaded>
    </Page>
  );
}

function Draft({ invoice }: { invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const revise = useAction(StaffReviseInvoiceDocument, (result) => result.reviseInvoiceDraft);
  const wasTold = useRef(false);
  if (invoice.status !== 'DRAFT' || !invoice.document) {
    return (
      <Alert color="gray" variant="light" role="alert">
        <Text size="sm">
          {t('edit.issued')}{' '}
          <Anchor component={Link} to={`/invoices/${invoice.id}`} size="sm" underline="always">
            {t('edit.toInvoice')}
          </Anchor>
        </Text>
      </Alert>
    );
  }
  return (
    <DocumentForm
      draftKey={`invoice ${invoice.id}`}
      initial={valuesOf(invoice.document, invoice.version, format.language)}
      action={revise}
      at={`/invoices/${invoice.id}`}
      submit={t('edit.save')}
      send={async (values) => {
        const outcome = await revise.run({
          input: {
            invoiceId: invoice.id,
            // Who was told that somebody was faster, and saves again, means it.
            expectedVersion: wasTold.current ? invoice.version : values.basedOn,
            document: documentInputOf(values),
          },
        });
        wasTold.current = outcome?.kind === 'failed' && outcome.failure.kind === 'conflict';
        if (outcome?.kind !== 'done') return null;
        notifications.show({ message: t('edit.done') });
        return `/invoices/${invoice.id}`;
      }}
    />
  );
}
