import { Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { languages } from '../../../app/words';
import { ActionButton } from '../../../ui/ActionButton';
import { Section } from '../../../ui/Facts';
import { Form } from '../../../ui/Form';
import { useFormat } from '../../../ui/format';
import { Problems } from '../../../ui/Problems';
import { Unsaved } from '../../../ui/Unsaved';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateCompanyDetailsDocument } from './account.generated';

const isField = (place: string) => ['name', 'phone', 'taxId', 'language'].includes(place);

/** Changes the customer's name, telephone, tax number and language. */
export function CompanyForm({ account }: { account: AccountPartsFragment }) {
  const { t } = useTranslation('account');
  const editing = useEditing(`company:${account.id}`, {
    version: account.version,
    values: {
      name: account.name,
      phone: account.phone ?? '',
      taxId: account.taxId ?? '',
      language: account.language,
    },
  });
  const { form, expectedVersion, saved, conflictSeen } = editing;
  const action = useAction(UpdateCompanyDetailsDocument, (result) => result.updateCompanyDetails);
  const submit = async () => {
    const { name, phone, taxId, language } = form.getValues();
    if (!name.trim()) return form.setErrors({ name: t('missing', { field: t('field.company') }) });
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
      <Form busy={action.busy} onSubmit={() => void submit()}>
        <Stack maw={520}>
          <Unsaved of={editing} />
          <TextInput label={t('field.company')} required autoComplete="organization" {...form.getInputProps('name')} />
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
            <ActionButton type="submit" busy={action.busy}>
              {t('company.submit')}
            </ActionButton>
          </Group>
        </Stack>
      </Form>
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
