import i18next, { type Namespace } from 'i18next';
import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject, useParams } from 'react-router';
import { isId } from '../api/ids';
import { Broken, NotFound } from './NotFound';
import { clientNavigation, staffNavigation } from './navigation';
import { Shell } from './Shell';

/** Fails where the words do not come: without them a page would show their names, also once there is a network again. */
async function loadWords(words: Namespace): Promise<void> {
  await i18next.loadNamespaces(words);
  const missing = [words].flat().find((name) => !i18next.hasResourceBundle(i18next.language, String(name)));
  if (missing) throw new Error(`the words of ${missing} could not be loaded`);
}

/** A page of its own chunk, loaded together with its words. */
function page(path: string, words: Namespace, load: () => Promise<{ default: ComponentType }>): RouteObject {
  return {
    path,
    lazy: async () => {
      const [module] = await Promise.all([load(), loadWords(words)]);
      return { Component: path.includes('/:id') ? ofOne(module.default) : module.default };
    },
  };
}

/** A page about one thing: an address with what is nothing's id is nobody's page. */
function ofOne(Page: ComponentType): ComponentType {
  return function OfOne() {
    const { id } = useParams();
    return isId(id) ? <Page /> : <NotFound />;
  };
}

const clientPages: RouteObject[] = [
  page('/', ['dashboard', 'document', 'history'], () => import('../pages/client/dashboard/Dashboard')),
  page('/estimates', ['estimates'], () => import('../pages/client/estimates/Estimates')),
  page('/estimates/:id', ['estimates', 'document', 'history'], () => import('../pages/client/estimates/Estimate')),
  page('/subscriptions', ['subscriptions'], () => import('../pages/client/subscriptions/Subscriptions')),
  page(
    '/subscriptions/:id',
    ['subscriptions', 'document', 'history'],
    () => import('../pages/client/subscriptions/Subscription'),
  ),
  page('/invoices', ['invoices'], () => import('../pages/client/invoices/Invoices')),
  page('/invoices/:id', ['invoices', 'document', 'history'], () => import('../pages/client/invoices/Invoice')),
  page('/pay', ['invoices'], () => import('../pages/client/invoices/Pay')),
  page('/pay/return', ['invoices'], () => import('../pages/client/invoices/PayReturn')),
  page('/payments', ['payments'], () => import('../pages/client/payments/Payments')),
  page('/payments/:id', ['payments', 'document', 'history'], () => import('../pages/client/payments/Payment')),
  page('/credit-notes/:id', ['payments', 'document', 'history'], () => import('../pages/client/payments/CreditNote')),
  page('/statement', ['statement', 'document'], () => import('../pages/client/statement/Statement')),
  page('/merchant', ['merchant', 'document'], () => import('../pages/client/merchant/Merchant')),
  page('/my-details', ['account'], () => import('../pages/client/account/MyDetails')),
  page('/company', ['account', 'document'], () => import('../pages/client/account/Company')),
  page('/payment-method', ['account'], () => import('../pages/client/account/PaymentMethod')),
  page('/payment-method/return', ['account'], () => import('../pages/client/account/PaymentMethodReturn')),
  page('/security', ['account'], () => import('../pages/client/account/Security')),
];

