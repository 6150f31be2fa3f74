import { Button, Grid, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import type { FormErrors, UseFormReturnType } from '@mantine/form';
import { Plus } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaxCategory } from '../../../api/schema.generated';
import type { Refusal } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { DiscountInput } from './DiscountInput';
import classes from './DocumentEditor.module.css';
import { StaffEditorChoicesDocument } from './editor.generated';
import { LineFields } from './LineFields';
import { Totals } from './Totals';
import { useLines } from './useLines';
import { usePreview } from './usePreview';
import { type DocumentValues, isBlank, noTax, refusalsAt, taxText } from './values';

/**
 * What an estimate, an invoice or a credit note says, being written: its lines, its discount and its words, with the
 * totals that the server would compute and what it would refuse, at the field, while one types.
 *
 * It is the fields only; the page around it owns the form (so that nothing typed is lost), the title and the buttons:
 *
 *     const { form, forget } = useDraft<DocumentValues>(`invoice ${id}`, {
 *       initialValues: valuesOf(document, version, format.language), // or blankDocument(currency, taxRates)
 *       validate: checkDocument(useEditorWords()),
 *     });
 *     <form noValidate onSubmit={form.onSubmit((values) => save.run({ input: { document: documentInputOf(values), … } }), focusFirst(form))}>
 *       <DocumentEditor form={form} refusals={save.refusals} />
 *       <Problems of={save} except={isDocumentField} />
 *       <Button type="submit" loading={save.busy}>…</Button>
 *     </form>
 */
export function DocumentEditor(props: {
  form: UseFormReturnType<DocumentValues>;
  /** What the server refused when it was sent. */
  refusals: readonly Refusal[];
  /** Whether terms stand on such a document at all. Default: yes. */
  withTerms?: boolean;
}) {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const { form } = props;
  const { values } = form;
  const frame = useRef<HTMLDivElement>(null);
  const { add, actionsOf, said } = useLines(form, frame);
  const preview = usePreview(values);
  const choices = useData(StaffEditorChoicesDocument, {}).data?.organisation;
  const taxes = useTaxes(choices?.settings?.taxRates, values);
  const currencies = [
    ...new Set([values.currency, choices?.currency, ...(choices?.settings?.currencies ?? [])]),
  ].filter((code) => code !== undefined);
  useRefusals(form, props.refusals);
  const errorOf = (place: string): string | undefined => {
    const own = form.errors[place];
    if (typeof own === 'string') return own;
    const unread = preview.unreadable[place];
    return unread === undefined ? preview.errors[place] : t(unread ? 'notAnAmount' : 'required');
  };
  return (
    <Stack gap="lg">
      <Section title={t('lines')}>
        <Stack gap="md" ref={frame} className={classes.frame}>
          <div className={classes.choices}>
            <NativeSelect
              label={t('currency')}
              data={currencies}
              {...form.getInputProps('currency')}
              error={errorOf('currency')}
            />
            <NativeSelect
              label={t('prices.label')}
              {...form.getInputProps('prices')}
              error={errorOf('prices')}
              data={[
                { value: 'TAX_EXCLUSIVE', label: t('prices.TAX_EXCLUSIVE') },
                { value: 'TAX_INCLUSIVE', label: t('prices.TAX_INCLUSIVE') },
              ]}
            />
          </div>
          <div>
            <div className={classes.head} aria-hidden>
              {(['description', 'quantity', 'unitPrice', 'discount', 'tax', 'amount'] as const).map((column) => (
                <span key={column}>{t(`line.${column}`)}</span>
              ))}
            </div>
            {values.lines.map((line, at) => {
              const amount = preview.amountOf(line.key);
              return (
                <LineFields
                  key={line.key}
                  form={form}
                  at={at}
                  line={line}
                  isLast={at === values.lines.length - 1}
                  isOnly={values.lines.length === 1}
                  currency={values.currency}
                  taxes={taxes}
                  amount={amount ? format.money(amount) : '–'}
                  errors={Object.fromEntries(lineFields.map((field) => [field, errorOf(`lines.${at}.${field}`)]))}
                  actions={actionsOf(at)}
                />
              );
            })}
          </div>
          {errorOf('lines') && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {errorOf('lines')}
            </Text>
          )}
          <div className={classes.below}>
            <Button variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={add}>
              {t('addLine')}
            </Button>
            <Text size="xs" c="dimmed">
              {t('hint')}
            </Text>
          </div>
          <div className="sr-only" role="status">
            {said}
          </div>
        </Stack>
      </Section>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t('words')}>
            <Stack gap="md">
              <Textarea
                label={t('notes.label')}
                description={t('notes.description')}
                autosize
                minRows={2}
                maxRows={10}
                {...form.getInputProps('notes')}
                error={errorOf('notes')}
              />
              {(props.withTerms ?? true) && (
                <Textarea
                  label={t('terms.label')}
                  description={t('terms.description')}
                  autosize
                  minRows={2}
                  maxRows={10}
                  {...form.getInputProps('terms')}
                  error={errorOf('terms')}
                />
              )}
            </Stack>
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Section title={t('totals.title')}>
            <Stack gap="md">
              <DiscountInput form={form} place="discount" label={t('discount')} error={errorOf('discount')} />
              <Totals of={preview} />
            </Stack>
          </Section>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

const lineFields = ['description', 'quantity', 'unitPrice', 'discount', 'tax'] as const;

/** The words of `checkDocument`, in the person's language. */
export function useEditorWords() {
  const { t } = useTranslation('editor');
  return { required: t('required'), notAnAmount: t('notAnAmount'), noLines: t('noLines') };
}

/** Where something is missing, the first such field gets the focus; for `form.onSubmit`. */
export const focusFirst = (form: UseFormReturnType<DocumentValues>) => (errors: FormErrors) => {
  const [first] = Object.keys(errors);
  if (first) form.getInputNode(first)?.focus();
};

/** The organisation's taxes by their names, none at all, and those that lines have from elsewhere. */
function useTaxes(
  rates: readonly { readonly name: string; readonly category: TaxCategory; readonly percent: string }[] | undefined,
  { lines }: DocumentValues,
): { value: string; label: string }[] {
  const { t } = useTranslation(['editor', 'document']);
  const format = useFormat();
  const used = [...new Set(lines.map(({ tax }) => tax))].join('|');
  return useMemo(() => {
    const known = new Map(rates?.map((rate) => [taxText(rate), rate.name]));
    if (!known.has(noTax)) known.set(noTax, t('noTax'));
    for (const tax of used.split('|')) {
      if (known.has(tax)) continue;
      const [category, percent] = tax.split(' ') as [TaxCategory, string]; // As `taxText` has written it.
      known.set(tax, t(`document:tax.${category}`, { percent: format.percent(percent) }));
    }
    return [...known].map(([value, label]) => ({ value, label }));
  }, [rates, used, t, format]);
}

/** Puts what the server refused at the fields, once for each answer, and the focus on the first of them. */
function useRefusals(form: UseFormReturnType<DocumentValues>, refusals: readonly Refusal[]): void {
  const latest = useRef(form);
  latest.current = form;
  useEffect(() => {
    if (refusals.length === 0) return;
    const { values, errors, setErrors } = latest.current;
    const sent = values.lines.flatMap((line, at) => (isBlank(line) ? [] : [at]));
    const refused = refusalsAt(refusals, sent);
    setErrors({ ...errors, ...refused });
    focusFirst(latest.current)(refused);
  }, [refusals]);
}
