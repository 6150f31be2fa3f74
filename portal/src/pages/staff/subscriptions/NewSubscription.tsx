import { Button, Group, Paper, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { CustomerPicker } from '../../../ui/CustomerPicker';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { useDraft } from '../../../ui/useDraft';
import { onlyButtonsSend } from '../longForm';
import { Restored } from '../Restored';
import { CollectionChoice } from './CollectionChoice';
import { EndChoice } from './EndChoice';
import { PlanChoice } from './PlanChoice';
import { emptyStart, faults, inputOf, isField } from './startValues';
import { StaffStartSubscriptionDocument, StaffSubscriberDocument } from './subscriptions.generated';

/** Lets a customer take a plan. */
export default function NewSubscription() {
  const { mayAct, organisation } = useMe();
  const [params] = useSearchParams();
  const [customerId, planId] = [params.get('customer') ?? '', params.get('plan') ?? ''];
  if (!mayAct || !organisation) return <NotFound />;
  return <Start key={`${customerId} ${planId}`} customerId={customerId} planId={planId} today={organisation.today} />;
}

function Start(props: { customerId: string; planId: string; today: string }) {
  const { t } = useTranslation('subscriptions');
  const navigate = useNavigate();
  const draft = useDraft(`start-subscription:${props.customerId}:${props.planId}`, {
    initialValues: { ...emptyStart, customerId: props.customerId, planId: props.planId, start: props.today },
  });
  const { form, forget } = draft;
  const { values } = form;
  const subscriber = useData(StaffSubscriberDocument, { id: values.customerId }, { paused: !values.customerId });
  const customer = values.customerId ? (subscriber.data?.customer ?? null) : null;
  const action = useAction(StaffStartSubscriptionDocument, (result) => result.startSubscription);
  const submit = async () => {
    const wrong = faults(form.getValues(), (fault) => t(`start.fault.${fault}`));
    form.setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    const outcome = await action.run({ input: inputOf(form.getValues()) });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    notifications.show({ message: t('done.start') });
    const { subscription } = outcome.payload;
    await navigate(subscription ? `/subscriptions/${subscription.id}` : '/subscriptions');
  };
  return (
    <Page title={t('start.title')} back={{ to: '/subscriptions', label: t('title') }}>
      <Paper withBorder p="lg" bg="var(--app-surface)">
        <form
          noValidate
          onKeyDown={onlyButtonsSend}
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Stack maw={560}>
            <Restored of={draft} />
            <CustomerPicker
              label={t('start.customer')}
              required
              value={values.customerId || null}
              onChange={(id) => form.setFieldValue('customerId', id ?? '')}
              error={form.errors.customerId}
            />
            <PlanChoice form={form} currency={customer?.currency ?? null} />
            <TextInput label={t('start.quantity')} inputMode="decimal" required {...form.getInputProps('quantity')} />
            <TextInput
              type="date"
              label={t('start.start')}
              description={t('start.startText')}
              required
              {...form.getInputProps('start')}
            />
            <CollectionChoice form={form} customer={customer} />
            <EndChoice form={form} />
            <Problems of={action} except={isField} />
            <Group>
              <Button type="submit" loading={action.busy}>
                {t('start.submit')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
