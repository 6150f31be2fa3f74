import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { languages } from '../../../app/words';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Problems } from '../../../ui/Problems';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateCompanyDetailsDocument } from './account.generated';

const isField = (place: string) => ['name', 'phone', 'taxId', 'language'].includes(place);

/** Changes the customer's name, telephone, tax number and language. */
export function CompanyForm({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`company:${account.id}`, {
    version: account.version,
    values: {
      name: account.name,
      phone: account.phone ?? '',
      taxId: account.taxId ?? '',
      language: account.language,
    },
  });
  const action = useAction(UpdateCompanyDetailsDocument, (result) => result.updateCompanyDetails);
  const submit = async () => {
    const { name, phone, taxId, language } = form.getValues();
    const outcome = await action.run({
      input: {
        expectedVersion: expectedVersion(),
        name,
        phone: phone.trim() || null,
        taxId: taxId.trim() || null,
        language,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    saved(outcome.payload.customer?.version ?? account.version);
    notifications.show({ message: t('saved') });
  };
  return (
    <Section title={t('company.section')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack maw={520}>
          <TextInput label={t('field.company')} autoComplete="organization" {...form.getInputProps('name')} />
          <TextInput
            label={t('field.email')}
            description={t('company.whyEmail')}
            type="email"
            readOnly
            value={account.email ?? ''}
            variant="filled"
          />
          <TextInput label={t('field.phone')} type="tel" autoComplete="tel" {...form.getInputProps('phone')} />
          <TextInput label={t('field.taxId')} description={t('company.taxIdText')} {...form.getInputProps('taxId')} />
          <NativeSelect
            label={t('field.language')}
            description={t('company.languageText')}
            data={useLanguages(account.language)}
            {...form.getInputProps('language')}
          />
          <Problems of={action} except={isField} />
          <Group>
            <Button type="submit" loading={action.busy}>
              {t('company.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

/** The portal's languages, and the one the customer has where that is another. */
function useLanguages(current: string): { value: string; label: string }[] {
  const { language } = useFormat();
  const ours = Object.entries(languages).map(([value, label]) => ({ value, label }));
  if (ours.some(({ value }) => value === current)) return ours;
  const label = new Intl.DisplayNames(language, { type: 'language' }).of(current) ?? current;
  return [...ours, { value: current, label }];
}
