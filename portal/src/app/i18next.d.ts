import 'i18next';

/** The words of every namespace, by their English file: a key that is not there does not compile. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      common: typeof import('../locales/en/common.json');
      signin: typeof import('../locales/en/signin.json');
      refusals: typeof import('../locales/en/refusals.json');
      document: typeof import('../locales/en/document.json');
      history: typeof import('../locales/en/history.json');
      dashboard: typeof import('../locales/en/dashboard.json');
      estimates: typeof import('../locales/en/estimates.json');
      invoices: typeof import('../locales/en/invoices.json');
      payments: typeof import('../locales/en/payments.json');
      statement: typeof import('../locales/en/statement.json');
      subscriptions: typeof import('../locales/en/subscriptions.json');
      account: typeof import('../locales/en/account.json');
      merchant: typeof import('../locales/en/merchant.json');
      work: typeof import('../locales/en/work.json');
      customers: typeof import('../locales/en/customers.json');
      editor: typeof import('../locales/en/editor.json');
      staffEstimates: typeof import('../locales/en/staffEstimates.json');
      staffInvoices: typeof import('../locales/en/staffInvoices.json');
      creditNotes: typeof import('../locales/en/creditNotes.json');
      staffPayments: typeof import('../locales/en/staffPayments.json');
      settling: typeof import('../locales/en/settling.json');
      plans: typeof import('../locales/en/plans.json');
      settings: typeof import('../locales/en/settings.json');
    };
  }
}
