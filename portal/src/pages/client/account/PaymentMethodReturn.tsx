import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { CircleCheck, Info } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { dealtWith, type Return, returned } from '../../../api/hostedPage';
import { useAction } from '../../../api/useAction';
import { ActionButton } from '../../../ui/ActionButton';
import { Bars } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Problems } from '../../../ui/Problems';
import { UpdatePaymentMethodDocument } from './account.generated';
import { type MethodUpdate, useUpdateMethod } from './useUpdateMethod';

/** Back from the provider's page: what was named there takes the place of what was stored, once, and the outcome is said. */
export default function PaymentMethodReturn() {
  const { t } = useTranslation('account');
  const [back] = useState(() => returned<MethodUpdate>());
  return (
    <Page title={t('return.title')}>
      {back?.token ? <Update back={back} token={back.token} /> : <Nothing back={back} />}
    </Page>
  );
}

function Update({ back, token }: { back: Return<MethodUpdate>; token: string }) {
  const { t } = useTranslation(['account', 'common']);
  const { intention, key } = back;
  const [label, setLabel] = useState<string | null>(null);
  const action = useAction(UpdatePaymentMethodDocument, (result) => result.updatePaymentMethod);
  const again = useUpdateMethod();
  const { run } = action;
  const carryOut = async () => {
    const outcome = await run({ input: { customerId: intention.customerId, paymentToken: token } }, key);
    if (outcome?.kind === 'done') setLabel(outcome.payload.customer?.paymentMethod ?? '');
    if (outcome?.kind === 'done' || outcome?.kind === 'refused') dealtWith(key);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is carried out once, when the person comes back
  useEffect(() => void carryOut(), []);
  if (label !== null) {
    return (
      <Outcome good text={label === intention.before ? t('return.same', { label }) : t('return.done', { label })}>
        <ToMethod />
      </Outcome>
    );
  }
  if (action.refusals.length > 0) {
    return (
      <Stack>
        <Problems of={action} />
        <Text size="sm">{t('return.kept', { label: intention.before })}</Text>
        <Group>
          {again && <Button onClick={() => again(intention)}>{t('return.tryAnother')}</Button>}
          <ToMethod />
        </Group>
      </Stack>
    );
  }
  if (action.failure) {
    return (
      <Stack>
        <Problems of={action} />
        <Group>
          <ActionButton onClick={() => void carryOut()} busy={action.busy}>
            {t('common:action.retry')}
          </ActionButton>
          <ToMethod />
        </Group>
      </Stack>
    );
  }
  return (
    <Stack>
      <Text size="sm">{t('return.underWay')}</Text>
      <Bars rows={1} />
    </Stack>
  );
}

/** The person turned back at the provider's page, or has been here before. */
function Nothing({ back }: { back: Return<MethodUpdate> | null }) {
  const { t } = useTranslation('account');
  useEffect(() => {
    if (back) dealtWith(back.key);
  }, [back]);
  return (
    <Outcome text={back ? t('return.cancelled', { label: back.intention.before }) : t('return.nothing')}>
      <ToMethod />
    </Outcome>
  );
}

function Outcome({ text, good = false, children }: { text: string; good?: boolean; children: ReactNode }) {
  return (
    <Stack>
      <Alert
        variant="light"
        color={good ? 'green' : 'gray'}
        role="status"
        icon={good ? <CircleCheck size={18} aria-hidden /> : <Info size={18} aria-hidden />}
      >
        <Text size="sm">{text}</Text>
      </Alert>
      <Group>{children}</Group>
    </Stack>
  );
}

function ToMethod() {
  const { t } = useTranslation('account');
  return (
    <Button component={Link} to="/payment-method" variant="default">
      {t('return.toMethod')}
    </Button>
  );
}
