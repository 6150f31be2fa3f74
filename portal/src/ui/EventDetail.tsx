import { Text } from '@mantine/core';
import { useFailure } from './useFailure';

/** Events that say why by a provider's or a rule's code. */
const failures = ['PaymentFailed', 'PaymentRefundFailed', 'SubscriptionCollectionFailed'];

/** The words of an event, such as its reason; its document's number stands beside it already. */
export function EventDetail(props: {
  of: { readonly event: string; readonly detail: string | null; readonly number: string | null };
  className: string | undefined;
}) {
  const { event, detail, number } = props.of;
  const failure = useFailure();
  if (!detail || detail === number) return null;
  return (
    <Text size="sm" {...(props.className ? { className: props.className } : {})}>
      {failures.includes(event) ? failure({ failureCode: detail, failureReason: null }) : detail}
    </Text>
  );
}
