import { Alert, Anchor, Button, Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { placeOf } from '../../../api/fieldErrors';
import { type Refusal, useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { Facts, Section } from '../../../ui/Facts';
import { isNegative, isZero, readAmount, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { Table } from '../../../ui/Table';
import { useDraft } from '../../../ui/useDraft';
import { onlyButtonsSend } from '../longForm';
import { Restored } from '../Restored';
import { minus, typed } from '../settling/amounts';
import { creditedOf, leftToCredit, thatCount } from './creditedBefore';
import {
  StaffCreditPreviewDocument,
  StaffDraftCreditNoteDocument,
  StaffInvoiceToCreditDocument,
  type StaffInvoiceToCreditQuery,
} from './creditNotes.generated';

type Invoice = NonNullable<StaffInvoiceToCreditQuery['invoice']>;
type Line = DocumentPartsFragment['lines'][number];

/** A line that is credited, and how much of it. */
interface Pick {
  lineId: number;
  quantity: string;
}

/** Credits an invoice: which of its lines, and how much of each. */
export function CreditInvoice({ invoiceId }: { invoiceId: string }) {
  const { t } = useTranslation('creditNotes');
  const data = useData(StaffInvoiceToCreditDocument, { id: invoiceId });
  const invoice = data.data?.invoice;
  if (invoice === null) return <NotFound />;
  const number = invoice?.number ?? '';
  return (
    <Page
      title={invoice ? t('edit.ofInvoice', { number }) : t('edit.newTitle')}
      subtitle={invoice?.customer?.name}
      back={{ to: `/invoices/${invoiceId}`, label: t('edit.toInvoice', { number }) }}
    >
      <Loaded of={data}>
        {() =>
          invoice?.document && invoice.status !== 'DRAFT' && invoice.status !== 'VOIDED' ? (
            <Form invoice={invoice} document={invoice.document} />
          ) : (
            <Alert color="gray" variant="light" role="alert">
              {t('edit.notIssued')}
            </Alert>
          )
        }
      </Loaded>
    </Page>
  );
}

function Form({ invoice, document }: { invoice: Invoice; document: DocumentPartsFragment }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const navigate = useNavigate();
  const draft = useAction(StaffDraftCreditNoteDocument, (result) => result.draftCreditNote);
  const credited = creditedOf(document.lines, thatCount(invoice.creditNotes));
  const leftOf = (line: Line) => minus(line.quantity, credited[line.lineId] ?? '0');
  const kept = useDraft(`credit ${invoice.id}`, {
    initialValues: {
      picked: {} as Record<string, boolean>,
      quantities: Object.fromEntries(document.lines.map((line) => [line.lineId, typed(leftOf(line), format.language)])),
      notes: '',
    },
  });
  const { form, forget } = kept;
  const { picked, quantities } = form.values;
  const open = document.lines.filter((line) => !isZero(leftOf(line)));
  const chosen = open.filter((line) => picked[line.lineId]);
  const picks: Pick[] = chosen.flatMap((line) => {
    const quantity = readAmount(quantities[line.lineId] ?? '');
    return quantity !== null && isWithin(quantity, leftOf(line)) ? [{ lineId: line.lineId, quantity }] : [];
  });
  const preview = useCreditPreview(invoice.id, picks);
  const left = leftToCredit(invoice.total.amount, thatCount(invoice.creditNotes));
  const submit = async () => {
    const wrong = chosen.filter((line) => !picks.some(({ lineId }) => lineId === line.lineId));
    form.clearErrors();
    if (chosen.length === 0) return form.setErrors({ picked: t('pick.none') });
    if (wrong.length > 0) {
      const said = (line: Line) => t('pick.badQuantity', { most: format.number(leftOf(line)) });
      return form.setErrors(Object.fromEntries(wrong.map((line) => [`quantities.${line.lineId}`, said(line)])));
    }
    const outcome = await draft.run({
      input: { invoiceId: invoice.id, lines: picks, notes: form.values.notes.trim() || null },
    });
    if (outcome?.kind === 'refused') {
      form.setErrors(Object.fromEntries(outcome.refusals.flatMap((one) => atLine(one, picks))));
    }
    if (outcome?.kind !== 'done') return;
    forget();
    notifications.show({ message: t('pick.done') });
    navigate(`/credit-notes/${outcome.payload.creditNote?.id}`, { replace: true });
  };
  return (
    <form
      noValidate
      onKeyDown={onlyButtonsSend}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="lg">
        <Restored of={kept} />
        <Before invoice={invoice} left={left} />
        <Section title={t('pick.title')}>
          <Stack gap="md">
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                {t('pick.text')}
              </Text>
              <Button
                variant="default"
                onClick={() =>
                  form.setFieldValue('picked', Object.fromEntries(open.map(({ lineId }) => [lineId, true])))
                }
              >
                {t('pick.all')}
              </Button>
            </Group>
            <Table
              label={t('pick.title')}
              rows={document.lines}
              rowKey={({ lineId }) => String(lineId)}
              empty=""
              leading={{
                header: t('pick.title'),
                cell: (line) => (
                  <Checkbox
                    aria-label={t('pick.line', { line: line.description })}
                    checked={chosen.includes(line)}
                    disabled={!open.includes(line)}
                    onChange={({ currentTarget: { checked } }) => form.setFieldValue(`picked.${line.lineId}`, checked)}
                  />
                ),
              }}
              columns={[
                { key: 'description', header: t('pick.description'), cell: (line) => line.description },
                {
                  key: 'billed',
                  header: t('pick.billed'),
                  end: true,
                  cell: (line) => <Billed line={line} credited={credited[line.lineId] ?? '0'} />,
                },
                {
                  key: 'quantity',
                  header: t('pick.quantity'),
                  end: true,
                  cell: (line) => (
                    <TextInput
                      aria-label={t('pick.quantityOf', { line: line.description })}
                      inputMode="decimal"
                      autoComplete="off"
                      maxLength={24}
                      w={110}
                      ml="auto"
                      disabled={!chosen.includes(line)}
                      value={quantities[line.lineId] ?? ''}
                      onChange={({ currentTarget: { value } }) =>
                        form.setFieldValue(`quantities.${line.lineId}`, value)
                      }
                      error={form.errors[`quantities.${line.lineId}`]}
                    />
                  ),
                },
                {
                  key: 'amount',
                  header: t('pick.amount'),
                  end: true,
                  narrow: 'amount',
                  cell: (line) => format.money(line.amount),
                },
              ]}
            />
            {form.errors.picked && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                {form.errors.picked}
              </Text>
            )}
          </Stack>
        </Section>
        <Preview of={preview} />
        <Section title={t('pick.notes')}>
          <Textarea
            aria-label={t('pick.notes')}
            description={t('pick.notesText')}
            autosize
            minRows={2}
            maxRows={10}
            maxLength={5000}
            {...form.getInputProps('notes')}
          />
        </Section>
        <Problems of={draft} except={(place) => /^lines\.\d+/.test(place) || place === 'notes'} />
        <Group justify="flex-end">
          <Button type="submit" loading={draft.busy}>
            {t('pick.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** How much of a line was billed, and what of that is credited already. */
function Billed({ line, credited }: { line: Line; credited: string }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const isAll = isZero(minus(line.quantity, credited));
  return (
    <>
      {format.number(line.quantity)}
      {!isZero(credited) && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'normal' }}>
          {isAll
            ? t('pick.creditedAll')
            : t('pick.credited', { credited: format.number(credited), billed: format.number(line.quantity) })}
        </Text>
      )}
    </>
  );
}

/** What the invoice came to, what was credited of it before, and what is left of it. */
function Before({ invoice, left }: { invoice: Invoice; left: string }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const before = thatCount(invoice.creditNotes);
  return (
    <Text size="sm" component="div">
      {t('pick.invoice', { total: format.money(invoice.total), due: format.money(invoice.due) })}
      {before.length > 0 && (
        <>
          {' '}
          {t('pick.before')}{' '}
          {before.map((note, at) => (
            <span key={note.id}>
              {at > 0 && ', '}
              <Anchor component={Link} to={`/credit-notes/${note.id}`} size="sm" underline="always">
                {note.number ?? t('unnumbered')}
              </Anchor>{' '}
              ({format.money(note.total)})
            </span>
          ))}
          . {t('pick.left', { left: format.money({ ...invoice.total, amount: left }) })}
        </>
      )}
    </Text>
  );
}

/** What it comes to, as the server says, a moment after the last key. */
function useCreditPreview(invoiceId: string, picks: readonly Pick[]) {
  const [asked] = useDebouncedValue(JSON.stringify(picks), 200);
  const lines = JSON.parse(asked) as Pick[]; // As it was written above.
  const isAsked = lines.length > 0;
  const preview = useData(
    StaffCreditPreviewDocument,
    { input: { invoiceId, lines } },
    { paused: !isAsked, live: false },
  );
  const answer = isAsked ? preview.data?.previewCreditNote : null;
  return { document: answer?.document, refusal: answer?.userErrors[0]?.message, failed: preview.error !== undefined };
}

function Preview({ of }: { of: ReturnType<typeof useCreditPreview> }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const { document, refusal } = of;
  return (
    <Section title={t('pick.preview')}>
      <div aria-live="polite">
        {refusal && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {refusal}
          </Text>
        )}
        {document && (
          <Facts
            of={[
              [t('pick.net'), format.money(document.net)],
              [t('pick.tax'), format.money(document.tax)],
              [t('pick.total'), <strong key="total">{format.money(document.total)}</strong>],
            ]}
          />
        )}
        {!document && !refusal && (
          <Text size="sm" c="dimmed">
            {t(of.failed ? 'pick.previewFailed' : 'pick.previewNone')}
          </Text>
        )}
      </div>
    </Section>
  );
}

/** Whether a quantity lies between nothing and what is left of the line's own. */
function isWithin(quantity: string, most: string): boolean {
  const isReversed = isNegative(most);
  const rest = isReversed ? minus(quantity, most) : minus(most, quantity);
  return !isZero(quantity) && isNegative(quantity) === isReversed && !isNegative(rest);
}

/** A refusal at the field of the line that it is about. */
function atLine(refusal: Refusal, picks: readonly Pick[]): [string, string][] {
  const place = placeOf(refusal);
  if (place === 'notes') return [['notes', refusal.message]];
  const line = picks[Number(/^lines\.(\d+)/.exec(place)?.[1] ?? -1)];
  return line ? [[`quantities.${line.lineId}`, refusal.message]] : [];
}
