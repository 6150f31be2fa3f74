import { Group, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { ActionButton } from '../../../ui/ActionButton';
import { Facts, Section } from '../../../ui/Facts';
import { Form } from '../../../ui/Form';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { Unsaved } from '../../../ui/Unsaved';
import { useEditing } from '../../../ui/useEditing';
import { type AccountPartsFragment, UpdateMyDetailsDocument } from './account.generated';
import { mayEditDetails, ownContact, useAccount } from './useAccount';

/** The person's own name and telephone; the mail address, which the merchant changes. */
export default function MyDetails() {
  const { t } = useTranslation('account');
  const me = useMe();
  const account = useAccount();
  return (
    <Page title={t('my.title')} subtitle={t('my.subtitle')}>
      <Loaded of={account}>
        {(data) => {
          const { customer } = data;
          if (!customer) return <NotFound />;
          const contact = ownContact(data);
          if (!contact) return <Text c="dimmed">{t('my.nobody')}</Text>;
          return mayEditDetails(me) ? (
            <MyForm account={customer} contact={contact} />
          ) : (
            <Section title={t('my.section')}>
              <Facts
                of={[
                  [t('field.name'), contact.name],
                  [t('field.email'), contact.email],
                  [t('field.phone'), contact.phone],
                ]}
              />
              <Text size="sm" c="dimmed" mt="md">
                {t('readOnly')}
              </Text>
            </Section>
          );
        }}
      </Loaded>
    </Page>
  );
}

const isField = (place: string) => place === 'name' || place === 'phone';

function MyForm(props: { account: AccountPartsFragment; contact: AccountPartsFragment['contacts'][number] }) {
  const { t } = useTranslation(['account', 'common']);
  const { account, contact } = props;
  const editing = useEditing(`my-details:${contact.id}`, {
    version: account.version,
    values: { name: contact.name, phone: contact.phone ?? '' },
  });
  const { form, expectedVersion, saved, conflictSeen } = editing;
  const { rename } = useMe();
  const action = useAction(UpdateMyDetailsDocument, (result) => result.updateMyDetails);
  const submit = async () => {
    const { name, phone } = form.getValues();
    if (!name.trim()) return form.setErrors({ name: t('missing', { field: t('field.name') }) });
    const outcome = await action.run({
      input: { expectedVersion: expectedVersion(), name, phone: phone.trim() || null },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    saved(outcome.payload.customer?.version ?? account.version);
    rename(name.trim());
    notifications.show({ message: t('saved') });
  };
  return (
    <Section title={t('my.section')}>
      <Form busy={action.busy} onSubmit={() => void submit()}>
        <Stack maw={520}>
          <Unsaved of={editing} />
          <TextInput label={t('field.name')} required autoComplete="name" {...form.getInputProps('name')} />
          <TextInput
            label={t('field.email')}
            description={t('my.whyEmail')}
            type="email"
            readOnly
            value={contact.email}
            variant="filled"
          />
          <TextInput label={t('field.phone')} type="tel" autoComplete="tel" {...form.getInputProps('phone')} />
          <Problems of={action} except={isField} />
          <Group>
            <ActionButton type="submit" busy={action.busy}>
              {t('common:action.save')}
            </ActionButton>
          </Group>
        </Stack>
      </Form>
    </Section>
  );
}
