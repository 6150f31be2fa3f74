import { SubscriptionPage } from './SubscriptionPage';

/** One of the customer's own subscriptions. */
export default function Subscription() {
  return <SubscriptionPage />;
}