const staffPages: RouteObject[] = [
  page('/', ['work'], () => import('../pages/staff/work/WorkList')),
  page('/customers', ['customers'], () => import('../pages/staff/customers/Customers')),
  page('/customers/new', ['customers', 'account'], () => import('../pages/staff/customers/NewCustomer')),
  page(
    '/customers/:id',
    ['customers', 'account', 'staffEstimates', 'invoices', 'subscriptions', 'payments', 'document', 'history'],
    () => import('../pages/staff/customers/Customer'),
  ),
  page('/customers/:id/statement', ['statement', 'document'], () => import('../pages/client/statement/Statement')),
  page('/estimates', ['staffEstimates'], () => import('../pages/staff/estimates/Estimates')),
  page(
    '/estimates/new',
    ['staffEstimates', 'settling', 'editor', 'document'],
    () => import('../pages/staff/estimates/EditEstimate'),
  ),
  page(
    '/estimates/:id',
    ['staffEstimates', 'estimates', 'document', 'history'],
    () => import('../pages/staff/estimates/Estimate'),
  ),
  page(
    '/estimates/:id/edit',
    ['staffEstimates', 'settling', 'editor', 'document'],
    () => import('../pages/staff/estimates/EditEstimate'),
  ),
  page('/invoices', ['staffInvoices'], () => import('../pages/staff/invoices/Invoices')),
  page(
    '/invoices/new',
    ['staffInvoices', 'settling', 'editor', 'document'],
    () => import('../pages/staff/invoices/EditInvoice'),
  ),
  page(
    '/invoices/:id',
    ['staffInvoices', 'settling', 'document', 'history'],
    () => import('../pages/staff/invoices/Invoice'),
  ),
  page(
    '/invoices/:id/edit',
    ['staffInvoices', 'settling', 'editor', 'document'],
    () => import('../pages/staff/invoices/EditInvoice'),
  ),
  page('/credit-notes', ['creditNotes', 'settling'], () => import('../pages/staff/creditNotes/CreditNotes')),
  page(
    '/credit-notes/new',
    ['creditNotes', 'settling', 'editor', 'document'],
    () => import('../pages/staff/creditNotes/EditCreditNote'),
  ),
  page(
    '/credit-notes/:id',
    ['creditNotes', 'settling', 'document', 'history'],
    () => import('../pages/staff/creditNotes/CreditNote'),
  ),
  page(
    '/credit-notes/:id/edit',
    ['creditNotes', 'settling', 'editor', 'document'],
    () => import('../pages/staff/creditNotes/EditCreditNote'),
  ),
  page('/payments', ['staffPayments', 'settling'], () => import('../pages/staff/payments/Payments')),
  page('/payments/new', ['staffPayments', 'settling'], () => import('../pages/staff/payments/RecordPayment')),
  page('/payments/:id', ['staffPayments', 'settling', 'history'], () => import('../pages/staff/payments/Payment')),
  page('/subscriptions', ['subscriptions'], () => import('../pages/staff/subscriptions/Subscriptions')),
  page(
    '/subscriptions/new',
    ['subscriptions', 'document'],
    () => import('../pages/staff/subscriptions/NewSubscription'),
  ),
  page(
    '/subscriptions/:id',
    ['subscriptions', 'document', 'history'],
    () => import('../pages/staff/subscriptions/Subscription'),
  ),
  page('/plans', ['plans', 'subscriptions', 'document'], () => import('../pages/staff/plans/Plans')),
  page('/plans/new', ['plans', 'subscriptions', 'document', 'history'], () => import('../pages/staff/plans/EditPlan')),
  page('/plans/:id', ['plans', 'subscriptions', 'document', 'history'], () => import('../pages/staff/plans/EditPlan')),
  page('/ageing', ['customers'], () => import('../pages/staff/books/Ageing')),
  page('/activity', ['customers', 'history'], () => import('../pages/staff/books/Activity')),
  page('/messages', ['settings'], () => import('../pages/staff/settings/Messages')),
  page('/settings', ['settings'], () => import('../pages/staff/settings/Settings')),
  page('/settings/:section', ['settings'], () => import('../pages/staff/settings/Settings')),
  page('/security', ['account'], () => import('../pages/client/account/Security')),
];

/** The pages of one side; who is a customer's contact never loads those of staff. */
export function routerFor(side: 'client' | 'staff') {
  const [pages, navigation] = side === 'client' ? [clientPages, clientNavigation] : [staffPages, staffNavigation];
  return createBrowserRouter([
    {
      element: <Shell navigation={navigation} />,
      errorElement: <Broken />,
      hydrateFallbackElement: <></>,
      // Around the pages, not on them: a page whose program cannot be loaded would show nothing, not its own error.
      children: [{ errorElement: <Broken />, children: [...pages, { path: '*', element: <NotFound /> }] }],
    },
  ]);
}
