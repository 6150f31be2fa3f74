import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isZero, useFormat } from '../../../ui/format';
import classes from './DocumentEditor.module.css';
import type { Preview } from './usePreview';

/** What the document comes to while it is being written: the server's own figures. */
export function Totals({ of }: { of: Preview }) {
  const { t } = useTranslation(['editor', 'document']);
  const format = useFormat();
  const { document } = of;
  if (!document) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {t(of.failed ? 'totals.failed' : isMarked(of) ? 'totals.refused' : 'totals.none')}
      </Text>
    );
  }
  const rows: [string, string, boolean?][] = [];
  if (!isZero(document.discountTotal.amount)) {
    rows.push([t('document:total.lines'), format.money(document.linesTotal)]);
    rows.push([t('document:total.discount'), `− ${format.money(document.discountTotal)}`]);
  }
  rows.push([t('document:total.net'), format.money(document.net)]);
  for (const tax of document.taxes) {
    rows.push([t(`document:tax.${tax.category}`, { percent: format.percent(tax.percent) }), format.money(tax.amount)]);
  }
  rows.push([t('document:total.total'), format.money(document.total), true]);
  return (
    <>
      <dl
        className={classes.totals}
        data-stale={of.stale || undefined}
        aria-busy={of.stale}
        aria-label={t('totals.title')}
      >
        {rows.map(([term, value, strong]) => (
          <div key={term} data-strong={strong}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {of.failed && (
        <Text size="sm" c="dimmed" role="status">
          {t('totals.failed')}
        </Text>
      )}
    </>
  );
}

/** Whether something stands at a field that has to be corrected first. */
const isMarked = ({ errors, unreadable }: Preview) => Object.keys({ ...errors, ...unreadable }).length > 0;
