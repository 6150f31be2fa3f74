import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { SubscriptionPage } from '../../client/subscriptions/SubscriptionPage';

/** A customer's subscription, with whose it is and everything staff may do with it. */
export default function Subscription() {
  return (
    <SubscriptionPage
      about={({ customer }) =>
        customer && (
          <Anchor component={Link} to={`/customers/${customer.id}`} inherit underline="always">
            {customer.name}
          </Anchor>
        )
      }
    />
  );
}
